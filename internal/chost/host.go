package chost

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// replyTimeout is how long a callback may take before the library counts as hung.
const replyTimeout = 60 * time.Second

// Options choose the host that is played.
type Options struct {
	Contexts bool // a host that gives inputs contexts: Fluent Bit 4.1 and later
	Exports  bool // a host that exports its functions, as all known ones do
}

// Host is a running host. Its methods are not safe for concurrent use, and fail the test instead of
// returning an error.
type Host struct {
	tb      testing.TB
	dir     string
	cmd     *exec.Cmd
	stdin   io.WriteCloser
	replies chan string
	ended   chan error
	over    bool

	mu      sync.Mutex
	lines   map[string][]string // by their first word
	changed chan struct{}       // closed and replaced with each line
	stderr  lockedBuffer
}

// Start runs a host with the library loaded. It ends with the test at the latest.
func (p *Program) Start(tb testing.TB, o Options) *Host {
	tb.Helper()
	h := p.StartUnloaded(tb, o)
	h.Do("load")
	return h
}

// StartUnloaded runs a host that has not loaded the library yet.
func (p *Program) StartUnloaded(tb testing.TB, o Options) *Host {
	tb.Helper()
	program, layout := p.bare, "4.0"
	if o.Exports {
		program = p.exporting
	}
	if o.Contexts {
		layout = "4.1"
	}
	h := &Host{
		tb: tb, dir: tb.TempDir(), lines: make(map[string][]string), changed: make(chan struct{}),
		replies: make(chan string, 1), ended: make(chan error, 1),
	}
	h.cmd = exec.Command(program, p.Library, layout, h.dir) //nolint:noctx // our own program, ended by Quit
	h.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // so that a fork can be ended with it
	h.cmd.Stderr = &h.stderr
	stdin, err := h.cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	stdout, err := h.cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := h.cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	h.stdin = stdin
	go func() {
		h.read(stdout)
		h.ended <- h.cmd.Wait()
	}()
	tb.Cleanup(h.Quit)
	return h
}

// read sorts the host's lines until it ends.
func (h *Host) read(r io.Reader) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		word, rest, _ := strings.Cut(lines.Text(), " ")
		switch word {
		case "log", "late", "metric", "violation":
			h.mu.Lock()
			h.lines[word] = append(h.lines[word], rest)
			close(h.changed)
			h.changed = make(chan struct{})
			h.mu.Unlock()
		default:
			h.replies <- lines.Text()
		}
	}
	close(h.replies)
}

// Do sends a command and returns its reply.
func (h *Host) Do(format string, args ...any) string {
	h.tb.Helper()
	command := fmt.Sprintf(format, args...)
	if _, err := fmt.Fprintln(h.stdin, command); err != nil {
		h.fail("%s: %v", command, err)
	}
	select {
	case reply, ok := <-h.replies:
		if !ok {
			h.fail("%s: the host ended", command)
		}
		if strings.HasPrefix(reply, "error") {
			h.fail("%s: %s", command, reply)
		}
		return reply
	case <-time.After(replyTimeout):
		h.Kill()
		h.fail("%s: no reply in %s; log:\n%s\nstderr:\n%s", command, replyTimeout,
			strings.Join(h.Lines("log"), "\n"), h.stderr.String())
	}
	return ""
}

// Set gives an instance properties, as name and value in turn.
func (h *Host) Set(instance int, properties ...string) {
	h.tb.Helper()
	for i := 0; i < len(properties); i += 2 {
		h.Do("set %d %s %s", instance, properties[i], properties[i+1])
	}
}

// Quit ends the host and fails the test unless all went well: no violation, no crash.
func (h *Host) Quit() {
	h.tb.Helper()
	if h.over {
		return
	}
	h.over = true
	_, _ = fmt.Fprintln(h.stdin, "quit")
	_ = h.stdin.Close()
	select {
	case <-h.replies:
	case <-time.After(replyTimeout):
		h.signal(syscall.SIGKILL)
	}
	if err := <-h.ended; err != nil {
		h.tb.Errorf("the host ended with %v", err)
	}
	for _, v := range h.Lines("violation") {
		h.tb.Errorf("violation: %s", v)
	}
	if h.tb.Failed() {
		h.tb.Logf("log:\n%s\nstderr:\n%s", strings.Join(h.Lines("log"), "\n"), h.stderr.String())
	}
}

// Kill ends the host as a crash or the kernel would.
func (h *Host) Kill() {
	h.over = true
	h.signal(syscall.SIGKILL)
	<-h.ended //nolint:errcheck // killed, as it should be
}

// signal reaches the host and its fork.
func (h *Host) signal(s syscall.Signal) { _ = syscall.Kill(-h.cmd.Process.Pid, s) }

func (h *Host) fail(format string, args ...any) {
	h.tb.Helper()
	h.tb.Errorf(format, args...)
	h.tb.FailNow()
}

// Lines returns what the host printed so far of one sort: log, late, metric or violation.
func (h *Host) Lines(sort string) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]string(nil), h.lines[sort]...)
}

// Await returns when a line of the given sort contains text.
func (h *Host) Await(sort, text string) {
	h.tb.Helper()
	timeout := time.After(replyTimeout)
	for {
		h.mu.Lock()
		lines, changed := h.lines[sort], h.changed
		h.mu.Unlock()
		for _, l := range lines {
			if strings.Contains(l, text) {
				return
			}
		}
		select {
		case <-changed:
		case <-timeout:
			h.fail("no %s line with %q in %s", sort, text, replyTimeout)
		}
	}
}

// Stderr returns what the process wrote to standard error so far.
func (h *Host) Stderr() string { return h.stderr.String() }

// Records returns the records that an instance has handed over so far, over all its lives.
func (h *Host) Records(instance int) []Record {
	h.tb.Helper()
	data, err := os.ReadFile(filepath.Join(h.dir, fmt.Sprintf("%d.records", instance)))
	if err != nil {
		h.fail("%v", err)
	}
	records, err := ParseRecords(data)
	if err != nil {
		h.fail("instance %d: %v", instance, err)
	}
	return records
}

// lockedBuffer is a bytes.Buffer that may be read while it is written.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
