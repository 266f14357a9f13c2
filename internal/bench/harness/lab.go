//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"fluent-bit-openai-audit/internal/fakeopenai"
)

// lab is what the experiments share.
type lab struct {
	options

	dir     string // for everything that is thrown away
	runs    atomic.Int64
	library func() (string, error)
}

func newLab(o options) (*lab, error) {
	dir, err := os.MkdirTemp("", "harness")
	if err != nil {
		return nil, fmt.Errorf("make folder: %w", err)
	}
	l := &lab{options: o, dir: dir}
	l.library = sync.OnceValues(l.buildLibrary)
	if l.fluentBit == "" {
		l.fluentBit = "fluent-bit"
	}
	if l.fluentBit, err = exec.LookPath(l.fluentBit); err != nil {
		l.fluentBit = ""
		fmt.Fprintln(os.Stderr, "harness: there is no Fluent Bit, so nothing is measured in it:", err)
	}
	return l, nil
}

func (l *lab) close() error { return os.RemoveAll(l.dir) }

func (l *lab) buildLibrary() (string, error) {
	if l.options.library != "" {
		return filepath.Abs(l.options.library)
	}
	path := filepath.Join(l.dir, "in_openai_audit.so")
	build := exec.Command("go", "build", "-buildmode=c-shared", "-trimpath", "-ldflags", "-s -w", "-o", path, "fluent-bit-openai-audit/plugin")
	build.Env = append(os.Environ(), "CGO_ENABLED=1")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build library: %w\n%s", err, out)
	}
	return path, nil
}

// run makes a new folder for one run.
func (l *lab) run() (string, error) {
	dir := filepath.Join(l.dir, fmt.Sprint(l.runs.Add(1)))
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", fmt.Errorf("make folder: %w", err)
	}
	return dir, nil
}

// pick returns short in short runs, else normal.
func pick[T any](l *lab, short, normal T) T {
	if l.short {
		return short
	}
	return normal
}

// history is an organization of count events over span, up to an hour ago: so
// that polls, which re-read the last minutes, find nothing of it.
func history(count int, span time.Duration) fakeopenai.OrganizationOptions {
	to := time.Now().Add(-time.Hour).Truncate(time.Second)
	return fakeopenai.OrganizationOptions{Seed: 1, From: to.Add(-span), To: to, Count: count, TenantShare: 0.05, Rhythm: fakeopenai.OfficeHours}
}

const month = 30 * 24 * time.Hour

// since is a start_from that begins with an organization.
func since(o fakeopenai.OrganizationOptions) string { return o.From.UTC().Format(time.RFC3339) }

// api is a simulator that runs, with a folder for what reads from it.
type api struct {
	*child
	address

	dir    string
	caFile string
}

func (l *lab) simulate(ctx context.Context, s simulation) (*api, error) {
	c, err := spawn(ctx, "simulator", s)
	if err != nil {
		return nil, err
	}
	a := &api{child: c}
	if err := c.hear(&a.address); err != nil {
		return nil, errors.Join(err, c.end())
	}
	if a.dir, err = l.run(); err != nil {
		return nil, errors.Join(err, c.end())
	}
	if a.CA != "" {
		a.caFile = filepath.Join(a.dir, "ca.pem")
		if err := os.WriteFile(a.caFile, []byte(a.CA), 0o600); err != nil {
			return nil, errors.Join(fmt.Errorf("write certificate: %w", err), c.end())
		}
	}
	return a, nil
}

// stats asks what the simulator has served.
func (a *api) stats() (s served, err error) {
	if err := a.tell(struct{}{}); err != nil {
		return s, err
	}
	err = a.hear(&s)
	return s, err
}

// properties are those of an input that reads from the simulator, with pairs of
// name and value added.
func (a *api) properties(pairs ...string) map[string]string {
	p := map[string]string{"api_key": simulatorKey, "base_url": a.URL, "db": filepath.Join(a.dir, "state.db"), "start_from": "beginning"}
	if a.caFile != "" {
		p["ca_file"] = a.caFile
	}
	for i := 0; i < len(pairs); i += 2 {
		p[pairs[i]] = pairs[i+1]
	}
	return p
}

// outcome is what became of a run of the collector, and what the simulator
// served for it.
type outcome struct {
	collected

	served served
}

// collectFrom runs a simulator, and on it the collector that made returns.
func (l *lab) collectFrom(ctx context.Context, s simulation, name string, made func(a *api) collection) (o outcome, err error) {
	a, err := l.simulate(ctx, s)
	if err != nil {
		return o, err
	}
	defer func() { err = errors.Join(err, a.end()) }()
	return l.collect(ctx, a, made(a), name)
}

// collect runs the collector in a process of its own.
func (l *lab) collect(ctx context.Context, a *api, cn collection, name string) (o outcome, err error) {
	before, err := a.stats()
	if err != nil {
		return o, err
	}
	if l.cpuProfile != "" {
		cn.CPUProfile = filepath.Join(l.cpuProfile, name+".cpu.pprof")
	}
	if l.memProfile != "" {
		cn.MemProfile = filepath.Join(l.memProfile, name+".mem.pprof")
	}
	c, err := spawn(ctx, "collector", cn)
	if err != nil {
		return o, err
	}
	defer func() { err = errors.Join(err, c.end()) }()
	if cn.Warm > 0 {
		var warm struct{}
		if err := c.hear(&warm); err != nil {
			return o, err
		}
		if before, err = a.stats(); err != nil {
			return o, err
		}
	}
	if err := c.hear(&o.collected); err != nil {
		return o, err
	}
	after, err := a.stats()
	if err != nil {
		return o, err
	}
	o.served = after
	o.served.CPU -= before.CPU
	o.served.Pages -= before.Pages
	o.served.Requests -= before.Requests
	if cn.Warm > 0 {
		o.served.Connections -= before.Connections
	}
	if cn.Events > 0 && o.Events != cn.Events {
		return o, fmt.Errorf("%d events were handed over, of %d", o.Events, cn.Events)
	}
	return o, nil
}

// rate returns the events a second of the whole run.
func (c *collected) rate() float64 { return float64(c.Events) / c.Took.Seconds() }

// machine says on what all was measured.
func (l *lab) machine() string {
	text := fmt.Sprintf("%s, %d cores, %s; Linux %s; %s", cpuModel(), runtime.NumCPU(), memorySize(), firstLine("uname", "-r"), runtime.Version())
	if l.fluentBit != "" {
		text += "; " + firstLine(l.fluentBit, "--version")
	}
	return text + "; " + time.Now().UTC().Format(time.DateOnly)
}

func cpuModel() string {
	text, _ := os.ReadFile("/proc/cpuinfo") // nothing is as good an answer
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

func memorySize() string {
	text, _ := os.ReadFile("/proc/meminfo")
	var kb int
	if _, err := fmt.Sscanf(string(text), "MemTotal: %d kB", &kb); err != nil {
		return "memory of unknown size"
	}
	return fmt.Sprintf("%d GB", (kb+1<<19)>>20)
}

func firstLine(name string, args ...string) string {
	out, err := exec.Command(name, args...).Output()
	if err != nil {
		return name + " unknown"
	}
	line, _, _ := bytes.Cut(out, []byte("\n"))
	return string(line)
}

// loadAverage returns the machine's load of the last minute, as it stands.
func loadAverage() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	first, _, _ := strings.Cut(string(text), " ")
	return first
}
