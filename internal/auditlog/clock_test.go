package auditlog_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"fluent-bit-openai-audit/internal/fakeopenai"
)

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

// Some answers that are dated days back repeat nothing.
func TestDateDaysBack(t *testing.T) {
	t.Parallel()
	inOddScene(t, func(s oddScene) {
		for i := range 8 * 24 {
			at := time.Now().Add(time.Duration(i) * time.Hour).Unix()
			s.events = append(s.events, oddEvent{id: fmt.Sprintf("e-%05d", i), at: at, listedAt: at})
		}
		back := 0
		s.date = func() time.Time {
			if back > 0 {
				back--
				return time.Now().Add(-5 * 24 * time.Hour)
			}
			return time.Now()
		}
		c := s.start(nil)
		run(c, s.fb, 8*24*time.Hour)
		s.change(func() {
			back = 2
		})
		run(c, s.fb, 2*time.Hour)
		s.wantAll()
		c.Stop()
	})
}
