package auditlog

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"fluent-bit-openai-audit/internal/host"
	"fluent-bit-openai-audit/internal/openai"
	"fluent-bit-openai-audit/internal/source"
)

// gapSlack is how much longer than an overlap the last poll may be ago before the time in between is
// left to the backfill, so that new events do not wait for old ones.
const gapSlack = 5 * time.Minute

// live keeps up with one stream: it polls at intervals. The first poll is the first contact.
func (c *Collector) live(ctx context.Context, s *stream) error {
	k := &walker{c: c, shaping: source.NewShaping(c.Shaper)}
	shortest, longest := c.cfg.PollBounds()
	pause := c.cfg.PollInterval
	refusals := 0
	for {
		begun, key := time.Now(), c.keys.Generation()
		err := c.poll(ctx, k, s)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, errAgain):
			continue // now that the server's clock is known
		case isRefusal(err):
			if err := c.refused(ctx, s, err, &refusals, key); err != nil {
				return err
			}
			continue
		case err != nil:
			c.journal.Repeat(host.Warn, "poll/"+s.name, "%s stream: the poll was given up, what it did not read is read apart: %v%s",
				s.name, err, source.Remedy(err))
		default:
			refusals = 0
			c.sayServed(s)
			c.journal.Over("poll/"+s.name, "%s stream: polls come to their end again", s.name)
		}
		if k.fresh > 0 {
			pause = max(shortest, pause/2)
		} else if err == nil {
			pause = min(longest, pause+pause/2)
		}
		// Jitter keeps many instances from asking all at once; an interval is a bound, so it only gets shorter.
		interval := time.Duration(float64(pause) * (0.9 + 0.1*rand.Float64())) //nolint:gosec // not a secret
		if err := openai.Wait(ctx, interval-time.Since(begun)); err != nil {
			return err
		}
	}
}

// refused says that a stream is refused, and leaves it alone for a while, longer each time, or until there is another key
// than that which was current before.
func (c *Collector) refused(ctx context.Context, s *stream, err error, refusals *int, key uint64) error {
	pause := refusalPause(*refusals)
	*refusals++
	c.setRefused(s)
	c.sayRefused(s, err, pause)
	return c.asker.WaitForKey(ctx, pause, key)
}

// began takes up a stream when a poll's first answer has come.
func (c *Collector) began(s *stream, a answer) {
	now := a.before
	if now == 0 {
		now = c.clock.Now() // neither a Date nor an event: this machine's clock is all there is
	}
	start, first := c.begin(s, now, c.cfg.StartFrom.At(now))
	c.Answered()
	if first {
		c.journal.Infof("%s stream: fetching from %s on", s.name, source.Stamp(start))
	}
}

// poll walks the newest part of a stream: what is new, and an overlap of what was read before.
func (c *Collector) poll(ctx context.Context, k *walker, s *stream) error {
	w := c.startPoll(s, c.clock.Told())
	ended := false
	defer func() {
		if !ended { // a panic is on its way up
			c.drop(s, w)
		}
	}()
	o := k.run(ctx, s, w)
	if isStuck(o.err) && w.begin == 0 {
		c.contact(ctx, s, w)
	}
	ended = true
	if o.err != nil && !isStuck(o.err) {
		c.drop(s, w)
		return o.err
	}
	c.endPoll(s, w, o.err != nil)
	if o.err == nil && w.begin > 0 {
		c.metrics.LastPoll.With(s.name).Set(float64(w.begin))
	}
	if o.err == nil && o.listed == 0 {
		c.sayEmpty(ctx, s)
	}
	return o.err
}

// contact finds out when a poll was asked whose first page could not be read, by a query that lists nothing: so what the poll
// should have read is left to the workers, and the next one begins after it. Where that fails too the poll is asked again.
func (c *Collector) contact(ctx context.Context, s *stream, w *window) {
	a, err := c.nothing(ctx, s, openai.Live)
	if err != nil {
		return // the poll's own error is said
	}
	c.began(s, a)
	c.asked(s, w, a.before)
}
