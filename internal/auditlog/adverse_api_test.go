package auditlog_test

import (
	"bytes"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fluent-bit-openai-audit/internal/state"
)

// grow lists an event every step from now on for d by the API's clock, every fourth of them five minutes late.
func (a *oddAPI) grow(name string, d, step time.Duration) {
	now := time.Now().Add(a.ahead)
	for i := range int(d / step) {
		e := oddEvent{id: fmt.Sprintf("%s-%05d", name, i), at: now.Add(time.Duration(i) * step).Unix()}
		if e.listedAt = e.at; i%4 == 0 {
			e.listedAt += 300
		}
		a.events = append(a.events, e)
	}
}

// An event that cannot be listed costs its own second, within a minute, wherever it stands.
func TestOneBadEvent(t *testing.T) {
	t.Parallel()
	large := bytes.Repeat([]byte(" "), 3<<20)
	for _, fault := range []string{"too large", "garbage", "500"} {
		for _, bad := range []int{0, 60, 750, 1499} {
			t.Run(fmt.Sprintf("%s, event %d", fault, bad), func(t *testing.T) {
				t.Parallel()
				inOddScene(t, func(s oddScene) {
					s.history(1500, time.Now().Add(-time.Second), 50*time.Second)
					id := fmt.Sprintf("e-%05d", bad)
					has := func(page []oddEvent) bool {
						return slices.ContainsFunc(page, func(e oddEvent) bool { return e.id == id })
					}
					switch fault {
					case "500":
						s.status = func(_ url.Values, page []oddEvent) int {
							if has(page) {
								return 500
							}
							return 0
						}
					default:
						s.body = func(_ url.Values, page []oddEvent) []byte {
							switch {
							case !has(page):
								return nil
							case fault == "garbage":
								return []byte(`{"object":"list","data":[{"id":`)
							}
							return large
						}
					}
					c := s.start(map[string]string{"max_body_size": "2M", "start_from": "2d"})
					limit := time.Minute
					if fault != "too large" {
						limit = 10 * time.Minute // each is asked for three times, with pauses
					}
					run(c, s.fb, limit)
					if missing, repeated := s.missing(); missing != 1 || repeated > 0 {
						s.Errorf("after %s %d are missing, want the one; %d were repeated", limit, missing, repeated)
					}
					now := time.Now().Unix()
					s.change(func() { s.events = append(s.events, oddEvent{id: "new", at: now, listedAt: now}) })
					run(c, s.fb, time.Minute)
					if missing, _ := s.missing(); missing != 1 {
						s.Errorf("a new event is not delivered")
					}
					before := s.asked()
					run(c, s.fb, time.Hour)
					if s.asked()-before > 3600 {
						s.Errorf("%d requests in an hour", s.asked()-before)
					}
					s.change(func() { s.body, s.status = nil, nil })
					run(c, s.fb, 20*time.Minute)
					s.wantAll()
					c.Stop()
				})
			})
		}
	}
}

// A new event that cannot be listed hides none of those that come after it.
func TestBadEventThatIsNew(t *testing.T) {
	t.Parallel()
	inOddScene(t, func(s oddScene) {
		s.grow("new", 2*time.Hour, 30*time.Second)
		s.status = func(_ url.Values, page []oddEvent) int {
			if slices.ContainsFunc(page, func(e oddEvent) bool { return e.id == "new-00101" }) {
				return 500
			}
			return 0
		}
		c := s.start(nil)
		run(c, s.fb, 70*time.Minute)
		if n := len(s.fb.delivered()); n < 125 {
			s.Errorf("%d delivered in 70 minutes, want some 130", n)
		}
		run(c, s.fb, 80*time.Minute)
		if missing, repeated := s.missing(); missing != 1 || repeated > 0 {
			s.Errorf("%d are missing, want the one; %d were repeated", missing, repeated)
		}
		c.Stop()
	})
}

// Events whose times no record can bear, which every poll lists, come once, however long.
func TestEventsWithUnusableTimes(t *testing.T) {
	t.Parallel()
	inOddScene(t, func(s oddScene) {
		s.grow("new", 5*24*time.Hour, 10*time.Minute)
		s.events = append(s.events, oddEvent{id: "millis", at: time.Now().UnixMilli()}, oddEvent{id: "year 9999", at: 253402300799})
		properties := map[string]string{"db": filepath.Join(s.TempDir(), "a.db")}
		for range 5 {
			c := s.start(properties)
			run(c, s.fb, 24*time.Hour)
			c.Stop()
		}
		odd := 0
		for _, d := range s.fb.delivered() {
			if strings.Contains(d.id, "millis") || strings.Contains(d.id, "9999") {
				odd++
			}
		}
		if odd != 2 {
			s.Errorf("the two events with unusable times were delivered %d times", odd)
		}
	})
}

// start_from that is moved to an earlier time brings what it adds, and nothing again.
func TestStartThatIsMovedBack(t *testing.T) {
	t.Parallel()
	inOddScene(t, func(s oddScene) {
		s.history(400, time.Now(), time.Hour)
		db := filepath.Join(s.TempDir(), "a.db")
		c := s.start(map[string]string{"db": db, "start_from": "2d"})
		run(c, s.fb, 10*time.Minute)
		c.Stop()
		if n := len(s.fb.delivered()); n < 45 || n > 50 {
			s.Errorf("%d events of two days", n)
		}
		c = s.start(map[string]string{"db": db, "start_from": "beginning"})
		run(c, s.fb, 10*time.Minute)
		s.wantAll()
		c.Stop()
		c = s.start(map[string]string{"db": db, "start_from": "1d"})
		run(c, s.fb, 10*time.Minute)
		s.wantAll()
		c.Stop()
	})
}

// Lists that are odd where they are empty are empty lists: they cost no more requests than others.
func TestOddEmptyLists(t *testing.T) {
	t.Parallel()
	requests := func(t *testing.T, body string) (n int) {
		inOddScene(t, func(s oddScene) {
			s.history(50, time.Now(), time.Minute)
			s.body = func(_ url.Values, page []oddEvent) []byte {
				if len(page) > 0 {
					return nil
				}
				return []byte(body)
			}
			c := s.start(map[string]string{"start_from": "30d"})
			run(c, s.fb, 10*time.Minute)
			s.wantAll()
			if !c.CaughtUp() {
				s.Errorf("%s: not caught up", body)
			}
			before := s.asked()
			run(c, s.fb, time.Hour)
			n = s.asked()
			s.Logf("%s: %d requests, %d of them in the last hour", body, n, n-before)
			c.Stop()
		})
		return n
	}
	usual := requests(t, `{"object":"list","data":[],"has_more":false}`)
	for _, body := range []string{
		`{"object":"list","data":null,"has_more":false}`,
		`{"object":"list","has_more":false}`,
		`{"object":"list","data":[],"has_more":null}`,
		`{"object":"list","data":[]}`,
		"\ufeff" + `{"object":"list","data":[],"has_more":false}`,
		`{"object":"list","data":[],"has_more":true}`,
		`{"object":"list","data":[],"has_more":true,"last_id":"x"}`,
	} {
		if n := requests(t, body); n > 2*usual+20 {
			t.Errorf("%s: %d requests, %d where all is as it should be", body, n, usual)
		}
	}
}

// Ids leave the state file although one of the streams lists nothing.
func TestIDsLeaveWhereTheTenantStreamIsIdle(t *testing.T) {
	t.Parallel()
	inOddScene(t, func(s oddScene) {
		s.grow("new", 5*24*time.Hour, 5*time.Minute)
		db := filepath.Join(s.TempDir(), "a.db")
		c := s.start(map[string]string{"db": db, "scope": "all"})
		run(c, s.fb, 5*24*time.Hour)
		c.Stop()
		file, err := state.Open(db, state.Options{})
		if err != nil {
			s.Fatal(err)
		}
		defer func() { _ = file.Close() }()
		kept := 0
		for _, e := range s.events {
			known := []bool{false}
			if err := file.Known([]state.Key{{Time: uint32(e.at), ID: state.IDOf([]byte(e.id))}}, known); err != nil {
				s.Fatal(err)
			}
			if known[0] {
				kept++
			}
		}
		if kept > len(s.events)/2 {
			s.Errorf("of %d ids %d are in the file, want those of the last day and a half", len(s.events), kept)
		}
		s.wantAll()
	})
}

// What one stream lists and the other one has delivered is not read again with each poll, more of it each time.
func TestPollsOfWhatTheOtherStreamHasDelivered(t *testing.T) {
	t.Parallel()
	inOddScene(t, func(s oddScene) {
		now := time.Now().Unix()
		s.events = append(s.events, oddEvent{id: "own", at: now - 60, listedAt: now - 60, tenant: true})
		s.grow("both", 6*time.Hour, 20*time.Second)
		longest := 0
		s.shared = true
		s.status = func(q url.Values, page []oddEvent) int {
			if q.Get("tenant_only") == "true" && q.Get("effective_at[lt]") == "" {
				longest = max(longest, len(page))
			}
			return 0
		}
		c := s.start(map[string]string{"scope": "all", "page_size": "100", "start_from": "1h"})
		run(c, s.fb, 6*time.Hour+10*time.Minute)
		c.Stop()
		s.wantAll()
		if longest > 99 {
			s.Errorf("a poll of the tenant stream lists %d events or more, of six hours", longest)
		}
	})
}
