//go:build linux

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"slices"
	"sync/atomic"
	"time"

	"fluent-bit-openai-audit/internal/collector"
	"fluent-bit-openai-audit/internal/config"
	"fluent-bit-openai-audit/internal/fakeopenai"
	"fluent-bit-openai-audit/internal/host"
	"fluent-bit-openai-audit/internal/metrics"
	"fluent-bit-openai-audit/internal/source"
)

// collection says how the collector is run.
type collection struct {
	Properties map[string]string
	// Ticks hands over as the plugin does, once a second with a budget; else as
	// fast as records come.
	Ticks bool
	// Events ends the run when so many were handed over; For ends it at the latest.
	Events uint64
	For    time.Duration
	// Warm is how long after it has caught up the measuring begins; an empty answer
	// says when it does. 0 measures from the start.
	Warm time.Duration
	// Watched are organizations whose events' way from listing to hand-over is timed.
	Watched []fakeopenai.OrganizationOptions

	CPUProfile, MemProfile string // files; empty for none
}

// collected is what became of it.
type collected struct {
	Events    uint64
	Took      time.Duration // from Start to the last event
	Steady    float64       // events a second between the first and the last tenth of them
	CPU       time.Duration // of this process, from Start to the last event
	AllCPU    time.Duration // of this process, while it was measured
	Lasted    time.Duration // the measuring
	Held      uint64        // by the Go runtime from the system, at most
	Live      uint64        // of the heap, at most
	Resident  uint64        // the process's resident set, at most
	Objects   float64       // allocated per event
	Bytes     float64
	Requests  uint64
	Commits   uint64
	Repeats   uint64          // events that were listed again, and dropped
	Latencies []time.Duration // sorted
}

// discard is a host that takes everything and keeps nothing.
type discard struct{}

func (discard) Name() string { return "harness" }

func (discard) Log(level host.Level, text string) {
	if level <= host.Warn && os.Getenv("HARNESS_LOG") != "" {
		fmt.Fprintln(os.Stderr, host.Line(time.Now(), level, "harness", text))
	}
}

func noEnvironment(string) (string, bool) { return "", false }

// runCollector is the role of the collector: one run, and its outcome.
func runCollector(in *json.Decoder, out *json.Encoder) error {
	var cn collection
	if err := in.Decode(&cn); err != nil {
		return fmt.Errorf("read configuration: %w", err)
	}
	cfg, err := config.ParseMap(cn.Properties, noEnvironment)
	if err != nil {
		return err
	}
	watch, err := newWatch(cn.Watched)
	if err != nil {
		return err
	}
	host.KeepSmall() // as the plugin does in Fluent Bit
	c, err := collector.New(cfg, discard{}, source.Options{Version: "bench"})
	if err != nil {
		return err
	}
	stopProfile, err := startProfile(cn.CPUProfile)
	if err != nil {
		return err
	}
	result, err := collectAll(c, &cn, watch, func() error { return out.Encode(struct{}{}) })
	if err := errors.Join(err, stopProfile()); err != nil {
		return err
	}
	c.Stop()
	if err := out.Encode(result); err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	return nil
}

// collectAll runs a collector until the run's end.
func collectAll(c collector.Collector, cn *collection, w *watch, warm func() error) (r collected, err error) {
	c.Start()
	if cn.Warm > 0 {
		if err := warmUp(c, cn, w, warm); err != nil {
			return r, err
		}
	}
	runtime.GC()
	before := countsOf(c)
	meter := startMeter(c, cn)
	handOver(c, cn, w, func() bool { return time.Since(meter.start) > cn.For || meter.reached.Load() })
	if err := meter.stop(&r); err != nil {
		return r, err
	}
	after := countsOf(c)
	if r.Events > 0 {
		r.Objects = float64(after.objects-before.objects) / float64(r.Events)
		r.Bytes = float64(after.bytes-before.bytes) / float64(r.Events)
	}
	r.Requests, r.Commits, r.Repeats = after.requests-before.requests, after.commits-before.commits, after.repeats-before.repeats
	r.Resident, err = processStatus(os.Getpid(), "VmHWM")
	r.Latencies = w.latencies
	slices.Sort(r.Latencies)
	return r, err
}

// handOver plays the host until the end.
func handOver(c collector.Collector, cn *collection, w *watch, end func() bool) {
	for !end() {
		if !cn.Ticks {
			if _ = c.HandOver(50*time.Millisecond, w.take); !c.CaughtUp() {
				continue
			}
			time.Sleep(time.Millisecond)
			continue
		}
		next := time.Now().Add(host.CallInterval)
		_ = c.HandOver(host.HandOverBudget, w.take)
		time.Sleep(time.Until(next))
	}
}

// warmUp hands over until the collector has caught up and some time has passed.
func warmUp(c collector.Collector, cn *collection, w *watch, warm func() error) error {
	var caughtUp time.Time
	handOver(c, cn, w, func() bool {
		if caughtUp.IsZero() && c.CaughtUp() {
			caughtUp = time.Now()
		}
		return !caughtUp.IsZero() && time.Since(caughtUp) > cn.Warm
	})
	return warm()
}

// counts are what is measured as the difference of two of them.
type counts struct{ objects, bytes, requests, received, commits, repeats uint64 }

func countsOf(c collector.Collector) (n counts) {
	n.objects, n.bytes = allocated()
	c.Metrics().Each(func(s metrics.Sample) {
		switch s.Name {
		case "openai_audit_requests_total":
			n.requests += uint64(s.Value)
		case "openai_audit_received_bytes_total":
			n.received += uint64(s.Value)
		case "openai_audit_commits_total":
			n.commits += uint64(s.Value)
		case "openai_audit_duplicates_total":
			n.repeats += uint64(s.Value)
		}
	})
	return n
}

func delivered(c collector.Collector) (n uint64) {
	for _, p := range c.Progress() {
		n += p.Delivered
	}
	return n
}

// meter samples a run.
type meter struct {
	c       collector.Collector
	want    uint64
	profile string // of the heap at its largest
	start   time.Time
	cpu     time.Duration
	already uint64
	reached atomic.Bool
	quit    chan struct{}
	done    chan struct{}

	events     uint64
	took       time.Duration
	used       time.Duration
	held, live uint64
	profiled   uint64 // how large the heap was
	failed     error
	curve      []point
}

// point is how much had come at a time: of a collector, bytes of answers. Those come
// page by page, and so tell the pace better than records, which are handed over in
// large batches, and better than requests, of which polls and probes are some too.
type point struct {
	at time.Duration
	n  uint64
}

func startMeter(c collector.Collector, cn *collection) *meter {
	m := &meter{
		c: c, want: cn.Events, profile: cn.MemProfile, start: time.Now(), cpu: cpuTime(), already: delivered(c),
		quit: make(chan struct{}), done: make(chan struct{}),
	}
	often := 20 * time.Millisecond
	if cn.Warm > 0 {
		often = cn.For // at the begin and at the end: the sampling would cost more than what is measured
	}
	go m.run(often)
	return m
}

func (m *meter) run(often time.Duration) {
	defer close(m.done)
	ticker := time.NewTicker(often)
	defer ticker.Stop()
	for {
		m.sample()
		select {
		case <-ticker.C:
		case <-m.quit:
			m.sample()
			return
		}
	}
}

func (m *meter) sample() {
	m.held, m.live = max(m.held, held()), max(m.live, liveHeap())
	if m.profile != "" && m.live > m.profiled+m.profiled/20 {
		m.profiled, m.failed = m.live, errors.Join(m.failed, writeHeapProfile(m.profile))
	}
	if n := delivered(m.c) - m.already; n > m.events {
		m.events, m.took, m.used = n, time.Since(m.start), cpuTime()-m.cpu
	}
	m.curve = append(m.curve, point{time.Since(m.start), countsOf(m.c).received})
	if m.want > 0 && m.events >= m.want {
		m.reached.Store(true)
	}
}

// stop ends the sampling and enters what it found.
func (m *meter) stop(r *collected) error {
	close(m.quit)
	<-m.done
	r.Events, r.Took, r.CPU, r.Held, r.Live = m.events, m.took, m.used, m.held, m.live
	r.AllCPU, r.Lasted = cpuTime()-m.cpu, time.Since(m.start)
	if n := m.curve[len(m.curve)-1].n; n > 0 {
		r.Steady = steady(m.curve) * float64(r.Events) / float64(n)
	}
	return m.failed
}

// steady returns how much came a second between the first and the last tenth.
func steady(curve []point) float64 {
	total := curve[len(curve)-1].n
	var from, to point
	for _, p := range curve {
		if from.n == 0 && p.n >= total/10 {
			from = p
		}
		if p.n <= total*9/10 {
			to = p
		}
	}
	if to.at <= from.at {
		return 0
	}
	return float64(to.n-from.n) / (to.at - from.at).Seconds()
}

func startProfile(path string) (stop func() error, err error) {
	if path == "" {
		return func() error { return nil }, nil
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("create profile: %w", err)
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, fmt.Errorf("start profile: %w", err)
	}
	return func() error {
		pprof.StopCPUProfile()
		return f.Close()
	}, nil
}

// writeHeapProfile writes what the heap holds and what was ever allocated.
func writeHeapProfile(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("create profile: %w", err)
	}
	if err := errors.Join(pprof.Lookup("heap").WriteTo(f, 0), f.Close()); err != nil {
		return fmt.Errorf("write profile: %w", err)
	}
	return nil
}
