//go:build linux

package e2e_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const (
	// testKey is the key of every test. No output may ever hold it.
	testKey = "sk-admin-e2e-Mus7N0tBeS33nAnywhere0123456789"
	// patience is how long a test waits for what must happen.
	patience = 2 * time.Minute
	// endPatience is how long Fluent Bit may take to end by itself.
	endPatience = 40 * time.Second
)

// process is one run of Fluent Bit.
type process struct {
	t      *testing.T
	cmd    *exec.Cmd
	stdout text
	screen text // its log
	ended  chan struct{}
}

// launch says how to run Fluent Bit.
type launch struct {
	library string   // loaded with -e; "" is the library under test
	bare    bool     // no -e: the configuration names the library
	args    []string // further arguments
	env     []string // further environment
	user    *syscall.Credential
}

// start runs Fluent Bit with a configuration file. It ends with the test at the latest. When the test fails, what was on
// the screen is printed.
func start(t *testing.T, config string, how launch) *process {
	t.Helper()
	args := []string{"-c", config}
	if !how.bare {
		if how.library == "" {
			how.library = theLibrary(t, programs.library)
		}
		args = append([]string{"-e", how.library}, args...)
	}
	p := &process{t: t, ended: make(chan struct{})}
	p.cmd = exec.Command(theHost(t).path, append(args, how.args...)...)
	p.cmd.Dir = t.TempDir()
	p.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}, how.env...)
	p.cmd.Stdout, p.cmd.Stderr = &p.stdout, &p.screen
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Credential: how.user}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = p.cmd.Wait() // its status stands in ProcessState
		close(p.ended)
	}()
	t.Cleanup(func() {
		p.kill()
		if strings.Contains(p.screen.String(), testKey) || strings.Contains(p.stdout.String(), testKey) {
			t.Error("Fluent Bit printed the key")
		}
		if t.Failed() {
			t.Logf("the screen of Fluent Bit, process %d:\n%s", p.cmd.Process.Pid, p.screen.tail(120))
		}
	})
	return p
}

// signal sends a signal to a process that may have ended.
func (p *process) signal(s syscall.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Fatal(err)
	}
}

// kill ends Fluent Bit without warning.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.ended
}

// terminate asks Fluent Bit to end, and waits until it has.
func (p *process) terminate() {
	p.t.Helper()
	p.signal(syscall.SIGTERM)
	p.waitEnd()
	if !p.cmd.ProcessState.Success() {
		p.t.Fatalf("Fluent Bit ended with %v after SIGTERM", p.cmd.ProcessState)
	}
}

// resident returns how many bytes of memory Fluent Bit has now.
func (p *process) resident() int {
	p.t.Helper()
	statm, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", p.cmd.Process.Pid))
	if err != nil {
		p.t.Fatal(err)
	}
	var size, resident int
	if _, err := fmt.Sscan(string(statm), &size, &resident); err != nil {
		p.t.Fatal(err)
	}
	return resident * os.Getpagesize()
}

// waitEnd waits until Fluent Bit has ended.
func (p *process) waitEnd() {
	p.t.Helper()
	select {
	case <-p.ended:
	case <-time.After(endPatience):
		p.t.Fatalf("Fluent Bit did not end within %v", endPatience)
	}
}

// await waits until done reports true. It fails the test when Fluent Bit ends before, and when it takes too long.
func (p *process) await(what string, done func() bool) {
	p.t.Helper()
	if !p.awaitFor(patience, done) {
		p.t.Fatalf("waited %v for %s", patience, what)
	}
}

// awaitSame waits until a count has stayed the same for so many looks, one every 50 ms, and returns it.
func (p *process) awaitSame(what string, looks int, count func() int) int {
	p.t.Helper()
	last, same := 0, 0
	p.await(what, func() bool {
		if n := count(); n != last {
			last, same = n, 0
		} else {
			same++
		}
		return same >= looks
	})
	return last
}

// awaitFor waits a limited time until done reports true, and reports whether it did.
func (p *process) awaitFor(limit time.Duration, done func() bool) bool {
	p.t.Helper()
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	over := time.After(limit)
	for !done() {
		select {
		case <-ticker.C:
		case <-p.ended:
			if done() {
				return true
			}
			p.t.Fatalf("Fluent Bit ended: %v", p.cmd.ProcessState)
		case <-over:
			return false
		}
	}
	return true
}

// awaitScreen waits until the log holds each of the texts.
func (p *process) awaitScreen(texts ...string) {
	p.t.Helper()
	for _, s := range texts {
		p.await("the log to say "+s, func() bool { return strings.Contains(p.screen.String(), s) })
	}
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

// lines returns the lines that are complete.
func (x *text) lines() []string {
	all := strings.Split(x.String(), "\n")
	return all[:len(all)-1]
}

// tail returns the last n lines.
func (x *text) tail(n int) string {
	all := strings.Split(x.String(), "\n")
	return strings.Join(all[max(0, len(all)-n):], "\n")
}
