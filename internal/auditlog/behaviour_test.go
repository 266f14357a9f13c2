package auditlog_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
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

func TestTenantStreamRefused(t *testing.T) {
	inScene(t, func(s scene) {
		s.add("org", "login.succeeded", 50, time.Minute)
		s.add("tenant", "tenant.policy.updated", 50, time.Minute)
		remove := s.server.Inject(fakeopenai.Fault{
			Kind: fakeopenai.Forbidden, When: fakeopenai.When{Streams: []fakeopenai.Stream{fakeopenai.TenantStream}},
		})
		c := newCollector(s, s.local, s.fb, nil)
		c.Start()
		run(c, s.fb, 5*time.Minute)
		s.wantCounts(map[string]int{"org": 50})
		s.wantLog("the API refuses the tenant stream", 1)
		remove()
		run(c, s.fb, 7*time.Hour) // at long intervals it is tried again
		s.wantCounts(map[string]int{"org": 50, "tenant": 50})
		s.wantLog("the API serves the tenant stream now", 1)
		s.stop(c)
	})
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

func TestChangedFilters(t *testing.T) {
	inScene(t, func(s scene) {
		db := filepath.Join(s.TempDir(), "a.db")
		s.add("login", "login.succeeded", 100, 3*24*time.Hour)
		s.add("key", "api_key.created", 100, 3*24*time.Hour)
		s.add("invite", "invite.sent", 100, 3*24*time.Hour)
		with := func(types string) map[string]string {
			p := map[string]string{"db": db, "start_from": "7d", "scope": "organization"}
			if types != "" {
				p["event_types"] = types
			}
			return p
		}
		s.collect(time.Minute, with("login.succeeded,api_key.created"))
		s.wantCounts(map[string]int{"login": 100, "key": 100})
		// Old ids have left by now: only the ledgers and the types tell.
		s.collect(3*24*time.Hour, with("login.succeeded,api_key.created"))

		requests := s.server.Stats().Requests
		s.collect(time.Minute, with("api_key.created"))
		s.wantCounts(map[string]int{"login": 100, "key": 100})
		s.wantLog("the filters are narrower than those of the state file", 1)
		if n := s.server.Stats().Requests - requests; n > 10 { // five of them find out what the key may do
			s.Errorf("narrower filters cost %d requests", n)
		}

		s.collect(time.Minute, with("login.succeeded,api_key.created,invite.sent"))
		s.wantCounts(map[string]int{"login": 100, "key": 100, "invite": 100})
		s.wantLog("what they add is fetched from start_from (7d) on", 1)

		s.collect(time.Minute, with(""))
		s.wantCounts(map[string]int{"login": 100, "key": 100, "invite": 100})
	})
}

// Filters by anything but types do not tell what was delivered under them: only ids do, as long as they are kept.
func TestFiltersThatDoNotTell(t *testing.T) {
	inScene(t, func(s scene) {
		p := map[string]string{
			"db": filepath.Join(s.TempDir(), "a.db"), "start_from": "7d", "scope": "organization", "actor_ids": "user-a",
		}
		s.add("login", "login.succeeded", 10, time.Hour)
		s.collect(time.Minute, p)
		s.wantCounts(map[string]int{})
		s.collect(time.Minute, p)
		s.wantLog("filters changed", 0)
		s.wantLog("audit logging is on, but the filters (actor_ids) match no event of the log", 2)

		delete(p, "actor_ids")
		s.collect(time.Minute, p)
		s.wantCounts(map[string]int{"login": 10})
		s.wantLog("the filters changed in a way that does not tell what was delivered under the former ones", 1)
		s.collect(time.Minute, p)
		s.wantCounts(map[string]int{"login": 10})
		s.wantLog("filters changed", 1)
	})
}

// A stream whose first poll never came to its end has begun all the same: narrower filters go on from there, however
// late they come.
func TestNarrowerFiltersBeforeTheFirstPoll(t *testing.T) {
	inScene(t, func(s scene) {
		p := map[string]string{"db": filepath.Join(s.TempDir(), "a.db"), "start_from": "2h", "scope": "organization"}
		s.add("early", "login.succeeded", 10, time.Hour)
		remove := s.server.Inject(fakeopenai.Fault{Kind: fakeopenai.ServerError, When: fakeopenai.When{Skip: 1}})
		s.collect(time.Minute, p)
		s.wantCounts(map[string]int{})
		remove()

		time.Sleep(3 * time.Hour)
		p["event_types"] = "login.succeeded"
		s.collect(time.Minute, p)
		s.wantCounts(map[string]int{"early": 10})
		s.wantLog("the filters are narrower than those of the state file", 1)
	})
}

func TestOtherSource(t *testing.T) {
	inScene(t, func(s scene) {
		db := filepath.Join(s.TempDir(), "a.db")
		s.add("org", "login.succeeded", 10, time.Minute)
		s.collect(time.Minute, map[string]string{"db": db})
		s.collect(time.Minute, map[string]string{"db": db, "organization": "org-other"})
		s.wantLog("the state file is about another log", 1)
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

// A page that says it is the last, and then one without events that says it is not, do not make an end.
func TestEndThatTwoPagesContradict(t *testing.T) {
	inScene(t, func(s scene) {
		s.add("old", "login.succeeded", 500, time.Hour)
		var remove []func()
		for kind, page := range map[fakeopenai.Kind]int{fakeopenai.EndEarly: 1, fakeopenai.EmptyPage: 2} {
			remove = append(remove, s.server.Inject(fakeopenai.Fault{Kind: kind, When: fakeopenai.When{Page: page}}))
		}
		c := newCollector(s, s.local, s.fb, map[string]string{
			"scope": "organization", "start_from": "1d", "poll_interval": "30s", "sweep_interval": "0",
		})
		c.Start()
		run(c, s.fb, 5*time.Minute)
		for _, f := range remove {
			f()
		}
		run(c, s.fb, 15*time.Minute)
		s.wantCounts(map[string]int{"old": 500})
		s.stop(c)
	})
}

// Empty pages that announce more are no end, however often they come; of a server that announces more whatever it is asked for
// they are.
func TestEmptyPagesThatAnnounceMore(t *testing.T) {
	for _, kind := range []fakeopenai.Kind{fakeopenai.EmptyPage, fakeopenai.MoreForever} {
		t.Run(string(kind), func(t *testing.T) {
			inScene(t, func(s scene) {
				s.add("old", "login.succeeded", 500, time.Hour)
				remove := s.server.Inject(fakeopenai.Fault{Kind: kind})
				c := newCollector(s, s.local, s.fb, map[string]string{
					"scope": "organization", "start_from": "1d", "poll_interval": "30s", "sweep_interval": "0",
				})
				c.Start()
				run(c, s.fb, 2*time.Minute)
				if caughtUp := c.CaughtUp(); caughtUp != (kind == fakeopenai.MoreForever) {
					s.Errorf("caught up: %v", caughtUp)
				}
				remove()
				run(c, s.fb, 15*time.Minute)
				s.wantCounts(map[string]int{"old": 500})
				s.stop(c)
			})
		})
	}
}

// A server that ignores the time asked for and lists the oldest first: that its first page is older than a poll asks for says
// nothing of what follows.
func TestUnfilteredListingOldestFirst(t *testing.T) {
	inScene(t, func(s scene) {
		s.add("old", "login.succeeded", 50, time.Hour)
		s.server.Inject(fakeopenai.Fault{Kind: fakeopenai.IgnoreTime})
		s.server.Inject(fakeopenai.Fault{Kind: fakeopenai.Ascending})
		c := newCollector(s, s.local, s.fb, map[string]string{
			"scope": "organization", "start_from": "1d", "poll_interval": "30s", "sweep_interval": "0", "page_size": "10",
		})
		c.Start()
		run(c, s.fb, 10*time.Minute)
		s.add("new", "login.succeeded", 3, 0)
		run(c, s.fb, 10*time.Minute)
		s.wantCounts(map[string]int{"old": 50, "new": 3})
		s.stop(c)
	})
}

// A server that ignores the time and lists the oldest first, and from the middle of a listing on does neither: the cursor then leads to
// an empty page, which is no end.
func TestListingThatTurns(t *testing.T) {
	inScene(t, func(s scene) {
		s.server = fakeopenai.New(fakeopenai.Options{Keys: []string{testKey}, Latency: 2 * time.Second})
		s.local = fakeopenai.NewLocal(s.server)
		defer s.local.Close()
		s.add("early", "login.succeeded", 500, 2*time.Hour)
		s.add("old", "login.succeeded", 100, 15*time.Minute)
		var remove []func()
		for _, kind := range []fakeopenai.Kind{fakeopenai.IgnoreTime, fakeopenai.Ascending} {
			remove = append(remove, s.server.Inject(fakeopenai.Fault{Kind: kind}))
		}
		c := newCollector(s, s.local, s.fb, map[string]string{
			"scope": "organization", "start_from": "1h", "poll_interval": "30s", "sweep_interval": "0", "page_size": "10",
		})
		c.Start()
		run(c, s.fb, 7*time.Second)
		for _, f := range remove {
			f()
		}
		run(c, s.fb, 30*time.Minute)
		s.wantCounts(map[string]int{"old": 100})
		s.stop(c)
	})
}

// A server that sends no Date does not have the collector believe in this machine's clock, which is an hour ahead:
// time that has not come yet would count as read.
func TestNoDateAndAClockThatIsAhead(t *testing.T) {
	for _, old := range []int{0, 30} {
		t.Run(fmt.Sprintf("%d events before", old), func(t *testing.T) {
			inScene(t, func(s scene) {
				s.server = fakeopenai.New(fakeopenai.Options{
					Keys: []string{testKey}, Now: func() time.Time { return time.Now().Add(-time.Hour) },
				})
				s.local = fakeopenai.NewLocal(s.server)
				defer s.local.Close()
				s.server.Inject(fakeopenai.Fault{Kind: fakeopenai.WrongDate, Form: "none"})
				s.add("old", "login.succeeded", old, 2*time.Hour)
				c := newCollector(s, s.local, s.fb, map[string]string{
					"scope": "organization", "start_from": "1d", "poll_interval": "30s", "overlap": "1m", "sweep_interval": "0",
				})
				c.Start()
				want := make(map[string]int)
				if old > 0 {
					want["old"] = old
				}
				for i := range 10 {
					run(c, s.fb, 7*time.Minute)
					s.add(fmt.Sprintf("new%d", i), "login.succeeded", 3, time.Hour)
					want[fmt.Sprintf("new%d", i)] = 3
				}
				run(c, s.fb, 2*time.Minute)
				s.wantCounts(want)
				s.stop(c)
			})
		})
	}
}

// Without a Date, a page of old events does not mean that the server's clock went back: what was covered stays so, and is
// not delivered again when its ids have long left the state file.
func TestNoDateAndOldEventsFirst(t *testing.T) {
	inScene(t, func(s scene) {
		s.add("old", "login.succeeded", 120, 2*time.Hour)
		properties := map[string]string{
			"db": filepath.Join(s.TempDir(), "state.db"), "scope": "organization", "start_from": "1d", "page_size": "20",
			"overlap": "1m", "sweep_interval": "0",
		}
		s.collect(3*time.Hour, properties)
		s.wantCounts(map[string]int{"old": 120})
		for _, f := range []fakeopenai.Fault{
			{Kind: fakeopenai.WrongDate, Form: "none"}, {Kind: fakeopenai.Ascending}, {Kind: fakeopenai.IgnoreTime},
		} {
			s.server.Inject(f)
		}
		s.add("new", "login.succeeded", 3, time.Minute)
		s.collect(10*time.Minute, properties)
		s.wantCounts(map[string]int{"old": 120, "new": 3})
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

func TestManyEventsInOneSecond(t *testing.T) {
	inScene(t, func(s scene) {
		at := time.Now().Add(-time.Hour).Unix()
		for i := range 20_000 {
			s.server.Add(fakeopenai.Event{ID: fmt.Sprintf("burst-%05d", i), Type: "login.succeeded", EffectiveAt: at})
		}
		s.add("org", "login.succeeded", 100, 2*time.Hour)
		s.collect(time.Minute, map[string]string{"scope": "organization"})
		s.wantCounts(map[string]int{"burst": 20_000, "org": 100})
	})
}

// An id stays in the state file until every stream has covered its time. So workers read all streams back
// in step, and the file grows with what a few walks hold, not with the backlog.
func TestBackfillInStep(t *testing.T) {
	for _, workers := range []string{"1", "4"} {
		t.Run(workers+" workers", func(t *testing.T) {
			inScene(t, func(s scene) {
				const events, pageSize = 60_000, 10
				s.server = fakeopenai.New(fakeopenai.Options{Keys: []string{testKey}, Latency: 100 * time.Millisecond})
				s.local = fakeopenai.NewLocal(s.server)
				defer s.local.Close()
				to := time.Now().Add(-10 * 24 * time.Hour)
				organization, err := fakeopenai.NewOrganization(fakeopenai.OrganizationOptions{
					From: to.Add(-60 * 24 * time.Hour), To: to, Count: events, TenantShare: 0.2,
				})
				if err != nil {
					s.Fatal(err)
				}
				s.server.AddOrganization(organization)
				db := filepath.Join(s.TempDir(), "state.db")
				s.collect(40*time.Minute, map[string]string{
					"db": db, "start_from": "90d", "page_size": strconv.Itoa(pageSize), "concurrency": workers,
				})
				if n := len(s.fb.delivered()); n != events {
					s.Errorf("%d events were delivered, want %d", n, events)
				}
				info, err := os.Stat(db)
				if err != nil {
					s.Fatal(err)
				}
				const perID = 46
				// Ids are saved as soon as their records have drained, and leave once both streams have covered their time: some
				// windows' worth, of which the file keeps the room.
				if ids := info.Size() / perID; ids > events/4 {
					s.Errorf("the state file has room for %d ids of %d", ids, events)
				}
				if pages := s.server.Stats().Requests; pages > events/pageSize*11/10+200 { // 160 are polls
					s.Errorf("%d requests for %d pages", pages, events/pageSize)
				}
			})
		})
	}
}

// An event that is malformed, and of another time, does not tell in which order a dense second is listed. The seed
// decides where on its page it lies.
func TestMalformedEventInADenseSecond(t *testing.T) {
	for seed := range uint64(6) {
		inScene(t, func(s scene) {
			at := time.Now().Add(-time.Hour).Unix()
			for i := range 100 {
				s.server.Add(fakeopenai.Event{ID: fmt.Sprintf("burst-%05d", i), Type: "login.succeeded", EffectiveAt: at})
			}
			s.server.Inject(fakeopenai.Fault{Kind: fakeopenai.Malformed, Form: "no_id", When: fakeopenai.When{Page: 2, Seed: seed}})
			s.collect(time.Minute, map[string]string{
				"scope": "organization", "start_from": "1d", "page_size": "2", "overlap": "1s", "sweep_interval": "0",
			})
			if n := s.counts()["burst"]; n != 100 {
				s.Errorf("seed %d: %d of 100 events were delivered", seed, n)
			}
		})
	}
}

// An API that begins to list the other way round in the middle of a walk: the next page leads back to what was listed.
func TestOrderThatChanges(t *testing.T) {
	ascending := fakeopenai.Fault{Kind: fakeopenai.Ascending}
	for name, seconds := range map[string]int64{"half an hour": 1800, "a second": 1} {
		for _, first := range []string{"oldest first", "newest first"} {
			t.Run(name+", "+first, func(t *testing.T) {
				inScene(t, func(s scene) {
					s.server = fakeopenai.New(fakeopenai.Options{Keys: []string{testKey}, Latency: time.Second})
					s.local = fakeopenai.NewLocal(s.server)
					defer s.local.Close()
					const events, pageSize = 300, 10
					from := time.Now().Add(-2 * time.Hour).Unix()
					for i := range int64(events) {
						s.server.Add(fakeopenai.Event{
							ID: fmt.Sprintf("event-%05d", i), Type: "login.succeeded", EffectiveAt: from + i*seconds/events,
						})
					}
					c := newCollector(s, s.local, s.fb, map[string]string{
						"scope": "organization", "start_from": "1d", "page_size": strconv.Itoa(pageSize), "concurrency": "1",
						"overlap": "1s", "sweep_interval": "0",
					})
					change := func() { s.server.Inject(ascending) }
					if first == "oldest first" {
						change = s.server.Inject(ascending)
					}
					c.Start()
					for s.server.Stats().Events < pageSize {
						time.Sleep(100 * time.Millisecond)
					}
					change() // after the first page, of which no later one has the cursor for its last
					run(c, s.fb, 10*time.Minute)
					s.wantCounts(map[string]int{"event": events})
					s.stop(c)
				})
			})
		}
	}
}

// heartbeats returns what the heartbeats said of the organization's stream.
func (s scene) heartbeats() (beats []map[string]any) {
	for _, d := range s.fb.delivered() {
		if d.stream != "heartbeat" {
			continue
		}
		var v struct{ Streams map[string]map[string]any }
		if err := json.Unmarshal(d.json, &v); err != nil {
			s.Fatal(err)
		}
		beats = append(beats, v.Streams["organization"])
	}
	return beats
}

func TestHeartbeat(t *testing.T) {
	inScene(t, func(s scene) {
		s.add("org", "login.succeeded", 10, time.Minute)
		s.collect(4*time.Minute, map[string]string{"heartbeat_interval": "1m", "organization": "org-a"})
		beats := s.heartbeats()
		if len(beats) < 3 {
			s.Fatalf("%d heartbeats in 4 minutes", len(beats))
		}
		org := beats[0]
		if org["events"] != 10.0 || org["hole_count"] != 0.0 {
			s.Errorf("first heartbeat: %v", org)
		}
		until := int64(org["covered_until"].(float64))
		if age := time.Now().Unix() - until; age < 0 || age > 300 {
			s.Errorf("covered_until %d s ago", age)
		}
		if n := beats[1]["events"]; n != 0.0 {
			s.Errorf("second heartbeat counts %v events again", n)
		}
	})
}

// Heartbeats say the same as the metrics.
func TestHeartbeatsTellTheLag(t *testing.T) {
	inScene(t, func(s scene) {
		s.add("org", "login.succeeded", 10, time.Minute)
		c := newCollector(s, s.local, s.fb, map[string]string{"heartbeat_interval": "1m", "scope": "organization"})
		c.Start()
		last := func() map[string]any {
			beats := s.heartbeats()
			return beats[len(beats)-1]
		}
		run(c, s.fb, 5*time.Minute)
		if b := last(); b["behind_seconds"].(float64) > most || b["uncovered_seconds"] != b["behind_seconds"] {
			s.Errorf("an idle stream: %v", b)
		}
		remove := s.server.Inject(fakeopenai.Fault{Kind: fakeopenai.NotFound})
		run(c, s.fb, time.Hour)
		if b := last(); b["behind_seconds"].(float64) < 3540 || b["uncovered_seconds"] != b["behind_seconds"] || !b["refused"].(bool) {
			s.Errorf("refused for an hour: %v", b)
		}
		remove()
		s.stop(c)

		s.server.Inject(fakeopenai.Fault{Kind: fakeopenai.NotFound})
		s.collect(3*time.Minute, map[string]string{"heartbeat_interval": "1m", "scope": "organization"})
		for _, name := range []string{"covered_until", "behind_seconds", "uncovered_seconds", "last_poll"} {
			if v, ok := last()[name]; !ok || v != nil {
				s.Errorf("refused from the start: %s is %v", name, v)
			}
		}
	})
}

func TestExcludedTypesAreCoveredAndDropped(t *testing.T) {
	inScene(t, func(s scene) {
		s.add("login", "login.succeeded", 10, time.Minute)
		s.add("logout", "logout.succeeded", 10, time.Minute)
		c := newCollector(s, s.local, s.fb, map[string]string{"exclude_event_types": "logout.*", "scope": "organization"})
		c.Start()
		run(c, s.fb, 3*time.Minute)
		s.wantCounts(map[string]int{"login": 10})
		if n := c.Metrics().Excluded.With("organization").Get(); n != 10 {
			s.Errorf("%v counted as excluded, want 10, each once", n)
		}
		if !c.CaughtUp() {
			s.Error("not caught up")
		}
		s.stop(c)
	})
}

func TestKeyThatIsTooStrong(t *testing.T) {
	for _, strong := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			server := fakeopenai.New(fakeopenai.Options{Keys: []string{testKey}, Overpowered: strong})
			s := scene{T: t, server: server, local: fakeopenai.NewLocal(server), fb: &fluentBit{}}
			defer s.local.Close()
			s.add("org", "login.succeeded", 10, time.Minute)
			s.collect(time.Minute, nil)
			times := 0
			if strong {
				times = 1
			}
			s.wantLog("the key can do more than read the audit log", times)
		})
	}
}

func TestTheKeyIsNowhere(t *testing.T) {
	for _, kind := range []fakeopenai.Kind{fakeopenai.EchoKey, fakeopenai.Unauthorized, fakeopenai.Redirect, fakeopenai.HTML, fakeopenai.Drop} {
		t.Run(string(kind), func(t *testing.T) {
			inScene(t, func(s scene) {
				s.add("org", "login.succeeded", 10, time.Minute)
				remove := s.server.Inject(fakeopenai.Fault{Kind: kind, Location: "http://elsewhere.example"})
				if kind != fakeopenai.Redirect {
					remove()
					remove = s.server.Inject(fakeopenai.Fault{Kind: kind})
				}
				c := newCollector(s, s.local, s.fb, map[string]string{"heartbeat_interval": "10s"})
				c.Start()
				run(c, s.fb, 2*time.Minute)
				remove()
				run(c, s.fb, 20*time.Minute)
				s.stop(c)
				if s.counts()["org"] != 10 {
					s.Errorf("delivered %v", s.counts())
				}
				text := s.fb.log()
				for _, d := range s.fb.delivered() {
					text += string(d.json)
				}
				for name, secret := range map[string]string{"key": testKey, "its end": testKey[len(testKey)-8:]} {
					if strings.Contains(text, secret) {
						s.Errorf("the %s shows", name)
					}
				}
			})
		})
	}
}
