package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"time"

	"fluent-bit-openai-audit/internal/auditlog"
	"fluent-bit-openai-audit/internal/delivery"
	"fluent-bit-openai-audit/internal/host"
)

// runTail reads the log until ctx ends or what options ask for is reached. Lines of the log go to
// stderr; when that is a terminal, so does a line that shows how far it is.
func runTail(ctx context.Context, o tailOptions, env Env, std streams) int {
	status := newStatusLine(std.err, isTerminal(std.err))
	c, err := auditlog.New(o.config, host.NewPlain("tail", host.Info, status.above(std.err)), auditlog.Options{Version: env.Version}) // without a ring: what is printed is delivered
	if err != nil {
		return std.failure("tail", err)
	}
	out := std.out
	if isTerminal(out) {
		out = status.above(out)
	}
	p := &printer{out: bufio.NewWriterSize(out, 1<<16), limit: o.limit}
	c.Start()
	err = follow(ctx, c, p, status, o.once)
	status.end()
	c.Stop()
	if err != nil {
		return std.failure("tail", err)
	}
	return exitOK
}

// follow prints what comes until ctx ends, the limit is reached, or once all is read.
func follow(ctx context.Context, c *auditlog.Collector, p *printer, status *statusLine, once bool) error {
	const pause = 100 * time.Millisecond
	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	for ctx.Err() == nil {
		caughtUp := c.CaughtUp()
		var ended error // why no more is printed
		give := func(records []byte) error {
			if ended = p.print(records); ended != nil {
				return delivery.ErrEnough // any other error it would say, and that it tries again
			}
			return nil
		}
		switch err := c.HandOver(pause, give); {
		case errors.Is(ended, delivery.ErrEnough):
			return nil
		case ended != nil:
			return ended
		case err != nil:
			return err
		}
		status.show(p.count, c.Progress())
		if once && caughtUp {
			return nil
		}
		if stream := c.Refused(); once && stream != "" {
			return fmt.Errorf("the API refuses the %s stream", stream)
		}
		select {
		case <-ctx.Done():
		case <-ticker.C:
		}
	}
	return nil
}
