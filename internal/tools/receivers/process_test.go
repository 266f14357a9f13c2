package receivers_test

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const (
	// patience is how long a test waits for what must happen.
	patience = 2 * time.Minute
	// endPatience is how long a program may take to end by itself.
	endPatience = 40 * time.Second
)

// process is a program that runs.
type process struct {
	t     *testing.T
	cmd   *exec.Cmd
	log   text // what it prints
	ended chan struct{}
}

// start runs a program, until the test ends at the latest. When the test fails, what it printed last is shown.
func start(t *testing.T, cmd *exec.Cmd) *process {
	t.Helper()
	p := &process{t: t, cmd: cmd, ended: make(chan struct{})}
	if cmd.Dir == "" {
		cmd.Dir = t.TempDir()
	}
	cmd.Stdout, cmd.Stderr = &p.log, &p.log
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = cmd.Wait() // its status stands in ProcessState
		close(p.ended)
	}()
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("%s printed:\n%s", cmd.Path, p.log.tail(60))
		}
	})
	return p
}

// terminate asks the program to end, and waits until it has.
func (p *process) terminate() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Fatal(err)
	}
	p.wait()
}

// kill ends the program without warning.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended
	<-p.ended
}

// wait waits until the program has ended.
func (p *process) wait() {
	p.t.Helper()
	select {
	case <-p.ended:
	case <-time.After(endPatience):
		p.t.Fatalf("%s did not end within %v", p.cmd.Path, endPatience)
	}
}

// await waits until done reports true. It fails the test when the program ends before, and when it takes too long.
func (p *process) await(what string, done func() bool) {
	p.t.Helper()
	if !p.awaitFor(patience, done) {
		p.t.Fatalf("waited %v for %s", patience, what)
	}
}

// awaitFor waits a limited time until done reports true, and reports whether it did.
func (p *process) awaitFor(limit time.Duration, done func() bool) bool {
	p.t.Helper()
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	over := time.After(limit)
	for !done() {
		select {
		case <-ticker.C:
		case <-p.ended:
			p.t.Fatalf("%s ended: %v", p.cmd.Path, p.cmd.ProcessState)
		case <-over:
			return false
		}
	}
	return true
}

// text is output that grows.
type text struct {
	mu   sync.Mutex
	data []byte
}

// Write appends.
func (x *text) Write(b []byte) (int, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.data = append(x.data, b...)
	return len(b), nil
}

// String returns all of it.
func (x *text) String() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return string(x.data)
}

// tail returns the last n lines.
func (x *text) tail(n int) string {
	all := strings.Split(x.String(), "\n")
	return strings.Join(all[max(0, len(all)-n):], "\n")
}
