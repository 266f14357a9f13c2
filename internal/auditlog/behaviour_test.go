package auditlog_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"fluent-bit-openai-audit/internal/auditlog"
	"fluent-bit-openai-audit/internal/fakeopenai"
)

// scene is a server, a host and what a test does with them, in a synctest bubble.
type scene struct {
	*testing.T
	server *fakeopenai.Server
	local  *fakeopenai.Local
	fb     *fluentBit
}

func inScene(t *testing.T, f func(s scene)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := scene{T: t, server: fakeopenai.New(fakeopenai.Options{Keys: []string{testKey}}), fb: &fluentBit{}}
		s.local = fakeopenai.NewLocal(s.server)
		defer s.local.Close()
		f(s)
		if t.Failed() {
			t.Logf("log:\n%s", s.fb.log())
		}
	})
}

// add lists n events, one a second, the last of them ago before now.
func (s scene) add(name, eventType string, n int, ago time.Duration) {
	for i := range n {
		s.server.Add(fakeopenai.Event{
			ID: fmt.Sprintf("%s-%05d", name, i), Type: eventType, EffectiveAt: time.Now().Add(-ago).Unix() - int64(n-1-i),
			Tenant: fakeopenai.TenantScoped(eventType),
		})
	}
}

// collect runs a collector for d and stops it as Fluent Bit does.
func (s scene) collect(d time.Duration, properties map[string]string) {
	c := newCollector(s, s.local, s.fb, properties)
	c.Start()
	run(c, s.fb, d)
	s.stop(c)
}

func (s scene) stop(c *auditlog.Collector) {
	c.Pause()
	time.Sleep(time.Second)
	s.fb.drain()
	c.Pause()
	c.Stop()
}

// counts returns how often each event was delivered, by the begin of its id.
func (s scene) counts() map[string]int {
	out := make(map[string]int)
	for _, d := range s.fb.delivered() {
		name, _, _ := strings.Cut(d.id, "-")
		out[name]++
	}
	return out
}

func (s scene) wantCounts(want map[string]int) {
	s.Helper()
	if diff := cmp.Diff(want, s.counts()); diff != "" {
		s.Errorf("delivered (-want +got): %s", diff)
	}
}

func (s scene) wantLog(part string, times int) {
	s.Helper()
	if n := strings.Count(s.fb.log(), part); n != times {
		s.Errorf("the log says %q %d times, want %d", part, n, times)
	}
}

func TestLateEvents(t *testing.T) {
	inScene(t, func(s scene) {
		now := time.Now()
		late := func(name string, after, lateness time.Duration) {
			s.server.Add(fakeopenai.Event{
				ID: name + "-1", Type: "login.succeeded", EffectiveAt: now.Add(after).Unix(), ListedAt: now.Add(after + lateness),
			})
		}
		late("prompt", 10*time.Minute, 0)
		late("poll", 20*time.Minute, 3*time.Minute)
		late("edge", 40*time.Minute, 8*time.Minute+30*time.Second)
		late("sweep", time.Hour, 20*time.Hour)
		s.collect(24*time.Hour, map[string]string{"scope": "organization", "overlap": "10m"})
		s.wantCounts(map[string]int{"prompt": 1, "poll": 1, "edge": 1, "sweep": 1})
		for _, d := range s.fb.delivered() {
			if want := !strings.HasPrefix(d.id, "prompt"); d.late != want {
				s.Errorf("%s: late %v, want %v", d.id, d.late, want)
			}
		}
		s.wantLog("near the edge of the overlap of 10m0s; polls read 20m0s again from now on", 1)
	})
}

// Polls that are stuck half way cover what they have read. When they have failed for so long that the next one leaves
// what is older to the backfill, that reads it again: an event may have been listed there in the meantime.
func TestLateEventAfterFailedPolls(t *testing.T) {
	inScene(t, func(s scene) {
		s.add("old", "login.succeeded", 3000, time.Hour)
		c := newCollector(s, s.local, s.fb, map[string]string{
			"scope": "organization", "start_from": "beginning", "poll_interval": "30s", "overlap": "10m", "sweep_interval": "0",
		})
		c.Start()
		run(c, s.fb, 2*time.Minute)

		at := time.Now()
		for i := range 200 { // without cursors there is no way through this second
			s.server.Add(fakeopenai.Event{ID: fmt.Sprintf("dense-%04d", i), Type: "login.succeeded", EffectiveAt: at.Unix()})
		}
		s.server.Add(fakeopenai.Event{ID: "above-1", Type: "login.succeeded", EffectiveAt: at.Unix() + 90, ListedAt: at.Add(90 * time.Second)})
		late := at.Add(time.Minute)
		s.server.Add(fakeopenai.Event{ID: "late-1", Type: "login.succeeded", EffectiveAt: late.Unix(), ListedAt: late.Add(9 * time.Minute)})
		remove := s.server.Inject(fakeopenai.Fault{Kind: fakeopenai.IgnoreCursor})
		run(c, s.fb, 5*time.Minute)
		remove()
		remove = s.server.Inject(fakeopenai.Fault{Kind: fakeopenai.ServerError})
		run(c, s.fb, 25*time.Minute)
		s.wantCounts(map[string]int{"old": 3000, "dense": 100, "above": 1})
		remove()
		s.add("fresh", "login.succeeded", 1, 0)
		run(c, s.fb, 15*time.Minute)
		s.wantCounts(map[string]int{"old": 3000, "dense": 200, "above": 1, "late": 1, "fresh": 1})
		s.stop(c)
	})
}

func TestBackpressure(t *testing.T) {
	inScene(t, func(s scene) {
		s.add("org", "login.succeeded", 40_000, time.Minute)
		c := newCollector(s, s.local, s.fb, map[string]string{"queue_size": "1M", "scope": "organization", "start_from": "7d"})
		s.fb.refuse = true
		c.Start()
		run(c, s.fb, 5*time.Minute)
		before := s.server.Stats().Requests
		run(c, s.fb, 30*time.Minute)
		// Polls go on, for which there is room left, and no more.
		if n := s.server.Stats().Requests - before; n > 80 {
			s.Errorf("%d requests while the queue was full", n)
		}
		if before > 400 {
			s.Errorf("%d requests for a queue of 1 MB", before)
		}
		s.wantCounts(map[string]int{})
		s.fb.refuse = false
		run(c, s.fb, 2*time.Minute)
		s.wantCounts(map[string]int{"org": 40_000})
		s.wantLog("the host accepts records again", 1)
		s.stop(c)
	})
}
