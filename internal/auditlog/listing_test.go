package auditlog_test

import (
	"fmt"
	"net/url"
	"strconv"
	"testing"
	"time"

	"fluent-bit-openai-audit/internal/fakeopenai"
)

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

// One event outside the time asked for does not make windows pointless for good.
func TestOneEventOutsideItsWindow(t *testing.T) {
	t.Parallel()
	inOddScene(t, func(s oddScene) {
		s.history(20_000, time.Now(), 30*time.Second)
		strayed, longest := false, int64(0)
		s.body = func(q url.Values, page []oddEvent) []byte {
			if !strayed && q.Has("effective_at[lt]") && len(page) > 50 {
				strayed = true
				stray := s.events[0]
				return fmt.Appendf(nil, `{"object":"list","data":[{"id":%q,"type":"login.succeeded","effective_at":%d}],"has_more":false}`,
					stray.id, stray.at)
			}
			if strayed {
				longest = max(longest, number(q, "effective_at[lt]")-number(q, "effective_at[gte]"))
			}
			return nil
		}
		c := s.start(map[string]string{"start_from": "8d", "concurrency": "4", "sweep_interval": "0"})
		run(c, s.fb, 30*time.Second)
		s.change(func() { longest = 0 })
		run(c, s.fb, 10*time.Minute)
		if longest > 4*24*3600 {
			s.Errorf("a window of %s", time.Duration(longest)*time.Second)
		}
		c.Stop()
	})
}

// An API that lists in the order in which it learned of the events looks as if it listed newest first, until there
// is a late one, or a whole batch of them, wherever on a page.
func TestListedInOrderOfInsertion(t *testing.T) {
	t.Parallel()
	for _, late := range []int{1, 20, 120, 250} {
		for _, workers := range []string{"1", "4"} {
			t.Run(fmt.Sprintf("%d late, %s workers", late, workers), func(t *testing.T) {
				t.Parallel()
				for _, at := range []int{299, 300, 399, 450, 799, 1199, 2099} {
					inOddScene(t, func(s oddScene) {
						s.order = byInsertion
						s.history(5000, time.Now().Add(-72*time.Hour), 10*time.Second)
						for i := range late {
							e := &s.events[at+i]
							e.at -= 3 * 3600
						}
						c := s.start(map[string]string{"start_from": "7d", "concurrency": workers, "sweep_interval": "0"})
						run(c, s.fb, 10*time.Minute)
						if !c.CaughtUp() {
							s.Error("the backfill has not come to its end")
						}
						s.wantAll()
						c.Stop()
					})
				}
			})
		}
	}
}

// An API that refuses all cursors still lists what fits on first pages.
func TestNoCursorsAndSmallPages(t *testing.T) {
	t.Parallel()
	inOddScene(t, func(s oddScene) {
		s.history(1000, time.Now().Add(-12*time.Hour), 10*time.Second)
		s.status = func(q url.Values, _ []oddEvent) int {
			if q.Has("after") {
				return 400
			}
			return 0
		}
		c := s.start(map[string]string{"page_size": "5", "concurrency": "1"})
		run(c, s.fb, 2*time.Hour)
		s.wantAll()
		c.Stop()
	})
}
