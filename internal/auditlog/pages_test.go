package auditlog_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"fluent-bit-openai-audit/internal/fakeopenai"
)

// A backfill keeps all workers at work, and asks for little more than the pages that the events need: what a window's last page
// lacks, and the little windows by which a stream of which nothing is known yet is felt out.
func TestPagesOfABackfill(t *testing.T) {
	for _, c := range []struct {
		events, workers int
		latency         time.Duration
		span            time.Duration // in which they lie; 0: thirty days
		start           string        // start_from; "" is a day before the first
		pages           float64       // at most so many requests for each page's worth of events
		speed           float64       // at least so much of what so many workers can fetch
	}{
		{2_000, 1, 20 * time.Millisecond, 0, "", 1.7, 0},
		{2_000, 4, 20 * time.Millisecond, 0, "", 1.7, 0},
		{2_000, 16, 20 * time.Millisecond, 0, "", 1.7, 0},
		{60_000, 1, 20 * time.Millisecond, 0, "", 1.06, 0.9},
		{60_000, 4, 20 * time.Millisecond, 0, "", 1.06, 0.8},
		{60_000, 16, 20 * time.Millisecond, 0, "", 1.08, 0}, // most of it is what 16 workers fetch before they know of anything
		{10_000, 1, 200 * time.Millisecond, 0, "", 1.08, 0.9},
		{10_000, 8, 200 * time.Millisecond, 0, "", 1.2, 0.5},
		{80_000, 8, 200 * time.Millisecond, 0, "", 1.06, 0.9},
		{2_000, 8, 20 * time.Millisecond, 0, "beginning", 1.7, 0},
		{60_000, 8, 20 * time.Millisecond, 0, "beginning", 1.06, 0.6},
		{60_000, 8, 20 * time.Millisecond, time.Hour, "", 1.06, 0.6},
		{60_000, 8, 20 * time.Millisecond, 10 * time.Second, "", 1.06, 0.4},
		{20_000, 8, 20 * time.Millisecond, time.Second, "", 1.15, 0.1},
	} {
		t.Run(fmt.Sprintf("%d events in %s from %s, %d workers, %s", c.events, c.span, c.start, c.workers, c.latency), func(t *testing.T) {
			inScene(t, func(s scene) {
				const pageSize = 100
				s.server = fakeopenai.New(fakeopenai.Options{Keys: []string{testKey}, Latency: c.latency})
				s.local = fakeopenai.NewLocal(s.server)
				defer s.local.Close()
				span, rhythm, start := c.span, fakeopenai.Steady, c.start
				if span == 0 {
					span, rhythm = 30*24*time.Hour, fakeopenai.OfficeHours
				}
				if start == "" {
					start = (span + 24*time.Hour).String()
				}
				to := time.Now().Add(-time.Hour)
				organization, err := fakeopenai.NewOrganization(fakeopenai.OrganizationOptions{
					From: to.Add(-span), To: to, Count: c.events, TenantShare: 0.05, Rhythm: rhythm,
				})
				if err != nil {
					s.Fatal(err)
				}
				s.server.AddOrganization(organization)
				collector := newCollector(s, s.local, s.fb, map[string]string{
					"start_from": start, "page_size": strconv.Itoa(pageSize), "concurrency": strconv.Itoa(c.workers), "poll_interval": "10m",
				})
				begun := time.Now()
				collector.Start()
				runAtOnce(collector, s.fb, c.events, 2*time.Minute)
				took := time.Since(begun)
				time.Sleep(time.Second)
				s.stop(collector)
				if n := len(s.fb.delivered()); n != c.events {
					s.Errorf("%d events were delivered, want %d", n, c.events)
				}
				needed := float64(c.events) / pageSize
				pages := float64(s.server.Stats().Pages) / needed
				speed := needed * c.latency.Seconds() / float64(c.workers) / took.Seconds()
				s.Logf("%.3f requests a page, %.0f %% of the speed of %d workers", pages, 100*speed, c.workers)
				if pages > c.pages || speed < c.speed {
					s.Errorf("want at most %.2f requests a page and at least %.0f %% of the speed", c.pages, 100*c.speed)
				}
			})
		})
	}
}
