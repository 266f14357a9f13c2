package main

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// program is one that the demo has started.
type program struct {
	cmd   *exec.Cmd
	log   output
	ended chan struct{}
}

// await waits until a program is ready, and returns an error when it ends before, or takes too long.
func (p *program) await(ctx context.Context, ready func() bool) error {
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	over := time.After(limit)
	for !ready() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-p.ended:
			return fmt.Errorf("%s ended:\n%s", p.cmd.Path, p.log.tail())
		case <-over:
			return fmt.Errorf("%s is not ready after %v:\n%s", p.cmd.Path, limit, p.log.tail())
		case <-ticker.C:
		}
	}
	return nil
}

// end asks a program to end, and kills it if it does not.
func (p *program) end() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	select {
	case <-p.ended:
	case <-time.After(limit):
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
}

// output is the last of what a program has printed. It is bounded.
type output struct {
	mu   sync.Mutex
	data []byte
}

const outputLimit = 64 << 10

// Write appends, and forgets the oldest.
func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.data = append(o.data, b...)
	if len(o.data) > outputLimit {
		o.data = append(o.data[:0], o.data[len(o.data)-outputLimit/2:]...)
	}
	return len(b), nil
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return string(o.data)
}

// tail returns the last lines.
func (o *output) tail() string {
	lines := strings.Split(strings.TrimRight(o.String(), "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-20):], "\n")
}

var versionNumber = regexp.MustCompile(`v(\d+)\.(\d+)\.(\d+)`)

// tooOld tells a Fluent Bit's version, and whether it knows no defaults of variables, which 5.0.6 brought.
func tooOld(ctx context.Context, fluentBit string) (version string, old bool) {
	out, err := exec.CommandContext(ctx, fluentBit, "--version").Output()
	m := versionNumber.FindStringSubmatch(string(out))
	if err != nil || m == nil {
		return "of a version that it does not tell", true
	}
	var have [3]int
	for i := range have {
		have[i], _ = strconv.Atoi(m[i+1]) // digits
	}
	return strings.TrimPrefix(m[0], "v"), slices.Compare(have[:], []int{5, 0, 6}) < 0
}

func splitAddress(address string) (host, port string, err error) {
	if host, port, err = net.SplitHostPort(address); err != nil {
		return "", "", err
	}
	if host == "" {
		host = "127.0.0.1"
	}
	return host, port, nil
}

// freePort returns a port of this machine that nobody listened on a moment ago.
func freePort(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}
