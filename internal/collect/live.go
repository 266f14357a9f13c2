package collect

import (
	"context"
	"math"
	"math/rand/v2"
	"time"

	"fluent-bit-openai-audit/internal/host"
	"fluent-bit-openai-audit/internal/openai"
	"fluent-bit-openai-audit/internal/record"
	"fluent-bit-openai-audit/internal/state"
)

// contactPause is the longest pause between attempts of a first contact that fails.
const contactPause = time.Minute

// gapSlack is how much longer than an overlap the last poll may be ago before the time in between is
// left to the backfill, so that new events do not wait for old ones.
const gapSlack = 5 * time.Minute

// live keeps up with one stream: a first contact, then polls at intervals.
func (c *Collector) live(ctx context.Context, s *stream) error {
	if err := c.contact(ctx, s); err != nil {
		return err
	}
	shortest, longest := c.cfg.PollBounds()
	pause := c.cfg.PollInterval
	refusals := 0
	for {
		begun := time.Now()
		fresh, err := c.poll(ctx, s)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case isRefusal(err):
			if err := c.refused(ctx, s, err, &refusals); err != nil {
				return err
			}
			if err := c.contact(ctx, s); err != nil {
				return err
			}
			continue
		case err != nil:
			c.journal.Repeat(host.Warn, "poll/"+s.name, "%s stream: the poll was broken off and is begun again: %v", s.name, err)
		default:
			refusals = 0
			c.sayServed(s)
			c.journal.Over("poll/"+s.name, "%s stream: polls come to their end again", s.name)
		}
		c.startSweep(s)
		if fresh > 0 {
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

// refused says that a stream is refused, and leaves it alone for a while, longer each time.
func (c *Collector) refused(ctx context.Context, s *stream, err error, refusals *int) error {
	pause := refusalPause(*refusals)
	*refusals++
	c.book.setRefused(s)
	c.sayRefused(s, err, pause)
	return openai.Wait(ctx, pause)
}

// contact asks for a single event until the API answers: it tells the server's clock, by which
// start_from is reckoned, and whether the stream is served at all.
func (c *Collector) contact(ctx context.Context, s *stream) error {
	var dec record.Decoder
	refusals := 0
	for {
		a, err := c.fetch(ctx, s, openai.Live, s.query(0, 0, 1), &dec)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil:
			c.begin(ctx, s, a)
			a.response.Release()
			return nil
		case isRefusal(err):
			err = c.refused(ctx, s, err, &refusals)
		default:
			pause := min(c.cfg.PollInterval, contactPause)
			c.journal.Repeat(host.Warn, s.name+"/contact", "%s stream: first contact failed and is tried again in %s: %v%s",
				s.name, pause, err, remedy(err))
			err = openai.Wait(ctx, pause)
		}
		if err != nil {
			return err
		}
	}
}

// begin takes up a stream when its first answer has come.
func (c *Collector) begin(ctx context.Context, s *stream, a answer) {
	now := a.before
	if now == 0 {
		now = c.clock.now() // neither a Date nor an event: this machine's clock is all there is
	}
	start, first := c.book.begin(s, now, c.cfg.StartFrom.At(now))
	c.answered.Do(func() { close(c.firstAnswer) })
	if first {
		c.journal.Infof("%s stream: fetching from %s on", s.name, stamp(start))
	}
	if len(a.page.Events) == 0 && !s.tenant && c.book.newest(s) == 0 {
		c.sayEmpty(ctx, s)
	}
}

// poll walks the newest part of a stream: what is new, and an overlap of what was read before. It returns
// how many events were not known.
func (c *Collector) poll(ctx context.Context, s *stream) (fresh int, err error) {
	now, exact := c.clock.told()
	from := c.book.pollFrom(s, now, exact)
	e := &errand{}
	w := &walk{
		c: c, s: s, lane: openai.Live, live: true, reread: true,
		sl: &slice{span: state.Span{From: from}, rest: state.Span{From: from, To: math.MaxInt64}, errand: e},
	}
	err = w.run(ctx)
	c.book.polled(s, e, w.sl, err != nil, exact)
	if err == nil && e.begin > 0 {
		c.metrics.LastPoll.With(s.name).Set(float64(e.begin))
	}
	return w.fresh, err
}

// startSweep begins a sweep when one is due.
func (c *Collector) startSweep(s *stream) {
	if !c.cfg.Sweeps() {
		return
	}
	if span := c.book.startSweep(s, c.cfg.SweepInterval, int64(c.cfg.SweepWindow/time.Second)); !span.Empty() {
		c.journal.Debugf("%s stream: sweeping %s to %s for late events", s.name, stamp(span.From), stamp(span.To))
	}
}
