package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"fluent-bit-openai-audit/internal/collect"
	"fluent-bit-openai-audit/internal/host"
	"fluent-bit-openai-audit/internal/record"
)

// runTail reads the log until ctx ends or what options ask for is reached. Lines of the log go to
// stderr; when that is a terminal, so does a line that shows how far it is.
func runTail(ctx context.Context, o tailOptions, env Env, std streams) int {
	status := newStatusLine(std.err)
	c, err := collect.New(o.config, host.NewPlain("tail", host.Info, status), collect.Options{
		Version: env.Version,
		Settle:  -1, // what is printed is delivered
	})
	if err != nil {
		return std.failure("tail", err)
	}
	c.Start()
	p := &printer{out: bufio.NewWriterSize(std.out, 1<<16), left: o.limit}
	err = follow(ctx, c, p, status, o.once)
	status.end()
	c.Stop()
	if err != nil {
		return std.failure("tail", err)
	}
	return exitOK
}

// follow prints what comes until ctx ends, the limit is reached, or once all is read.
func follow(ctx context.Context, c *collect.Collector, p *printer, status *statusLine, once bool) error {
	const pause = 100 * time.Millisecond
	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	for ctx.Err() == nil {
		caughtUp := c.CaughtUp()
		err := c.HandOver(pause, p.print)
		if errors.Is(err, collect.ErrEnough) {
			return p.failed
		}
		if p.failed != nil {
			return p.failed
		}
		status.show(p.count, c.Progress())
		if once && caughtUp {
			return nil
		}
		select {
		case <-ctx.Done():
		case <-ticker.C:
		}
	}
	return nil
}

// printer writes records as JSON lines.
type printer struct {
	out    *bufio.Writer
	line   []byte
	left   int // records still to be printed; 0 is no limit
	count  int
	failed error
}

// print writes the records of one hand-over. When the limit cuts it off, or the output fails, the whole
// hand-over counts as not delivered: with a state file, the next call prints it again.
func (p *printer) print(records []byte) error {
	for len(records) > 0 {
		line, rest, err := record.AppendJSON(p.line[:0], records)
		if err != nil {
			return fmt.Errorf("print record: %w", err)
		}
		p.line, records = line, rest
		_, p.failed = p.out.Write(append(p.line, '\n'))
		p.count++
		if p.left > 0 && p.count == p.left {
			p.failed = errors.Join(p.failed, p.out.Flush())
			return collect.ErrEnough
		}
	}
	if p.failed = errors.Join(p.failed, p.out.Flush()); p.failed != nil {
		p.failed = fmt.Errorf("write to stdout: %w", p.failed)
		return collect.ErrEnough
	}
	return nil
}

// statusLine keeps one line at the bottom of a terminal that is rewritten in place; on anything else it
// only passes log lines on.
type statusLine struct {
	w        io.Writer
	terminal bool
	shown    bool
	next     time.Time
}

func newStatusLine(w io.Writer) *statusLine {
	s := &statusLine{w: w}
	if f, ok := w.(*os.File); ok {
		info, err := f.Stat()
		s.terminal = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return s
}

// clearLine returns to the line's begin and clears it.
const clearLine = "\r\x1b[K"

// Write passes a log line on, above the status line.
func (s *statusLine) Write(b []byte) (int, error) {
	if s.shown {
		s.shown = false
		if _, err := io.WriteString(s.w, clearLine); err != nil {
			return 0, err
		}
	}
	return s.w.Write(b)
}

func (s *statusLine) show(count int, streams []collect.Progress) {
	now := time.Now()
	if !s.terminal || now.Before(s.next) {
		return
	}
	s.next = now.Add(time.Second)
	line := fmt.Sprintf("%d events", count)
	for _, p := range streams {
		line += " | " + p.Stream + ": "
		switch {
		case p.Refused:
			line += "refused"
		case !p.Known:
			line += "no answer yet"
		case p.Uncovered > p.Behind:
			line += fmt.Sprintf("%s to go", time.Duration(p.Uncovered)*time.Second)
		default:
			line += "complete up to " + time.Unix(p.CoveredUntil, 0).UTC().Format(time.TimeOnly) + " UTC"
		}
	}
	write(s.w, clearLine+line)
	s.shown = true
}

// end leaves the terminal with a clean line.
func (s *statusLine) end() {
	if s.shown {
		write(s.w, clearLine)
	}
}
