//go:build linux

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// role is what the harness does as a process of its own. It gets its
// configuration and later requests as JSON on in, answers on out, and ends when
// in does: so no process outlives the harness.
type role func(in *json.Decoder, out *json.Encoder) error

func roles() map[string]role {
	return map[string]role{
		"simulator": runSimulator,
		"collector": runCollector,
		"client":    runClient,
	}
}

// child is a role that runs.
type child struct {
	name string
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *json.Decoder
}

// spawn starts a role with its configuration.
func spawn(ctx context.Context, name string, config any) (*child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find own executable: %w", err)
	}
	c := &child{name: name, cmd: exec.CommandContext(ctx, self, "-role", name)}
	c.cmd.Stderr = os.Stderr
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	c.out = json.NewDecoder(bufio.NewReader(out))
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	if err := c.tell(config); err != nil {
		return nil, errors.Join(err, c.end())
	}
	return c, nil
}

func (c *child) tell(request any) error {
	if err := json.NewEncoder(c.in).Encode(request); err != nil {
		return fmt.Errorf("ask %s: %w", c.name, err)
	}
	return nil
}

// hear reads the next answer.
func (c *child) hear(answer any) error {
	if err := c.out.Decode(answer); err != nil {
		return fmt.Errorf("answer of %s: %w", c.name, err)
	}
	return nil
}

// end lets the process end and waits for it.
func (c *child) end() error {
	err := c.in.Close()
	timer := time.AfterFunc(10*time.Second, func() { _ = c.cmd.Process.Kill() })
	defer timer.Stop()
	if err = errors.Join(err, c.cmd.Wait()); err != nil {
		return fmt.Errorf("end %s: %w", c.name, err)
	}
	return nil
}
