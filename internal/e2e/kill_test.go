//go:build linux

package e2e_test

import (
	"bytes"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"fluent-bit-openai-audit/internal/fakeopenai"
)

// repeatWindow is how long before a kill a record may have been delivered that is delivered again after it: the time an
// accepted record takes to be counted as delivered, the time between two commits, and some room for a slow machine.
const repeatWindow = 8 * time.Second

// kill -9 at any moment during a backfill and at the live tail: no event is lost, and only what was handed over in the
// last seconds is repeated.
func TestKill(t *testing.T) {
	t.Parallel()
	for _, sync := range []string{"normal", "full"} {
		t.Run(sync, func(t *testing.T) {
			t.Parallel()
			r := killAgainAndAgain(t, programs.library, "storage.sync", sync)
			if r.lost > 0 || r.foreign > 0 {
				t.Errorf("%d events are lost, and %d are in no list of the API", r.lost, r.foreign)
			}
			if r.stale > 0 {
				t.Errorf("%d events were repeated more than %v after they had been delivered", r.stale, repeatWindow)
			}
		})
	}
}

// The same with a plugin that counts a record as delivered when Fluent Bit accepts it, to show that the test would find a
// loss.
func TestKillNaive(t *testing.T) {
	if !*naiveToo {
		t.Skip("for evidence only: -naive runs it")
	}
	t.Parallel()
	if r := killAgainAndAgain(t, programs.naive, "storage.sync", "normal"); r.lost == 0 {
		t.Error("nothing was lost: the test does not show what it is to show")
	}
}

// kill -9 while filters keep Fluent Bit's main thread from emptying its ring buffer: what lies there is gone, however long
// ago it was accepted, and is delivered by the next run.
func TestKillSlowFilters(t *testing.T) {
	t.Parallel()
	host := theHost(t)
	if out, _ := exec.CommandContext(t.Context(), host.path, "--help").Output(); !bytes.Contains(out, []byte("modify ")) {
		t.Skip("this Fluent Bit has no filter modify")
	}
	dir := t.TempDir()
	a := serve(t, fakeopenai.Options{Latency: 10 * time.Millisecond})
	a.populate(t, history(11, 60_000))
	c := pipeline(dir, a, "concurrency", "8")
	slow := c
	for range 60 {
		slow.filters = append(slow.filters, props{"name": "modify", "match": "*", "add": "slow on"})
	}
	w := watch(t, dir)
	for range 2 {
		p := start(t, slow.write(t, dir, "conf"), launch{})
		p.awaitScreen("collects organization and tenant")
		over := time.Now().Add(7 * time.Second)
		p.await("the moment of the kill", func() bool {
			w.read()
			return time.Now().After(over)
		})
		resident := p.resident() >> 20
		t.Logf("%d MB", resident)
		if resident > 200 {
			t.Error("memory does not stay bounded while the main thread is busy")
		}
		p.kill()
		w.read()
	}
	before := len(w.ids)
	p := start(t, c.write(t, dir, "conf"), launch{})
	want := settle(p, w, a, time.Now())
	p.terminate()
	w.read()
	r := count(want, w.ids)
	t.Logf("%d events, %d records before the last start, %d lost, %d repeated", r.events, before, r.lost, r.repeated)
	if r.lost > 0 || r.foreign > 0 {
		t.Errorf("%d events are lost, and %d are in no list of the API", r.lost, r.foreign)
	}
}

// killReport is what came of a crash test.
type killReport struct {
	tally
	stale int // repeated later than can be explained
}

// killAgainAndAgain kills Fluent Bit at random moments, with properties of the service as given, and lets it finish then.
func killAgainAndAgain(t *testing.T, library func() (string, error), service ...string) killReport {
	t.Helper()
	theHost(t)
	how := launch{library: theLibrary(t, library)}
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	kills := *killCount
	// Each run lasts some five seconds, and fetches 2,000 events in most of them.
	live := time.Duration(kills) * 4 * time.Second
	dir := t.TempDir()
	a := backfill(t, seed, 2500*kills, live)
	end := time.Now().Add(live)
	c := pipeline(dir, a, "concurrency", "2", "overlap", "10s")
	c.service = c.service.with(service...)
	config := c.write(t, dir, "conf")

	w := watch(t, dir)
	var killed []time.Time
	for range kills {
		p := start(t, config, how)
		over := time.Now().Add(500*time.Millisecond + time.Duration(random.Int64N(int64(8*time.Second))))
		p.await("the moment of the kill", func() bool {
			w.read()
			return time.Now().After(over)
		})
		p.kill()
		w.read()
		killed = append(killed, time.Now())
	}
	before := len(w.ids)
	p := start(t, config, how)
	want := settle(p, w, a, end)
	p.terminate()
	w.read()

	r := killReport{tally: count(want, w.ids), stale: stale(w, killed)}
	t.Logf("%s, seed %d: %d kills, %d events, %d records before the last start, %d lost, %d repeated, %d lines torn",
		strings.Join(service, " "), seed, kills, r.events, before, r.lost, r.repeated, w.torn)
	return r
}

// settle waits until all that the API lists was delivered, or nothing has been for a while.
func settle(p *process, w *watcher, a *api, end time.Time) []fakeopenai.Event {
	p.t.Helper()
	var want []fakeopenai.Event
	quiet := time.Now()
	p.awaitFor(time.Hour, func() bool {
		n := len(w.ids)
		w.read()
		if now := time.Now(); len(w.ids) > n || now.Before(end) {
			quiet = now
			return false
		}
		if want == nil {
			want = a.events()
		}
		if len(w.ids) >= len(want) && count(want, w.ids).lost == 0 {
			return true
		}
		return time.Since(quiet) > 20*time.Second
	})
	return want
}

// stale counts the records that were delivered again although they had been delivered long before the kill that ended
// their run. Repetitions within one run are left out: of these, one comes from a chunk that the kill had left on disk.
func stale(w *watcher, killed []time.Time) int {
	last := make(map[string]time.Time, len(w.ids))
	n := 0
	for i, id := range w.ids {
		before, again := last[id]
		last[id] = w.seen[i]
		if !again {
			continue
		}
		next, _ := slices.BinarySearchFunc(killed, before, time.Time.Compare)
		if next < len(killed) && killed[next].Before(w.seen[i]) && killed[next].Sub(before) > repeatWindow {
			n++
		}
	}
	return n
}
