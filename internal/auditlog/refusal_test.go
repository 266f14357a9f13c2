package auditlog_test

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"fluent-bit-openai-audit/internal/fakeopenai"
)

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

// What the API refuses for good, such as time before its retention, and a history on which it always fails, is not asked for
// again and again.
func TestOldTimeThatIsAlwaysRefused(t *testing.T) {
	t.Parallel()
	for _, code := range []int{400, 403, 500} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			t.Parallel()
			inOddScene(t, func(s oddScene) {
				s.history(500, time.Now(), time.Hour)
				edge := time.Now().Add(-10 * 24 * time.Hour).Unix()
				s.status = func(q url.Values, _ []oddEvent) int {
					if q.Has("effective_at[lt]") && number(q, "effective_at[gte]") < edge && number(q, "effective_at[lt]") > 1 {
						return code
					}
					return 0
				}
				c := s.start(map[string]string{"start_from": "365d"})
				run(c, s.fb, 2*time.Hour)
				if missing, _ := s.missing(); missing > 262 {
					s.Errorf("%d are missing, of which 260 are refused", missing)
				}
				before := s.asked()
				run(c, s.fb, time.Hour)
				n := s.asked() - before
				s.Logf("%d requests in two hours, %d in the third", before, n)
				if n > 1200 {
					s.Errorf("%d requests in the third hour, of which 120 are polls", n)
				}
				s.change(func() { s.status = nil })
				run(c, s.fb, time.Hour)
				s.wantAll()
				c.Stop()
			})
		})
	}
}

// The API refuses an older part of a stream once, while it serves the newest: that part is tried again.
func TestRefusalOfAnOldPart(t *testing.T) {
	t.Parallel()
	for _, code := range []int{400, 403, 404} {
		t.Run(strconv.Itoa(code), func(t *testing.T) {
			t.Parallel()
			inOddScene(t, func(s oddScene) {
				s.history(1000, time.Now().Add(-20*time.Hour), time.Second)
				refusals := 0
				s.status = func(q url.Values, _ []oddEvent) int {
					if q.Has("effective_at[lt]") && refusals == 0 {
						refusals++
						return code
					}
					return 0
				}
				c := s.start(nil)
				run(c, s.fb, 10*time.Minute)
				s.wantAll()
				if !c.CaughtUp() {
					s.Error("the stream is not read to its end")
				}
				c.Stop()
			})
		})
	}
}

// An event on whose page the API fails hides no other for long, and none that a sweep finds later.
func TestPageThatFails(t *testing.T) {
	t.Parallel()
	inOddScene(t, func(s oddScene) {
		s.history(3000, time.Now().Add(-12*time.Hour), 10*time.Second)
		fails := func(page []oddEvent) bool {
			return slices.ContainsFunc(page, func(e oddEvent) bool { return e.id == "e-02500" || e.id == "e-fails" })
		}
		s.status = func(_ url.Values, page []oddEvent) int {
			if fails(page) {
				return 500
			}
			return 0
		}
		c := s.start(map[string]string{"start_from": "2d"})
		run(c, s.fb, 4*time.Hour)
		if missing, repeated := s.missing(); missing != 1 || repeated > 0 {
			s.Errorf("%d events are missing, want the one that fails; %d were repeated", missing, repeated)
		}

		s.change(func() {
			now := time.Now().Unix()
			for i, id := range []string{"e-fails", "e-late"} {
				s.events = append(s.events, oddEvent{id: id, at: now - 7200 - int64(i), listedAt: now + int64(i)*3600})
			}
		})
		run(c, s.fb, 8*time.Hour)
		if missing, repeated := s.missing(); missing != 2 || repeated > 0 {
			s.Errorf("%d events are missing, want the two that fail; %d were repeated", missing, repeated)
		}

		s.change(func() {
			s.status = nil
		})
		run(c, s.fb, time.Hour)
		s.wantAll()
		c.Stop()
	})
}

// An API that refuses polls and answers a first contact is asked seldom, and the log stays short.
func TestPollsThatAreRefused(t *testing.T) {
	t.Parallel()
	inOddScene(t, func(s oddScene) {
		s.history(10, time.Now(), time.Minute)
		s.status = func(q url.Values, _ []oddEvent) int {
			if number(q, "limit") > 50 {
				return 400
			}
			return 0
		}
		c := s.start(nil)
		run(c, s.fb, 30*time.Minute)
		if s.asked() > 40 {
			s.Errorf("%d requests in half an hour", s.asked())
		}
		if n := strings.Count(s.fb.log(), "\n"); n > 20 {
			s.Errorf("%d lines in half an hour", n)
		}
		c.Stop()
	})
}

// A tenant stream that was refused for long brings what it listed late meanwhile.
func TestLateEventsAfterALongRefusal(t *testing.T) {
	t.Parallel()
	inOddScene(t, func(s oddScene) {
		refused := false
		s.status = func(q url.Values, _ []oddEvent) int {
			if refused && q.Has("tenant_only") {
				return 403
			}
			return 0
		}
		c := s.start(map[string]string{"scope": "all"})
		run(c, s.fb, 26*time.Hour)
		s.change(func() {
			refused = true
			now := time.Now().Unix()
			s.events = append(s.events, oddEvent{id: "e-late", at: now - 3600, listedAt: now + 3600, tenant: true})
		})
		run(c, s.fb, 9*24*time.Hour)
		s.change(func() {
			refused = false
		})
		run(c, s.fb, 12*time.Hour)
		s.wantAll()
		c.Stop()
	})
}
