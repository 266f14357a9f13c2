//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// configuration is what Fluent Bit runs. All goes to out_null.
type configuration struct {
	library string // of a plugin; empty for none
	service map[string]string
	inputs  []map[string]string
}

func (c *configuration) text(port int) string {
	var b strings.Builder
	section := func(name string, p map[string]string) {
		fmt.Fprintf(&b, "[%s]\n", name)
		for _, key := range slices.Sorted(maps.Keys(p)) {
			fmt.Fprintf(&b, "    %s %s\n", key, p[key])
		}
	}
	service := map[string]string{
		"flush": "1", "grace": "1", "log_level": "warn",
		"http_server": "on", "http_listen": "127.0.0.1", "http_port": fmt.Sprint(port),
	}
	maps.Copy(service, c.service)
	section("SERVICE", service)
	for _, in := range c.inputs {
		section("INPUT", in)
	}
	section("OUTPUT", map[string]string{"name": "null", "match": "*"})
	return b.String()
}

// fluentBit is a Fluent Bit that runs.
type fluentBit struct {
	cmd    *exec.Cmd
	client http.Client
	url    string
	ended  chan struct{}

	mu  sync.Mutex
	log bytes.Buffer
}

// Write takes up what Fluent Bit prints.
func (p *fluentBit) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.Write(b)
}

func (p *fluentBit) printed() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return trimmed(p.log.String(), 20)
}

func (l *lab) startFluentBit(ctx context.Context, dir string, c configuration) (*fluentBit, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "fluent-bit.conf")
	if err := os.WriteFile(path, []byte(c.text(port)), 0o600); err != nil {
		return nil, fmt.Errorf("write configuration: %w", err)
	}
	args := []string{"-c", path}
	if c.library != "" {
		args = append([]string{"-e", c.library}, args...)
	}
	p := &fluentBit{
		url: fmt.Sprintf("http://127.0.0.1:%d/api/v2/metrics/prometheus", port), ended: make(chan struct{}),
		client: http.Client{Timeout: 5 * time.Second},
	}
	p.cmd = exec.CommandContext(ctx, l.fluentBit, args...)
	p.cmd.Stdout, p.cmd.Stderr = p, p
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start Fluent Bit: %w", err)
	}
	go func() {
		_ = p.cmd.Wait() // its status stands in ProcessState
		close(p.ended)
	}()
	return p, nil
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find port: %w", err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	return port, listener.Close()
}

func (p *fluentBit) pid() int { return p.cmd.Process.Pid }

// pause waits, and fails when Fluent Bit has ended.
func (p *fluentBit) pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-p.ended:
		return fmt.Errorf("Fluent Bit ended: %s\n%s", p.cmd.ProcessState, p.printed())
	case <-time.After(d):
		return nil
	}
}

// end terminates Fluent Bit.
func (p *fluentBit) end() error {
	p.client.CloseIdleConnections()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("terminate Fluent Bit: %w", err)
	}
	select {
	case <-p.ended:
	case <-time.After(20 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.ended
		return fmt.Errorf("Fluent Bit did not end within 20 s\n%s", p.printed())
	}
	return nil
}

// metrics returns Fluent Bit's metrics; nothing while they cannot be had.
func (p *fluentBit) metrics(ctx context.Context) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url, nil)
	if err != nil {
		return "", err
	}
	resp, err := p.client.Do(req)
	if err != nil {
		return "", nil
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		return "", nil
	}
	return string(text), nil
}

// records returns how many records the output has discarded.
func (p *fluentBit) records(ctx context.Context) (uint64, error) {
	text, err := p.metrics(ctx)
	return uint64(sum(text, "fluentbit_output_proc_records_total")), err
}

// sum adds up all series of a metric.
func sum(text, metric string) (total float64) {
	for _, m := range regexp.MustCompile(`(?m)^`+metric+`\{[^}]*\} (\S+)`).FindAllStringSubmatch(text, -1) {
		if v, err := strconv.ParseFloat(m[1], 64); err == nil {
			total += v
		}
	}
	return total
}
