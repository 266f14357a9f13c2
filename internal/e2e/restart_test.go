//go:build linux

package e2e_test

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"fluent-bit-openai-audit/internal/fakeopenai"
)

// backfill is a simulator with a history that takes some seconds to fetch, in which new events go on to happen for a
// while.
func backfill(t *testing.T, seed uint64, count int, live time.Duration) *api {
	t.Helper()
	a := serve(t, fakeopenai.Options{Latency: 100 * time.Millisecond})
	a.populate(t, history(seed, count))
	now := time.Now()
	a.populate(t, fakeopenai.OrganizationOptions{Seed: seed + 1000, From: now, To: now.Add(live), Rate: 20, TenantShare: 0.1})
	return a
}

// catchUp waits until everything was delivered that the API will ever list.
func catchUp(p *process, w *watcher, a *api, end time.Time) []fakeopenai.Event {
	p.t.Helper()
	p.await("the last event to be listed", func() bool { return time.Now().After(end) })
	want := a.events()
	p.await("all events", func() bool {
		w.read()
		return len(w.ids) >= len(want) && count(want, w.ids).lost == 0
	})
	return want
}

// SIGTERM and a new start, again and again during a backfill: none lost, none repeated.
func TestTermination(t *testing.T) {
	t.Parallel()
	theHost(t)
	const events, live = 24_000, 15 * time.Second
	dir := t.TempDir()
	a := backfill(t, 1, events, live)
	end := time.Now().Add(live)
	w := watch(t, dir)
	config := pipeline(dir, a, "concurrency", "2").write(t, dir, "conf")
	for i := range 3 {
		p := start(t, config, launch{})
		p.await("a part of the events", func() bool { return w.has((i + 1) * events / 5) })
		p.terminate()
		w.read()
	}
	if len(w.ids) >= events {
		t.Errorf("%d records before the last start: the backfill was over too soon to show anything", len(w.ids))
	}
	p := start(t, config, launch{})
	want := catchUp(p, w, a, end)
	p.terminate()
	w.read()
	wantEach(t, want, w.ids)
}

// SIGHUP during a backfill: none lost, none repeated.
func TestHotReload(t *testing.T) {
	t.Parallel()
	theHost(t)
	const events, live = 16_000, 15 * time.Second
	dir := t.TempDir()
	a := backfill(t, 2, events, live)
	end := time.Now().Add(live)
	w := watch(t, dir)
	p := start(t, pipeline(dir, a, "concurrency", "2").write(t, dir, "yaml"), launch{})
	for i := range 3 {
		p.await("a part of the events", func() bool { return w.has((i + 1) * events / 5) })
		p.signal(syscall.SIGHUP)
		// A signal before the plugin's next life has begun may come while Fluent Bit reloads, which then ignores it.
		p.await("the reload", func() bool {
			w.read()
			return strings.Count(p.screen.String(), "collects organization and tenant") > i+1
		})
	}
	if len(w.ids) >= events {
		t.Errorf("%d records before the last reload: the backfill was over too soon to show anything", len(w.ids))
	}
	want := catchUp(p, w, a, end)
	p.terminate()
	w.read()
	wantEach(t, want, w.ids)
}
