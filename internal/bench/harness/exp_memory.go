//go:build linux

package main

import (
	"context"
	"fmt"
	"time"

	"fluent-bit-openai-audit/internal/fakeopenai"
)

// load is a backlog, and how it is read.
type load struct {
	name    string
	events  int
	span    time.Duration
	workers int
	steady  bool // the events lie evenly; else as in office hours
	api     time.Duration
}

// memory measures what the collector holds while it reads a backlog as fast as Fluent Bit takes it.
func memory(ctx context.Context, l *lab, s *section) error {
	const fast, workers = 20 * time.Millisecond, 8
	loads := []load{
		{"1,000 in 30 days", 1000, month, workers, false, fast},
		{"100,000 in 30 days", 100_000, month, workers, false, fast},
	}
	if !l.short {
		loads = append(loads, load{"1,000,000 in 30 days", 1_000_000, month, workers, false, fast})
	}
	if l.long {
		loads = append(loads, load{"10,000,000 in a year", 10_000_000, 12 * month, workers, false, fast})
	}
	backlogs := len(loads)
	loads = append(loads,
		load{"1,000,000 in an hour", pick(l, 100_000, 1_000_000), time.Hour, workers, true, fast},
		load{"50,000 in a second", 50_000, time.Second, workers, true, fast},
		load{"200,000 in 30 days, 50 ms", pick(l, 20_000, 200_000), month, 4, false, 50 * time.Millisecond},
		load{"1,000,000 in 30 days, 10 ms", pick(l, 100_000, 1_000_000), month, 16, false, 10 * time.Millisecond})
	held, heap := line{label: "Go holds"}, line{label: "live heap"}
	var rows [][]string
	for i, ld := range loads {
		o, err := l.memoryOf(ctx, ld)
		if err != nil {
			return fmt.Errorf("%s: %w", ld.name, err)
		}
		rows = append(rows, []string{
			ld.name, fmt.Sprint(ld.workers), count(float64(o.Events)), count(o.rate()), megabytes(o.Held), megabytes(o.Live), megabytes(o.Resident),
			decimals(o.Objects, 2), count(o.Bytes),
		})
		if i < backlogs {
			held.points = append(held.points, [2]float64{float64(o.Events), float64(o.Held) / 1e6})
			heap.points = append(heap.points, [2]float64{float64(o.Events), float64(o.Live) / 1e6})
		}
	}
	s.note("Hand-over as the plugin's, 700 ms of each second; 8 workers and 20 ms a request where nothing else is said, which is as " +
		"fast as Fluent Bit takes it. Go holds: what the runtime got from the system less what it gave back, at most (wanted: under 40). " +
		"Resident: the whole process of the harness that runs the collector, at most.")
	s.table([]string{"backlog", "workers", "events", "events/s", "Go holds MB", "live heap MB", "resident MB", "objects/event", "B/event"}, rows)
	s.plot(plot{name: "memory", title: "Memory against backlog, MB at most", x: "events of backlog", y: "MB", lines: []line{held, heap}})
	return nil
}

func (l *lab) memoryOf(ctx context.Context, ld load) (o outcome, err error) {
	org := history(ld.events, ld.span)
	if ld.steady {
		org.Rhythm = fakeopenai.Steady
	}
	s := simulation{Organizations: []fakeopenai.OrganizationOptions{org}, Latency: ld.api}
	return l.collectFrom(ctx, s, fmt.Sprintf("memory-%d-%s-%d", ld.events, ld.span, ld.workers), func(a *api) collection {
		return collection{
			Properties: a.properties("start_from", since(org), "concurrency", fmt.Sprint(ld.workers)),
			Ticks:      true, Events: uint64(ld.events), For: 10 * time.Minute,
		}
	})
}

// shapes measures backlogs that are hard to cut into slices.
func shapes(ctx context.Context, l *lab, s *section) error {
	n := pick(l, 50_000, 200_000)
	var rows [][]string
	for _, shape := range []struct {
		name  string
		org   fakeopenai.OrganizationOptions
		start string
		tls   bool
	}{
		{"30 days, start_from their begin", history(n, month), "", false},
		{"30 days, start_from beginning", history(n, month), "beginning", false},
		{"30 days, TLS and HTTP/2", history(n, month), "", true},
		{"within an hour", history(n, time.Hour), "", false},
		{"within ten seconds", history(n, 10*time.Second), "", false},
		{"within a second", history(n/4, time.Second), "", false},
		{"2,000 in 30 days, start_from beginning", history(2000, month), "beginning", false},
	} {
		o, err := l.shapeOf(ctx, shape.org, shape.start, shape.tls)
		if err != nil {
			return fmt.Errorf("%s: %w", shape.name, err)
		}
		rows = append(rows, []string{
			shape.name, count(float64(o.Events)), count(o.rate()), count(o.Steady), count(float64(o.served.Pages)),
			decimals(float64(o.served.Pages)*100/float64(o.Events), 3), count(float64(o.Repeats)), decimals(float64(o.CPU.Microseconds())/float64(o.Events), 1), megabytes(o.Held),
		})
	}
	s.note("How the shape of the backlog tells: 8 workers, 20 ms a request (the API allows 40,000/s), a host that takes everything " +
		"at once. Pages ×: pages fetched over what the events fill, polls and all.")
	s.table([]string{"backlog", "events", "whole run /s", "steady /s", "pages", "pages ×", "repeats", "µs/event", "Go holds MB"}, rows)
	return nil
}

func (l *lab) shapeOf(ctx context.Context, org fakeopenai.OrganizationOptions, start string, tls bool) (o outcome, err error) {
	if org.To.Sub(org.From) < 24*time.Hour {
		org.Rhythm = fakeopenai.Steady
	}
	if start == "" {
		start = since(org)
	}
	s := simulation{Organizations: []fakeopenai.OrganizationOptions{org}, Latency: 20 * time.Millisecond, TLS: tls}
	return l.collectFrom(ctx, s, fmt.Sprintf("shape-%d-%s-%s", org.Count, org.To.Sub(org.From), start), func(a *api) collection {
		return collection{
			Properties: a.properties("start_from", start, "concurrency", "8"), Events: uint64(org.Count), For: time.Minute,
		}
	})
}
