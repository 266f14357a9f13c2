package delivery_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"fluent-bit-openai-audit/internal/delivery"
)

var (
	schedules = flag.Int("schedules", 300, "how many random schedules TestModel runs")
	firstSeed = flag.Uint64("seed", 1, "the first schedule's seed; the others follow")
)

// TestModel plays random schedules of two sources that share records, and a host that stalls, filters slowly, drops what

// it accepted without counting it, drops records in a processor, counts twice or not at all, pauses, refuses and is

// killed. Whenever a mark is saved, everything that it says was read has to lie in a chunk. In the end everything does.

// Without a kill and a drop nothing comes twice.

func TestModel(t *testing.T) {
	for i := range *schedules {
		seed := *firstSeed + uint64(i)
		synctest.Test(t, func(t *testing.T) {
			m := newModel(t, seed)
			m.play()
			if t.Failed() {
				t.Fatalf("seed %d:\n%s\n%s", seed, strings.Join(m.story, "\n"), strings.Join(m.host.lines, "\n"))
			}
		})
	}
}

const (
	numbersInAll = 240
	numbersEach  = 12 // in a span
)

type model struct {
	*testing.T
	rng     *rand.Rand
	host    *fakeHost
	file    *file
	d       *delivery.Delivery
	end     context.CancelFunc
	running sync.WaitGroup

	known   map[string]*spans // by stream, in memory
	reading map[string]*reading
	takes   map[int]bool                  // that a processor drops
	exact   bool                          // nothing has happened that may repeat what cannot be told
	may     map[int]int                   // how often each record may be repeated
	taken   map[string]map[span]time.Time // taken back and not read again, by stream
	load    bool                          // there are always live records in the end
	clear   time.Time                     // when the host had last stored all, as of when the file's last failure began or ended
	disk    time.Time                     // when the disk, which is full, has room again
	filled  bool                          // it was full in this life
	losses  int                           // how often the host has lost records, as far as the delivery can tell
	story   []string
	begin   time.Time
}

// reading is a span that a source is reading.

type reading struct {
	span
	at    int
	stale bool // taken back meanwhile
}

func newModel(t *testing.T, seed uint64) *model {
	m := &model{
		T: t, rng: rand.New(rand.NewPCG(seed, 1)), host: newFakeHost(), file: newFile(), exact: true,
		takes: make(map[int]bool), may: make(map[int]int), begin: time.Now(),
	}
	m.load = m.rng.IntN(4) == 0
	if m.rng.IntN(3) == 0 {
		m.file.slow = time.Duration(1+m.rng.IntN(1500)) * time.Millisecond
	}
	switch m.rng.IntN(8) {
	case 0:
		m.host.twice = true
	case 1:
		m.host.mute = true
	case 2, 3: // a processor
		for range m.rng.IntN(80) {
			m.takes[m.rng.IntN(numbersInAll)] = true
		}
		m.host.process = func(in []int) []int { return slices.DeleteFunc(in, func(n int) bool { return m.takes[n] }) }
	}
	m.file.check = m.saved
	m.file.id = func(n int) {
		if !m.host.has(n) && !m.takes[n] {
			m.Errorf("the id of %d is saved, and it lies in no chunk", n)
			m.tell("saved: %d", n)
		}
	}
	m.tell("mute %v, twice %v, a processor drops %d", m.host.mute, m.host.twice, len(m.takes))
	m.start()
	return m
}

func (m *model) tell(format string, args ...any) {
	m.story = append(m.story, fmt.Sprintf("%10s %s", time.Since(m.begin), fmt.Sprintf(format, args...)))
}

// saved checks a mark that is saved.

func (m *model) saved(stream string, mark delivery.Mark) {
	for _, s := range mark.(*spans).done {
		for n := s.from; n < s.to; n++ {
			if !m.host.has(n) && !m.takes[n] {
				m.Errorf("%s: %d is saved, and lies in no chunk", stream, n)
				m.tell("saved: %v", mark)
			}
		}
	}
}

func (m *model) start() {
	m.d = m.file.open(m.host, delivery.Options{Ring: m.host, Limit: int64(2000 + m.rng.IntN(20_000))})
	m.reload()
	m.filled = false
	ctx, cancel := context.WithCancel(context.Background())
	m.end = cancel
	m.running.Go(func() { _ = m.d.Run(ctx) })
}

// reload has the sources begin from what is saved.

func (m *model) reload() {
	m.known, m.reading = make(map[string]*spans), make(map[string]*reading)
	m.taken = map[string]map[span]time.Time{"a": {}, "b": {}}
	for _, stream := range []string{"a", "b"} {
		m.known[stream] = &spans{}
		if s, ok := m.d.Saved(stream).(*spans); ok {
			m.known[stream] = s
		}
	}
}

func (m *model) play() {
	for range 100 + m.rng.IntN(300) {
		m.step()
		m.pass(time.Duration(m.rng.IntN(700)) * time.Millisecond)
	}
	m.tell("calm")
	m.host.change(func() {
		m.host.refuse, m.host.stalled, m.host.slow, m.host.drop, m.host.full = false, false, 0, nil, false
	})
	m.file.change(false)
	m.resume()
	for i := 0; i < 20_000 && !m.complete(); i++ {
		m.read("a")
		m.read("b")
		if m.load || i%100 == 0 { // new records go on to come: they tell a host that stores nothing from a processor
			put(m, m.d, "live", delivery.Live, numbersInAll+i, numbersInAll+i+1)
		}
		m.pass(500 * time.Millisecond)
	}
	if !m.complete() {
		m.Errorf("it never comes to an end: %v of %v", m.file.marks, m.known)
	}
	m.stop()
	m.end()
	m.running.Wait()
	for n := range numbersInAll {
		switch times := m.host.stored[n]; {
		case times == 0 && !m.takes[n]:
			m.Errorf("lost: %d", n)
		case times > 1+m.may[n]+m.losses && m.exact:
			m.Errorf("repeated: %d, %d times, of which %d may be", n, times-1, m.may[n]+m.losses)
		}
	}
	for _, text := range m.host.wrong {
		m.Errorf("not held: %s", text)
	}
}

// complete reports whether everything is saved.

func (m *model) complete() bool {
	m.file.mu.Lock()
	defer m.file.mu.Unlock()
	for _, stream := range []string{"a", "b"} {
		if s, ok := m.file.marks[stream].(*spans); !ok || len(s.done) < numbersInAll/numbersEach {
			return false
		}
	}
	return true
}

// pass lets time pass: the host's callback once a second or so, its thread four times.

func (m *model) pass(d time.Duration) {
	_ = m.d.HandOver(0, m.host.append)
	for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(250 * time.Millisecond) {
		m.host.turn()
	}
	synctest.Wait()
	m.revised()
	if m.host.full && !time.Now().Before(m.disk) {
		m.host.change(func() { m.host.full = false })
		m.tell("there is room again")
	}
	select {
	case <-m.d.Lost():
		m.tell("lost")
		m.losses++
		m.d.Reset()
		m.reload()
	default:
	}
}

// read has a source go on with a span, or begin another.

// missing returns a span that a source has not read; nil when there is none.

// takeBack has a source find that it does not know what it knew.

// drop has the host drop some of the next entries, or all for a while.

// stop is an orderly end: a pause, a second in which the host empties its ring buffer unless it had paused the input, and

// the exit. The host's thread calls that, and so has come through its filters. One that stands still never does.
