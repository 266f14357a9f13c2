package auditlog_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"fluent-bit-openai-audit/internal/fakeopenai"
)

// A backfill asks for little more than the pages that the events need: what a window's last page lacks, and the little windows by
// which a stream of which nothing is known yet is felt out.
func TestPagesOfABackfill(t *testing.T) {
	for _, c := range []struct {
		events, workers int
		most            float64 // requests for each page's worth of events
	}{
		{2_000, 1, 1.7},
		{2_000, 4, 1.7},
		{2_000, 16, 1.7},
		{60_000, 1, 1.06},
		{60_000, 4, 1.06},
		{60_000, 8, 1.06},
		{60_000, 16, 1.06},
	} {
		t.Run(fmt.Sprintf("%d events, %d workers", c.events, c.workers), func(t *testing.T) {
			inScene(t, func(s scene) {
				const pageSize = 100
				s.server = fakeopenai.New(fakeopenai.Options{Keys: []string{testKey}, Latency: 20 * time.Millisecond})
				s.local = fakeopenai.NewLocal(s.server)
				defer s.local.Close()
				to := time.Now().Add(-time.Hour)
				organization, err := fakeopenai.NewOrganization(fakeopenai.OrganizationOptions{
					From: to.Add(-30 * 24 * time.Hour), To: to, Count: c.events,
				})
				if err != nil {
					s.Fatal(err)
				}
				s.server.AddOrganization(organization)
				collector := newCollector(s, s.local, s.fb, map[string]string{
					"start_from": "31d", "page_size": strconv.Itoa(pageSize), "concurrency": strconv.Itoa(c.workers), "poll_interval": "10m",
					"scope": "organization",
				})
				collector.Start()
				for range 2 * 60 { // a host that gives the input most of its time
					_ = collector.HandOver(400*time.Millisecond, s.fb.append)
					s.fb.drain()
					time.Sleep(100 * time.Millisecond)
				}
				s.stop(collector)
				if n := len(s.fb.delivered()); n != c.events {
					s.Errorf("%d events were delivered, want %d", n, c.events)
				}
				ratio := float64(s.server.Stats().Requests) * pageSize / float64(c.events)
				s.Logf("%.3f", ratio)
				if ratio > c.most {
					s.Errorf("%.3f requests a page, want at most %.2f", ratio, c.most)
				}
			})
		})
	}
}
