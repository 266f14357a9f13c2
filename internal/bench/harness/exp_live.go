//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"fluent-bit-openai-audit/internal/fakeopenai"
)

// lives is an organization with a number of events a second, from now on.
func lives(seed uint64, rate float64, lasts time.Duration) fakeopenai.OrganizationOptions {
	now := time.Now().Truncate(time.Second).Add(time.Second)
	return fakeopenai.OrganizationOptions{Seed: seed, From: now, To: now.Add(lasts), Rate: rate, TenantShare: 0.05}
}

// eventsOf returns how many events an organization has.
func eventsOf(o fakeopenai.OrganizationOptions) (n int, err error) {
	w, err := newWatch([]fakeopenai.OrganizationOptions{o})
	if err != nil {
		return 0, err
	}
	return len(w.listed), nil
}

// liveFirst measures how long new events take while a backfill runs.
func liveFirst(ctx context.Context, l *lab, s *section) error {
	events := pick(l, 200_000, 1_000_000)
	poll := pick(l, 2*time.Second, 5*time.Second)
	const latency, workers = 20 * time.Millisecond, 4
	past, present := history(events, month), lives(2, 2, pick(l, 7*time.Second, 35*time.Second))
	fresh, err := eventsOf(present)
	if err != nil {
		return err
	}
	sim := simulation{Organizations: []fakeopenai.OrganizationOptions{past, present}, Latency: latency}
	o, err := l.collectFrom(ctx, sim, "live", func(a *api) collection {
		return collection{
			Properties: a.properties("start_from", since(past), "concurrency", fmt.Sprint(workers), "poll_interval", poll.String()),
			Ticks:      true, Events: uint64(events + fresh), For: 90 * time.Second,
			Watched: []fakeopenai.OrganizationOptions{present},
		}
	})
	if err != nil {
		return err
	}
	s.note("%s events are read back by %d workers at %s a request, and meanwhile 2 new ones a second are listed; the hand-over is "+
		"the plugin's, once a second. How long after its listing a new event was handed over (wanted: at most the poll "+
		"interval and 2 s, that is %s):", count(float64(events)), workers, latency, poll+2*time.Second)
	s.table(latencyColumns("poll interval", "backfill /s"), [][]string{latencyRow(o.Latencies, poll.String(), count(o.Steady))})
	return nil
}

func latencyColumns(before ...string) []string {
	return append(before, "new events", "p50 s", "p99 s", "longest s")
}

func latencyRow(sorted []time.Duration, before ...string) []string {
	longest := time.Duration(0)
	if len(sorted) > 0 {
		longest = sorted[len(sorted)-1]
	}
	return append(before, count(float64(len(sorted))), inSeconds(quantile(sorted, 0.5)), inSeconds(quantile(sorted, 0.99)), inSeconds(longest))
}

// latency measures how long events take when nothing else goes on.
func latency(ctx context.Context, l *lab, s *section) error {
	poll, lasts := pick(l, 2*time.Second, 5*time.Second), pick(l, 12*time.Second, 45*time.Second)
	s.note("Caught up, nothing else to fetch, 20 ms a request, hand-over as the plugin's, once a second. From listing to hand-over "+
		"(wanted at the 99th percentile: at most the poll interval and 1.5 s, that is %s):", poll+1500*time.Millisecond)
	rates := []float64{1, 100}
	rows := make([][]string, len(rates))
	err := together(len(rates), func(i int) error {
		sorted, err := l.latencyAt(ctx, rates[i], poll, lasts)
		rows[i] = latencyRow(sorted, count(rates[i]), poll.String())
		return err
	})
	s.table(latencyColumns("events/s", "poll interval"), rows)
	return err
}

// latencyAt returns how long the events of an organization took, sorted.
func (l *lab) latencyAt(ctx context.Context, rate float64, poll, lasts time.Duration) (sorted []time.Duration, err error) {
	org := lives(3, rate, lasts)
	events, err := eventsOf(org)
	if err != nil {
		return nil, err
	}
	sim := simulation{Organizations: []fakeopenai.OrganizationOptions{org}, Latency: 20 * time.Millisecond}
	o, err := l.collectFrom(ctx, sim, fmt.Sprintf("latency-%.0f", rate), func(a *api) collection {
		return collection{
			Properties: a.properties("poll_interval", poll.String()), Ticks: true, Events: uint64(events), For: 2 * lasts,
			Watched: []fakeopenai.OrganizationOptions{org},
		}
	})
	return o.Latencies, err
}

// together runs f n times at once.
func together(n int, f func(i int) error) error {
	failed := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { failed[i] = f(i) })
	}
	wg.Wait()
	return errors.Join(failed...)
}
