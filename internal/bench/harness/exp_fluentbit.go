//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"fluent-bit-openai-audit/internal/fakeopenai"
)

// throughFluentBit measures the plugin in a real Fluent Bit whose output discards
// all, against what else one might run in it.
func throughFluentBit(ctx context.Context, l *lab, s *section) error {
	if l.without(s) {
		return nil
	}
	const latency, workers = 20 * time.Millisecond, 8
	s.note("Fluent Bit with this plugin, %d workers, %s a request, into `out_null`. Sustained: from the first tenth of the "+
		"events to the last, as the API served them. Bare: as many clients as workers that fetch pages and drop them, just before. "+
		"Peak RSS is the whole process's.", workers, latency)
	var rows [][]string
	backlogs := pick(l, []int{100_000}, []int{100_000, 1_000_000})
	if l.long {
		backlogs = append(backlogs, 10_000_000)
	}
	for _, events := range backlogs {
		f, err := l.fluentBitBackfill(ctx, events, latency, workers)
		if err != nil {
			return err
		}
		rows = append(rows, []string{
			"this plugin, " + count(float64(events)), count(f.rate()), count(f.sustained), percent(f.sustained / (workers * 100 / latency.Seconds())), percent(f.sustained / f.bare),
			decimals(f.cores, 2), decimals(f.simulatorCores, 2), decimals(f.perEvent, 1), megabytes(f.peak),
		})
	}
	for _, way := range []struct {
		name     string
		interval time.Duration
	}{
		{"in_exec, curl and jq, once a second", time.Second},
		{"in_exec, curl and jq, without a pause", time.Millisecond},
	} {
		f, err := l.execBackfill(ctx, latency, way.interval)
		if err != nil {
			return err
		}
		rows = append(rows, []string{
			way.name, count(f.rate()), count(f.sustained), "", "", decimals(f.cores, 2), decimals(f.simulatorCores, 2), decimals(f.perEvent, 1), megabytes(f.peak),
		})
	}
	f, err := l.exampleBackfill(ctx, latency)
	if err != nil {
		return err
	}
	rows = append(rows, []string{
		"the example's way (no Fluent Bit)", count(f.rate()), count(f.rate()), "", "", decimals(f.CPU.Seconds()/f.Took.Seconds(), 2), "",
		decimals(float64(f.CPU.Microseconds())/float64(f.Events), 1), "",
	})
	s.table([]string{"way", "whole run /s", "sustained /s", "of API", "of bare", "cores", "simulator's", "µs/event", "peak RSS MB"}, rows)
	s.note("`in_exec` runs a script that fetches one page and prints its events a line each; its CPU time includes curl's and " +
		"jq's. The example's way is a plugin that returns one page from each callback, which Fluent Bit calls once a second: " +
		"100 events a second whatever the machine. That figure is arithmetic; what was measured is the CPU time of the " +
		"same fetching, maps and encoder at that pace, in a process of the harness.")
	return nil
}

// without says so where there is no Fluent Bit.
func (l *lab) without(s *section) bool {
	if l.fluentBit == "" {
		s.note("Left out: there is no Fluent Bit.")
	}
	return l.fluentBit == ""
}

// hosted is what became of a run in Fluent Bit.
type hosted struct {
	events                uint64
	took                  time.Duration // from the first request to the last event at the output
	sustained             float64
	cores, simulatorCores float64
	perEvent              float64 // µs of CPU
	bare                  float64 // events a second that bare clients got just before
	peak                  uint64
}

func (h *hosted) rate() float64 { return float64(h.events) / h.took.Seconds() }

// fluentBitBackfill has Fluent Bit read an organization to its end.
func (l *lab) fluentBitBackfill(ctx context.Context, events int, latency time.Duration, workers int) (h hosted, err error) {
	org := history(events, month)
	library, err := l.library()
	if err != nil {
		return h, err
	}
	bare := fetched{}
	h, err = l.hosted(ctx, org, latency, func(a *api) (configuration, error) {
		client, err := spawn(ctx, "client", errand{Way: wayBare, URL: a.URL, From: org.From, To: org.To, Workers: workers, For: 2 * time.Second})
		if err != nil {
			return configuration{}, err
		}
		if err := errors.Join(client.hear(&bare), client.end()); err != nil {
			return configuration{}, err
		}
		in := a.properties("start_from", since(org), "concurrency", fmt.Sprint(workers))
		in["name"] = "openai_audit"
		return configuration{library: library, inputs: []map[string]string{in}}, nil
	}, time.Minute+time.Duration(events/10_000)*time.Second)
	h.bare = bare.rate()
	return h, err
}

// hosted runs Fluent Bit until it has read the organization or for as long as it may.
func (l *lab) hosted(
	ctx context.Context, org fakeopenai.OrganizationOptions, latency time.Duration,
	configure func(a *api) (configuration, error), atMost time.Duration,
) (h hosted, err error) {
	a, err := l.simulate(ctx, simulation{Organizations: []fakeopenai.OrganizationOptions{org}, Latency: latency})
	if err != nil {
		return h, err
	}
	defer func() { err = errors.Join(err, a.end()) }()
	c, err := configure(a)
	if err != nil {
		return h, err
	}
	before, err := a.stats()
	if err != nil {
		return h, err
	}
	p, err := l.startFluentBit(ctx, a.dir, c)
	if err != nil {
		return h, err
	}
	defer func() { err = errors.Join(err, p.end()) }()

	var curve []point
	var first time.Time
	last := uint64(0)
	for deadline := time.Now().Add(atMost); time.Now().Before(deadline) && last < uint64(org.Count); {
		if err := p.pause(ctx, 50*time.Millisecond); err != nil {
			return h, err
		}
		stats, err := a.stats()
		if err != nil {
			return h, err
		}
		served := stats.Events - before.Events
		if served == 0 {
			continue
		}
		if first.IsZero() {
			first = time.Now()
		}
		curve = append(curve, point{time.Since(first), uint64(served)})
		done, err := p.records(ctx)
		if err != nil {
			return h, err
		}
		if done > last {
			last, h.took = done, time.Since(first)
		}
		h.simulatorCores = (stats.CPU - before.CPU).Seconds() / time.Since(first).Seconds()
	}
	cpu, err := processCPU(p.pid())
	if err != nil {
		return h, err
	}
	h.events, h.sustained = last, steady(curve)
	h.cores, h.perEvent = cpu.Seconds()/h.took.Seconds(), float64(cpu.Microseconds())/float64(max(1, last))
	h.peak, err = processStatus(p.pid(), "VmHWM")
	return h, err
}

// execScript fetches one page, keeps the cursor in a file, and prints the events.
const execScript = `#!/bin/sh
cd '%s' || exit 1
cursor=$(cat cursor 2>/dev/null)
curl -sS --compressed -H 'Authorization: Bearer %s' "%s/organization/audit_logs?limit=100${cursor:+&after=$cursor}" >page.json || exit 1
jq -r '.last_id // empty' page.json >cursor
jq -c '.data[]' page.json
`

// execBackfill lets in_exec fetch pages for a while.
func (l *lab) execBackfill(ctx context.Context, latency, interval time.Duration) (hosted, error) {
	return l.hosted(ctx, history(1_000_000, month), latency, func(a *api) (configuration, error) {
		script := filepath.Join(a.dir, "page.sh")
		if err := os.WriteFile(script, fmt.Appendf(nil, execScript, a.dir, simulatorKey, a.URL), 0o600); err != nil {
			return configuration{}, fmt.Errorf("write script: %w", err)
		}
		parsers := filepath.Join(a.dir, "parsers.conf")
		text := "[PARSER]\n    Name audit\n    Format json\n    Time_Key effective_at\n    Time_Format %s\n    Time_Keep on\n"
		if err := os.WriteFile(parsers, []byte(text), 0o600); err != nil {
			return configuration{}, fmt.Errorf("write parsers: %w", err)
		}
		return configuration{
			service: map[string]string{"parsers_file": parsers},
			inputs: []map[string]string{{
				"name": "exec", "tag": "audit", "command": "/bin/sh " + script, "parser": "audit", "buf_size": "64k",
				"interval_sec": fmt.Sprint(int(interval.Seconds())), "interval_nsec": fmt.Sprint((interval % time.Second).Nanoseconds()),
			}},
		}, nil
	}, pick(l, 4*time.Second, 12*time.Second))
}

// exampleBackfill measures the way of the example at its pace.
func (l *lab) exampleBackfill(ctx context.Context, latency time.Duration) (f fetched, err error) {
	org := history(100_000, month)
	a, err := l.simulate(ctx, simulation{Organizations: []fakeopenai.OrganizationOptions{org}, Latency: latency})
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, a.end()) }()
	client, err := spawn(ctx, "client", errand{Way: wayExample, URL: a.URL, From: org.From, To: org.To, For: pick(l, 3*time.Second, 8*time.Second)})
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, client.end()) }()
	err = client.hear(&f)
	return f, err
}

// trimmed returns the last lines of a text, for an error.
func trimmed(text string, lines int) string {
	all := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
