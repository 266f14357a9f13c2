//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fluent-bit-openai-audit/internal/fakeopenai"
)

// backfill measures the collector against what the API allows: as many requests
// at once as there are workers, each with 100 events, each after a latency.
func backfill(ctx context.Context, l *lab, s *section) error {
	s.note("A host that takes everything at once. API: workers × 100 events / latency, which varies by a tenth to both sides. Bare: as many clients at once that " +
		"fetch pages and drop them, just before and after. Steady: from the first tenth of the events to the last.")
	cores := []string{"workers", "API /s", "bare /s", "whole run /s", "steady /s", "of API", "of bare", "pages ×", "cores", "simulator's", "µs/event", "Go holds MB"}
	var rows, plain [][]string
	p := plot{name: "throughput", title: "Backfill, events a second; dashed: what the API allows", x: "workers", y: "events/s"}
	for _, latency := range pick(l, []time.Duration{20 * time.Millisecond, 200 * time.Millisecond}, []time.Duration{20 * time.Millisecond, 50 * time.Millisecond, 200 * time.Millisecond}) {
		got, allowed := line{label: latency.String()}, line{label: latency.String() + ", allowed", dashed: true}
		for _, workers := range pick(l, []int{1, 8}, []int{1, 4, 8, 16}) {
			c := cell{latency: latency, workers: workers, lasts: max(pick(l, 3*time.Second, 6*time.Second), 100*latency)}
			if err := c.measure(ctx, l); err != nil {
				return err
			}
			rows = append(rows, append([]string{latency.String()}, c.row()...))
			got.points = append(got.points, [2]float64{float64(workers), c.out.Steady})
			allowed.points = append(allowed.points, [2]float64{float64(workers), c.allowed()})
			if workers == 1 {
				f := c.plain
				plain = append(plain, []string{latency.String(), count(c.allowed()), count(f.rate()), decimals(float64(f.CPU.Microseconds())/float64(f.Events), 1)})
			}
		}
		p.lines = append(p.lines, got, allowed)
	}
	s.table(append([]string{"latency"}, cores...), rows)
	s.note("A plain sequential pager, one request after the other and `encoding/json`:")
	s.table([]string{"latency", "API /s", "events/s", "µs/event"}, plain)
	s.plot(p)
	return nil
}

// cell is one measurement of the backfill.
type cell struct {
	latency time.Duration
	workers int
	lasts   time.Duration // at the API's own speed
	tls     bool

	bare  [2]fetched
	plain fetched
	out   outcome
}

func (c *cell) allowed() float64 { return float64(c.workers) * 100 / c.latency.Seconds() }

func (c *cell) measure(ctx context.Context, l *lab) (err error) {
	events := max(2000, int(c.allowed()*c.lasts.Seconds()))
	org := history(events, month)
	a, err := l.simulate(ctx, simulation{Organizations: []fakeopenai.OrganizationOptions{org}, Latency: c.latency, TLS: c.tls})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.end()) }()
	client, err := spawn(ctx, "client", errand{Way: wayBare, URL: a.URL, From: org.From, To: org.To, Workers: c.workers, For: c.lasts / 6})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, client.end()) }()
	if err := client.hear(&c.bare[0]); err != nil {
		return err
	}
	cn := collection{
		Properties: a.properties("start_from", since(org), "concurrency", fmt.Sprint(c.workers)),
		Events:     uint64(events), For: 20 * c.lasts,
	}
	if c.out, err = l.collect(ctx, a, cn, fmt.Sprintf("backfill-%s-%d", c.latency, c.workers)); err != nil {
		return err
	}
	if err := ask(client, errand{Way: wayBare, URL: a.URL, From: org.From, To: org.To, Workers: c.workers, For: c.lasts / 6}, &c.bare[1]); err != nil {
		return err
	}
	if c.workers > 1 {
		return nil
	}
	return ask(client, errand{Way: waySequential, URL: a.URL, From: org.From, To: org.To, For: c.lasts / 3}, &c.plain)
}

// ask sends an errand and waits for what comes of it.
func ask(client *child, e errand, f *fetched) error {
	if err := client.tell(e); err != nil {
		return err
	}
	return client.hear(f)
}

func (c *cell) row() []string {
	o, bare := &c.out, (c.bare[0].rate()+c.bare[1].rate())/2
	return []string{
		fmt.Sprint(c.workers), count(c.allowed()), count(bare), count(o.rate()), count(o.Steady),
		percent(o.Steady / c.allowed()), percent(o.Steady / bare), decimals(float64(o.served.Pages)*100/float64(o.Events), 3),
		decimals(o.CPU.Seconds()/o.Took.Seconds(), 2), decimals(o.served.CPU.Seconds()/o.Took.Seconds(), 2),
		decimals(float64(o.CPU.Microseconds())/float64(o.Events), 1), megabytes(o.Held),
	}
}
