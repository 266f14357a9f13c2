package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"time"

	"fluent-bit-openai-audit/internal/collector"
	"fluent-bit-openai-audit/internal/delivery"
	"fluent-bit-openai-audit/internal/host"
	"fluent-bit-openai-audit/internal/source"
)

// followed is what tail asks of the one that collects.
type followed interface {
	// HandOver gives records to give, for at most budget.
	HandOver(budget time.Duration, give func(records []byte) error) error
	// Progress returns how far each stream is.
	Progress() []source.Progress
	// CaughtUp reports whether the log is read up to now.
	CaughtUp() bool
	// Refused returns the name of a stream that the API does not serve and that is not to be done without.
	Refused() string
	// KeyRefused returns the API's last answer to the key, once reading the key again did not help; nil when the key is
	// accepted, when nothing was answered yet, and for a stream that can be done without.
	KeyRefused() error
}

// refusal returns why the API does not let the log be read, which waiting alone does not mend.
func refusal(c followed) error {
	if stream := c.Refused(); stream != "" {
		return fmt.Errorf("the API refuses the %s stream", stream)
	}
	return c.KeyRefused()
}

// runTail reads the log until ctx ends or what options ask for is reached. Lines of the log go to
// stderr; when that is a terminal, so does a line that shows how far it is. It ends although nobody reads what it writes.
func runTail(ctx context.Context, o tailOptions, env Env, std streams) int {
	toTerminal := isTerminal(std.out)
	last, cancel := untilUnread(ctx)
	defer cancel()
	status := newStatusLine(&patientWriter{last: last, w: std.err}, isTerminal(std.err))
	std.out = &patientWriter{last: last, w: std.out}
	std.err = status.w
	c, err := collector.New(o.config, host.NewPlain("tail", host.Info, status.above(std.err)), source.Options{
		Version: env.Version, // and without a ring: what is printed is delivered
	})
	if err != nil {
		return std.failure("tail", err)
	}
	out := std.out
	if toTerminal {
		out = status.above(out)
	}
	p := &printer{out: bufio.NewWriterSize(out, 1<<16), limit: o.limit}
	c.Start()
	err = follow(ctx, c, p.print, func() { status.show(p.count, c.Progress()) }, o.once)
	status.end()
	c.Stop()
	if err != nil {
		return std.failure("tail", err)
	}
	return exitOK
}

// follow gives what comes to take, which returns delivery.ErrEnough when it wants no more, until ctx ends or, with once,
// all is read or cannot be. It calls show after each hand-over.
func follow(ctx context.Context, c followed, take func(records []byte) error, show func(), once bool) error {
	const pause = 100 * time.Millisecond
	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	for ctx.Err() == nil {
		caughtUp := c.CaughtUp()
		var ended error // why no more is taken
		give := func(records []byte) error {
			if ended = take(records); ended != nil {
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
		show()
		if once && caughtUp {
			return nil
		}
		if once {
			if err := refusal(c); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
		case <-ticker.C:
		}
	}
	return nil
}
