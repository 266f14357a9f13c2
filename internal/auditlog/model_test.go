package auditlog_test

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"fluent-bit-openai-audit/internal/auditlog"
	"fluent-bit-openai-audit/internal/fakeopenai"
)

var (
	schedules = flag.Int("schedules", 60, "how many random schedules TestModel runs")
	firstSeed = flag.Uint64("seed", 1, "the first schedule's seed; the others follow")
)

// TestModel runs the collector through random schedules of events, late listings, faults of the API,

// pauses, refused appends, kills, stops and restarts, with the clock under control, and compares what

// reached the host's chunks with the simulator's own list. Every schedule follows from its seed:

//

//	go test ./internal/auditlog -run TestModel -schedules 1 -seed N -v

func TestModel(t *testing.T) {
	n := *schedules
	if testing.Short() {
		n = min(n, 12)
	}
	var failed atomic.Bool
	for i := range n {
		seed := *firstSeed + uint64(i)
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			t.Parallel()
			if failed.Load() && flag.Lookup("test.failfast").Value.String() == "true" {
				t.Skip("another schedule has failed")
			}
			defer func() {
				if t.Failed() {
					failed.Store(true)
				}
			}()
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				m := newModel(t, seed, filepath.Join(dir, "state.db"))
				defer m.local.Close()
				defer m.other.Close()
				m.play()
				m.check()
				if t.Failed() {
					t.Logf("schedule:\n%s\nlog:\n%s", strings.Join(m.story, "\n"), m.fb.log())
				}
			})
		})
	}
}

type model struct {
	t         *testing.T
	rng       *rand.Rand
	server    *fakeopenai.Server
	local     *fakeopenai.Local
	other     *fakeopenai.Local // of another organization
	elsewhere atomic.Bool       // the key is that one's
	fb        *fluentBit
	c         *auditlog.Collector
	props     map[string]string

	pages int // 0 for what is so in real life

	begin, end time.Time
	skew       time.Duration // the shipper's clock against the server's
	start      int64         // server's time from which on events are wanted
	window     time.Duration // of the sweep
	sweep      time.Duration
	events     map[string]fakeopenai.Event
	seconds    []int64       // in which they are
	latency    time.Duration // of an answer
	remove     []func()
	announces  fakeopenai.Kind // the fault in force by which the API announces more and lists none
	limited    time.Time       // when the buffer limit paused the input; zero when it did not

	doubts []doubt
	drops  []doubt // when the host has dropped what it accepted: what came shortly before may come again
	story  []string
}

// doubt is a time in which what was accepted may be delivered again.

type doubt struct{ from, to time.Time }

// commitLag bounds how long a record that has come to a chunk, with all that was accepted before it, is not yet in the

// state file.

const commitLag = 2 * time.Second

func newModel(t *testing.T, seed uint64, db string) *model {
	rng := rand.New(rand.NewPCG(seed, 0x5eed))
	m := &model{t: t, rng: rng, fb: &fluentBit{mute: seed%8 == 3}, events: make(map[string]fakeopenai.Event)}
	if seed%2 == 0 {
		m.pages = 1 + int(seed/2%8)
	}
	m.skew = time.Duration(rng.IntN(1200)-600) * time.Second
	m.server = fakeopenai.New(fakeopenai.Options{
		Keys: []string{testKey}, Ties: fakeopenai.Ties(rng.IntN(3)),
		Now: func() time.Time { return time.Now().Add(m.skew) },
	})
	m.local = fakeopenai.NewLocal(m.server)
	m.other = m.otherOrganization()
	m.window = time.Duration(1+rng.IntN(3)) * time.Hour
	m.sweep = time.Duration(10+rng.IntN(50)) * time.Minute
	m.props = map[string]string{
		"db":             db,
		"page_size":      fmt.Sprint(2 + rng.IntN(30)),
		"concurrency":    fmt.Sprint(1 + rng.IntN(5)),
		"poll_interval":  fmt.Sprintf("%ds", 5+rng.IntN(55)),
		"overlap":        fmt.Sprintf("%ds", rng.IntN(2)*rng.IntN(900)),
		"sweep_interval": m.sweep.String(),
		"sweep_window":   m.window.String(),
	}
	if rng.IntN(4) == 0 { // no sweeps: what is listed within the overlap is promised
		m.props["sweep_interval"], m.props["sweep_window"] = "0", "0"
		m.window = time.Duration(rng.IntN(1200)) * time.Second
		m.props["overlap"] = m.window.String()
	}
	m.begin = time.Now()
	m.end = m.begin.Add(time.Duration(1+rng.IntN(4)) * time.Hour)
	now := m.begin.Add(m.skew).Unix()
	switch rng.IntN(4) {
	case 0:
		m.props["start_from"], m.start = "beginning", 0
	case 1:
		m.props["start_from"], m.start = "now", now+2 // the first answer decides; a second or two are its own
	default:
		age := int64(rng.IntN(6 * 3600))
		m.props["start_from"], m.start = fmt.Sprintf("%ds", age), now-age+2
	}
	m.addEvents()
	return m
}

// addEvents makes the organization's history and future: lone events, bursts within a second, late ones.

func (m *model) addEvents() {
	history := m.begin.Add(-time.Duration(10+m.rng.IntN(470)) * time.Minute)
	span := m.end.Sub(history)
	var list []fakeopenai.Event
	for n := 20 + m.rng.IntN(600); len(list) < n; {
		at := history.Add(time.Duration(m.rng.Float64() * float64(span))).Add(m.skew)
		burst := 1
		if m.rng.IntN(20) == 0 {
			burst = 1 + m.rng.IntN(120)
		}
		for range burst {
			typ := "login.succeeded"
			if m.rng.IntN(4) == 0 {
				typ = "tenant.policy.updated"
			}
			e := fakeopenai.Event{
				ID: fmt.Sprintf("audit_log-%06d", len(list)), Type: typ, EffectiveAt: at.Unix(), Tenant: typ != "login.succeeded",
			}
			switch m.rng.IntN(8) {
			case 0: // as late as a sweep can find
				late := time.Duration(math.Pow(m.rng.Float64(), 2) * float64(m.window))
				if m.rng.IntN(3) == 0 {
					late = time.Duration((0.85 + 0.15*m.rng.Float64()) * float64(m.window))
				}
				e.ListedAt = time.Unix(e.EffectiveAt, 0).Add(late)
			case 1, 2:
				e.ListedAt = time.Unix(e.EffectiveAt, 0).Add(time.Duration(m.rng.IntN(20_000)) * time.Millisecond)
			default: // not before it happened
				e.ListedAt = time.Unix(e.EffectiveAt, 0)
			}
			m.events[e.ID] = e
			list = append(list, e)
			if m.rng.IntN(60) == 0 { // listed by both streams
				e.Tenant = !e.Tenant
				list = append(list, e)
			}
		}
	}
	list = append(list, m.crowd(len(list))...)
	list = append(list, m.row(len(list))...)
	for i := range list {
		m.seconds = append(m.seconds, list[i].EffectiveAt)
	}
	m.server.Add(list...)
}

func (m *model) tell(format string, args ...any) {
	m.story = append(m.story, fmt.Sprintf("%8s %s", time.Since(m.begin).Round(time.Second), fmt.Sprintf(format, args...)))
}

func (m *model) startCollector() {
	m.c = newCollectorThrough(m.t, m.transport(), m.local, m.fb, m.props)
	if m.pages > 0 {
		m.c.SetPages(m.pages)
	}
	m.c.Start()
}

// play runs the schedule, then lets all faults end and the collector catch up.

func (m *model) play() {
	m.tell("%v, skew %s", m.props, m.skew)
	m.faultsAtStart()
	m.startCollector()
	m.killAtStart()
	m.runFor(10 * time.Second) // a first run is one when its first answer is in the state file: that fixes the start
	for time.Now().Before(m.end) {
		m.act()
		pace := 400
		if m.rng.IntN(3) == 0 {
			pace = 5 // one thing soon after the other
		}
		m.runFor(time.Duration(1+m.rng.IntN(pace)) * time.Second)
	}
	m.tell("the schedule ends")
	m.calm()
	m.prompt()
	m.resume()
	m.runFor(2 * time.Minute) // what the host holds comes out
	m.stop()
	m.startCollector()
	m.runFor(m.window + 2*m.sweep + 10*time.Minute)
	m.stop()
}

func (m *model) runFor(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); {
		_ = m.c.HandOver(0, m.fb.append)
		time.Sleep(250 * time.Millisecond)
		if both := m.c.Overlapping(); both != "" && !m.t.Failed() {
			m.t.Errorf("overlap: %s", both)
		}
		m.drain()
		time.Sleep(750 * time.Millisecond)
		m.drain()
	}
}

// drain is the host's main thread, which may be busy.

func (m *model) drain() {
	switch {
	case !m.fb.busy:
		m.fb.drain()
	case m.rng.IntN(8) == 0:
		m.fb.drainSome(1)
	}
}

// untilHanded goes on, every other time, until records lie in the ring buffer, for two minutes at most: what comes

// next meets them there.

// act does one random thing.

// stall has the host's thread stand still, or take long for each buffer, until prompt.

// dropOnce has the host drop the next buffer, or every other one of the next, without counting it. A host that counts

// nothing does not tell.

// pause is a buffer limit: one Pause, and the ring buffer is not drained any more.

// kill ends the process without warning. The host's main thread may have been busy: what it was handed

// in the last second lies in the ring buffer and is gone.

// stop is SIGTERM: pauses, a grace period in which the ring buffer is drained unless a limit forbids it,

// which may also be reached meanwhile, and the exit. The host's thread calls that, and so has come through its filters; one

// that stands still never does, and is killed.

// doubt notes that what came to a chunk since all that was accepted had last done so may come again.

// emptiedUncounted is how long a host that counts nothing has to rest before its ring buffer counts as empty, and the pause

// between two looks.

const emptiedUncounted = 5 * time.Second

// excused reports whether a kill, or an end while paused, lies between two deliveries and shortly after

// the first.
