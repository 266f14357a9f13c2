//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"fluent-bit-openai-audit/internal/fakeopenai"
)

// idle measures what the collector costs when nothing happens.
func idle(ctx context.Context, l *lab, s *section) error {
	lasts := pick(l, 10*time.Second, 65*time.Second)
	polls := []string{"1s", "1h"} // the second one polls not once while it is measured
	out := make([]outcome, len(polls))
	err := together(len(polls), func(i int) (err error) {
		out[i], err = l.idleAt(ctx, polls[i], lasts)
		return err
	})
	if err != nil {
		return err
	}
	polling, resting := &out[0], &out[1]
	n := float64(polling.Requests) / 2 // one for each stream
	tick := resting.AllCPU.Seconds() / resting.Lasted.Seconds()
	poll := (polling.AllCPU.Seconds() - tick*polling.Lasted.Seconds()) / n
	const perHour = 3600 / 30
	hour := 3600*tick + perHour*poll
	s.note("Caught up, both streams, TLS and HTTP/2, hand-over as the plugin's, once a second; %s, at a poll a second and without "+
		"any poll. From the two, what an hour costs at `poll_interval 30s`: %s (wanted: under 0.2 %% of a core, 7.2 s).",
		lasts, time.Duration(hour*1e9).Round(time.Millisecond))
	s.table([]string{"what", "measured"}, [][]string{
		{"polls", count(n)},
		{"requests a poll and stream", decimals(float64(polling.served.Requests)/n/2, 3)},
		{"connections opened while polling", fmt.Sprint(polling.served.Connections)},
		{"commits of the state file a minute", decimals(float64(polling.Commits)/polling.Lasted.Minutes(), 2)},
		{"CPU of a poll, both streams, ms", decimals(poll*1e3, 3)},
		{"CPU of a second without a poll, ms", decimals(tick*1e3, 3)},
		{"CPU of an hour at poll_interval 30s, s", decimals(hour, 2)},
		{"share of a core", fmt.Sprintf("%.3f %%", hour/36)},
		{"Go holds, MB", megabytes(polling.Held)},
	})
	return nil
}

func (l *lab) idleAt(ctx context.Context, poll string, lasts time.Duration) (o outcome, err error) {
	org := history(2000, 24*time.Hour)
	s := simulation{Organizations: []fakeopenai.OrganizationOptions{org}, TLS: true}
	return l.collectFrom(ctx, s, "idle-"+poll, func(a *api) collection {
		return collection{
			Properties: a.properties("start_from", since(org), "poll_interval", poll), Ticks: true, Warm: 5 * time.Second, For: lasts,
		}
	})
}

// instances measures how a Fluent Bit grows with the number of inputs.
func instances(ctx context.Context, l *lab, s *section) error {
	if l.without(s) {
		return nil
	}
	library, err := l.library()
	if err != nil {
		return err
	}
	lasts := pick(l, 4*time.Second, 20*time.Second)
	rows := [][]string{}
	for _, n := range pick(l, []int{1, 10}, []int{0, 1, 10, 50}) {
		row, err := l.instancesOf(ctx, library, n, lasts)
		if err != nil {
			return fmt.Errorf("%d instances: %w", n, err)
		}
		rows = append(rows, row)
	}
	s.note("Inputs of this plugin in one Fluent Bit, each with a key, a log of 1,000 events and a state file of its own, caught up, "+
		"`poll_interval 5s`; %s. (0: Fluent Bit alone, with `in_dummy` at one record a minute.)", lasts)
	s.table([]string{"instances", "peak RSS MB", "RSS MB", "threads", "% of a core", "per instance %"}, rows)
	return nil
}

func (l *lab) instancesOf(ctx context.Context, library string, n int, lasts time.Duration) (row []string, err error) {
	const perInstance = 1000
	org := history(perInstance, 24*time.Hour)
	a, err := l.simulate(ctx, simulation{Organizations: []fakeopenai.OrganizationOptions{org}})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, a.end()) }()
	c := configuration{library: library}
	for i := range n {
		in := a.properties("start_from", since(org), "poll_interval", "5s", "db", filepath.Join(a.dir, fmt.Sprintf("%d.db", i)))
		in["name"] = "openai_audit"
		c.inputs = append(c.inputs, in)
	}
	if n == 0 {
		c = configuration{inputs: []map[string]string{{"name": "dummy", "interval_sec": "60"}}}
	}
	p, err := l.startFluentBit(ctx, a.dir, c)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.end()) }()
	for done, tries := uint64(0), 0; done < uint64(n*perInstance); tries++ {
		if tries > 600 {
			return nil, fmt.Errorf("%d events came within a minute, of %d", done, n*perInstance)
		}
		if err := p.pause(ctx, 100*time.Millisecond); err != nil {
			return nil, err
		}
		if done, err = p.records(ctx); err != nil {
			return nil, err
		}
	}
	if err := p.pause(ctx, 3*time.Second); err != nil { // the last settles and is committed
		return nil, err
	}
	before, err := processCPU(p.pid())
	if err != nil {
		return nil, err
	}
	begun := time.Now()
	if err := p.pause(ctx, lasts); err != nil {
		return nil, err
	}
	after, err := processCPU(p.pid())
	if err != nil {
		return nil, err
	}
	share := 100 * (after - before).Seconds() / time.Since(begun).Seconds()
	row = []string{fmt.Sprint(n)}
	for _, field := range []string{"VmHWM", "VmRSS"} {
		size, err := processStatus(p.pid(), field)
		if err != nil {
			return nil, err
		}
		row = append(row, megabytes(size))
	}
	threads, err := processStatus(p.pid(), "Threads")
	return append(row, fmt.Sprint(threads>>10), decimals(share, 2), decimals(share/float64(max(1, n)), 3)), err
}
