package auditlog_test

import (
	"cmp"
	"fmt"
	"strconv"
	"testing"
	"time"
)

// Bursts, quiet times above and below them and any order of the listing cost few requests more than the pages there are, and no
// event.
func TestRequestsOfBursts(t *testing.T) {
	const hour, day = 3600, 24 * 3600
	ascending := func(a, b oddEvent) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.id, b.id)) }
	hourly := func(n int) func(i int) int64 { return func(i int) int64 { return int64(i/n) * hour } }
	for _, c := range []struct {
		name   string
		events int
		ago    func(i int) int64 // before the newest, in seconds
		order  func(a, b oddEvent) int
		size   int     // of a page
		most   float64 // requests for each page
	}{
		{"100 events in one second of each hour", 12_000, hourly(100), nil, 100, 1.5},
		{"10 events in one second of each hour", 5_000, hourly(10), nil, 10, 1.3},
		{"one event a day", 200, func(i int) int64 { return int64(i) * day }, nil, 1, 1.4},
		{"an event an hour above a burst", 20_000, func(i int) int64 {
			if i < 1000 {
				return int64(i) * hour
			}
			return 1001*hour + int64(i)/500
		}, nil, 100, 1.7},
		{"oldest first", 20_000, func(i int) int64 { return int64(i) * 100 }, ascending, 100, 1.2},
	} {
		t.Run(c.name, func(t *testing.T) {
			inOddScene(t, func(s oddScene) {
				newest := time.Now().Unix() - 2*hour
				for i := range c.events {
					at := newest - c.ago(i)
					s.events = append(s.events, oddEvent{id: fmt.Sprintf("e-%05d", i), at: at, listedAt: at})
				}
				s.latency, s.order = 20*time.Millisecond, c.order
				col := s.start(map[string]string{
					"start_from": "365d", "page_size": strconv.Itoa(c.size), "concurrency": "4", "poll_interval": "10m", "sweep_interval": "0",
				})
				runAtOnce(col, s.fb, c.events, 10*time.Minute)
				pages := float64(s.asked()) / float64(c.events/c.size)
				s.Logf("%.2f requests a page", pages)
				if pages > c.most {
					s.Errorf("want at most %.2f requests a page", c.most)
				}
				run(col, s.fb, 30*time.Second)
				s.wantAll()
				col.Stop()
			})
		})
	}
}
