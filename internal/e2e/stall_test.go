//go:build linux

package e2e_test

import (
	"bytes"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"fluent-bit-openai-audit/internal/fakeopenai"
)

// kill -9 while Fluent Bit's main thread stands still: in a filter that sleeps, whether a little at each record or long now
// and then, and because the process is suspended, killed as it is or when it has just gone on. Nothing is lost, however
// long the thread stood still.
func TestKillStandstill(t *testing.T) {
	t.Parallel()
	theHost(t)
	tests := []struct {
		name   string
		filter string // in Lua, for each record; n counts them
		events int
		lives  []time.Duration
		pause  time.Duration // suspended before the kill
		goOn   bool
	}{
		// Fluent Bit counts a batch before its filters see it: it sleeps with records that are counted, and in no chunk.
		{
			name: "filter that sleeps", filter: "if n % 500 == 1 then os.execute('sleep 5') end", events: 6000,
			lives: []time.Duration{7 * time.Second, 10 * time.Second},
		},
		{name: "slow filter", filter: "os.execute('sleep 0.01')", events: 1500, lives: []time.Duration{4 * time.Second, 9 * time.Second}},
		{name: "suspended", events: 40_000, lives: []time.Duration{3 * time.Second, 4 * time.Second}, pause: 6 * time.Second},
		{name: "suspended and gone on", events: 40_000, lives: []time.Duration{3 * time.Second, 4 * time.Second}, pause: 4 * time.Second, goOn: true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			seed := rand.Uint64()
			dir := t.TempDir()
			a := serve(t, fakeopenai.Options{Latency: 20 * time.Millisecond})
			a.populate(t, history(seed, test.events))
			c := pipeline(dir, a, "concurrency", "2")
			still := c
			if test.filter != "" {
				still.filters = []props{luaFilter(t, dir, test.filter)}
			}
			w := watch(t, dir)
			for _, life := range test.lives {
				p := start(t, still.write(t, dir, "conf"), launch{})
				over := time.Now().Add(life + time.Duration(rand.Int64N(int64(time.Second))))
				p.await("the moment of the kill", func() bool {
					w.read()
					return time.Now().After(over)
				})
				if test.pause > 0 {
					p.signal(syscall.SIGSTOP)
					<-time.After(test.pause)
				}
				if test.goOn {
					p.signal(syscall.SIGCONT)
					<-time.After(time.Duration(rand.Int64N(int64(time.Second))))
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
			t.Logf("seed %d: %d events, %d records before the last start, %d lost, %d repeated", seed, r.events, before, r.lost, r.repeated)
			if r.lost > 0 || r.foreign > 0 {
				t.Errorf("%d events are lost, and %d are in no list of the API", r.lost, r.foreign)
			}
		})
	}
}

// luaFilter is a filter that runs a line of Lua for each record, and leaves the record as it is. Where Fluent Bit has no such
// filter the test is skipped.
func luaFilter(t *testing.T, dir, line string) props {
	t.Helper()
	if out, _ := exec.CommandContext(t.Context(), theHost(t).path, "--help").Output(); !bytes.Contains(out, []byte("\n  lua ")) {
		t.Skip("this Fluent Bit has no filter lua")
	}
	path := filepath.Join(dir, "filter.lua")
	writeFile(t, path, "n = 0\nfunction each(tag, time, record)\n  n = n + 1\n  "+line+"\n  return 0, 0, 0\nend\n")
	return props{"name": "lua", "match": "*", "script": path, "call": "each"}
}

// A Fluent Bit that is killed every three seconds comes to the end of a backfill, and each kill repeats little.
func TestCrashLoop(t *testing.T) {
	t.Parallel()
	theHost(t)
	const (
		life  = 3 * time.Second
		most  = 8
		limit = 1500 * time.Millisecond // of hand-over, that a kill repeats
	)
	dir := t.TempDir()
	a := serve(t, fakeopenai.Options{Latency: 20 * time.Millisecond})
	a.populate(t, history(rand.Uint64(), 20_000))
	total := len(a.events())
	config := pipeline(dir, a, "concurrency", "2").write(t, dir, "conf")
	w := watch(t, dir)
	kills, delivered := 0, map[string]bool{}
	began := time.Now()
	for ; kills < most && len(delivered) < total; kills++ {
		p := start(t, config, launch{})
		over := time.Now().Add(life)
		p.await("the moment of the kill", func() bool { return time.Now().After(over) })
		p.kill()
		w.read()
		for _, id := range w.ids {
			delivered[id] = true
		}
	}
	repeated := len(w.ids) - len(delivered)
	t.Logf("%d kills in %v: %d of %d events, %d repeated", kills, time.Since(began).Round(time.Second), len(delivered), total, repeated)
	if len(delivered) < total {
		t.Errorf("%d kills did not end a backfill of %d events: %d were delivered", kills, total, len(delivered))
	}
	// Two workers fetch a page of 100 each in 20 ms.
	if each := int(limit / (20 * time.Millisecond) * 200); repeated > kills*each {
		t.Errorf("a kill repeated %d events, %d at most were to be", repeated/kills, each)
	}
}

// The same at an API that takes 300 ms a page, where a life has time for a few pages only: what is read again is not read
// again for ever.
func TestCrashLoopSlowAPI(t *testing.T) {
	t.Parallel()
	theHost(t)
	const most = 11
	dir := t.TempDir()
	a := serve(t, fakeopenai.Options{Latency: 300 * time.Millisecond})
	a.populate(t, history(rand.Uint64(), 5000))
	total := len(a.events())
	config := pipeline(dir, a, "concurrency", "4").write(t, dir, "conf")
	w := watch(t, dir)
	kills, delivered := 0, map[string]bool{}
	for ; kills < most && len(delivered) < total; kills++ {
		p := start(t, config, launch{})
		over := time.Now().Add(3200 * time.Millisecond)
		p.await("the moment of the kill", func() bool { return time.Now().After(over) })
		p.kill()
		w.read()
		for _, id := range w.ids {
			delivered[id] = true
		}
	}
	t.Logf("%d kills: %d of %d events, %d repeated", kills, len(delivered), total, len(w.ids)-len(delivered))
	if len(delivered) < total {
		t.Errorf("%d kills did not end a backfill of %d events: %d were delivered", kills, total, len(delivered))
	}
}
