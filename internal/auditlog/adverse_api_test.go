package auditlog_test

import (
	"bytes"
	"fmt"
	"net/http"
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

// A server's Date that is wrong for some minutes costs no event and repeats none, whenever that is, and leaves no trace.
func TestDateThatIsWrongForMinutes(t *testing.T) {
	t.Parallel()
	for _, by := range []time.Duration{48 * time.Hour, -48 * time.Hour} {
		for _, local := range []time.Duration{0, 40 * time.Hour, -40 * time.Hour} {
			for _, when := range []string{"at the start", "in the middle", "over a restart"} {
				t.Run(fmt.Sprintf("by %s, this machine's by %s, %s", by, -local, when), func(t *testing.T) {
					t.Parallel()
					inOddScene(t, func(s oddScene) {
						s.ahead = local
						s.history(300, time.Now().Add(local), time.Minute)
						s.grow("new", 4*time.Hour, time.Minute)
						wrong := when == "at the start"
						s.date = func() time.Time {
							if wrong {
								return time.Now().Add(local + by)
							}
							return time.Now().Add(local)
						}
						properties := map[string]string{"db": filepath.Join(s.TempDir(), "a.db"), "start_from": "12h"}
						c := s.start(properties)
						run(c, s.fb, 3*time.Minute)
						s.change(func() { wrong = false })
						run(c, s.fb, time.Hour)
						if when != "at the start" {
							s.change(func() { wrong = true })
							run(c, s.fb, 3*time.Minute)
							if when == "over a restart" {
								c.Stop()
								c = s.start(properties)
								run(c, s.fb, 3*time.Minute)
							}
							s.change(func() { wrong = false })
						}
						run(c, s.fb, time.Hour)
						c.Stop()
						c = s.start(properties)
						run(c, s.fb, 2*time.Hour+30*time.Minute)
						s.wantAll()
						if s.asked() > 1000 {
							s.Errorf("%d requests in under five hours, want some 700", s.asked())
						}
						if p := c.Progress()[0]; p.LastPoll > time.Now().Add(local).Unix() || !c.CaughtUp() {
							s.Errorf("in the end: %+v", p)
						}
						c.Stop()
					})
				})
			}
		}
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

// A key of another organization brings nothing in, and covers no time.
func TestKeyOfAnotherOrganization(t *testing.T) {
	t.Parallel()
	inOddScene(t, func(s oddScene) {
		s.grow("own", 6*time.Hour, time.Minute)
		own := s.events
		org := func(name string) http.Header { return http.Header{"Openai-Organization": {name}} }
		s.header = org("org-own")
		properties := map[string]string{"db": filepath.Join(s.TempDir(), "a.db")}
		c := s.start(properties)
		run(c, s.fb, time.Hour)
		s.change(func() {
			s.header, s.events = org("org-other"), nil
			s.grow("foreign", time.Hour, time.Minute)
		})
		run(c, s.fb, 20*time.Minute)
		c.Stop()
		c = s.start(properties)
		run(c, s.fb, 10*time.Minute)
		s.change(func() { s.header, s.events = org("org-own"), own })
		run(c, s.fb, 5*time.Hour)
		s.wantAll()
		for _, d := range s.fb.delivered() {
			if strings.HasPrefix(d.id, "foreign") {
				s.Errorf("%s was delivered", d.id)
			}
		}
		if log := s.fb.log(); !strings.Contains(log, "org-other") || !strings.Contains(log, "org-own") {
			s.Error("the log does not name both organizations")
		}
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

// A heartbeat that was queued when the host lost records is not the last one.
func TestHeartbeatsAfterALoss(t *testing.T) {
	t.Parallel()
	inOddScene(t, func(s oddScene) {
		s.grow("new", 2*time.Hour, 20*time.Second)
		c := s.start(map[string]string{"heartbeat_interval": "1s"})
		run(c, s.fb, 5*time.Minute)
		lost := 0
		s.fb.mu.Lock()
		s.fb.drop = func() bool { lost++; return lost <= 3 }
		s.fb.mu.Unlock()
		run(c, s.fb, time.Minute)
		before := beats(s)
		run(c, s.fb, 10*time.Minute)
		if n := beats(s) - before; n < 200 {
			s.Errorf("%d heartbeats in ten minutes", n)
		}
		c.Stop()
	})
}

func beats(s oddScene) (n int) {
	for _, d := range s.fb.delivered() {
		if strings.HasPrefix(d.id, "heartbeat-") {
			n++
		}
	}
	return n
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

// A server's clock that is two days ahead, its events with it, for some minutes: time that had not come is taken back, so that what
// happens there later, while the collector is down, is fetched. Nor do ids leave by it, whether or not
// an event is listed with the first answer.
func TestTimeThatHadNotCome(t *testing.T) {
	t.Parallel()
	for _, first := range []time.Duration{0, time.Minute} {
		inOddScene(t, func(s oddScene) {
			s.history(100, time.Now(), time.Minute)
			properties := map[string]string{
				"db": filepath.Join(s.TempDir(), "a.db"), "start_from": "7d", "sweep_interval": "0", "sweep_window": "0", "overlap": "10m",
			}
			s.ahead = 48 * time.Hour
			at := time.Now().Add(s.ahead + first).Unix()
			s.events = append(s.events, oddEvent{id: "ahead", at: at, listedAt: at})
			c := s.start(properties)
			run(c, s.fb, 3*time.Minute)
			s.change(func() {
				s.ahead = 0
				s.events[len(s.events)-1].listedAt = 0
				s.grow("new", 6*time.Hour, time.Minute)
			})
			run(c, s.fb, time.Hour)
			c.Stop()
			time.Sleep(3 * time.Hour)
			c = s.start(properties)
			run(c, s.fb, 3*time.Hour)
			s.wantAll()
			c.Stop()
		})
	}
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

// While a gateway stamps a Date of two days ahead, this machine's clock, which is five minutes ahead, is the one in the middle. Polls
// then read back less far: what was listed late meanwhile is read once the clock is right again, without a sweep.
func TestLateEventsWhileTheClockIsWrong(t *testing.T) {
	t.Parallel()
	inOddScene(t, func(s oddScene) {
		s.ahead = -5 * time.Minute
		for i := range 360 {
			at := time.Now().Add(s.ahead).Unix() + int64(i)*10
			s.events = append(s.events, oddEvent{id: fmt.Sprintf("late-%05d", i), at: at, listedAt: at + int64(i%2)*590})
		}
		wrong := false
		s.date = func() time.Time {
			if wrong {
				return time.Now().Add(48 * time.Hour)
			}
			return time.Now().Add(s.ahead)
		}
		c := s.start(map[string]string{"sweep_interval": "0", "sweep_window": "0", "overlap": "10m"})
		run(c, s.fb, 30*time.Minute)
		s.change(func() { wrong = true })
		run(c, s.fb, 3*time.Minute)
		s.change(func() { wrong = false })
		run(c, s.fb, 2*time.Hour)
		s.wantAll()
		c.Stop()
	})
}
