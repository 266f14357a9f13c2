package collect

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"time"

	"fluent-bit-openai-audit/internal/host"
	"fluent-bit-openai-audit/internal/openai"
	"fluent-bit-openai-audit/internal/record"
	"fluent-bit-openai-audit/internal/state"
)

// refusedFirst and refusedCap bound how long a stream that the API refuses is left alone.
const (
	refusedFirst = 15 * time.Minute
	refusedCap   = 6 * time.Hour
)

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
	for {
		begun := time.Now()
		fresh, err := c.poll(ctx, s)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && c.refuses(s, err):
			if err := c.contact(ctx, s); err != nil {
				return err
			}
			continue
		case err != nil:
			c.journal.Repeat(host.Warn, "poll/"+s.name, "%s stream: the poll was broken off and is begun again: %v", s.name, err)
		default:
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

// contact asks for a single event until the API answers: it tells the server's clock, by which
// start_from is reckoned, and whether the stream is served at all.
func (c *Collector) contact(ctx context.Context, s *stream) error {
	var dec record.Decoder
	wait := refusedFirst
	for {
		a, err := c.fetch(ctx, s, openai.Live, s.query(0, 0, 1), &dec)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		pause := wait
		switch {
		case err == nil:
			c.begin(s, a)
			a.response.Release()
			return nil
		case c.refuses(s, err):
			if s.tenant && len(c.book.streams) > 1 && !c.serves(streamOrganization) {
				pause = time.Minute // the key itself may be at fault: that can change any time
				break
			}
			wait = min(2*wait, refusedCap)
		default:
			c.journal.Repeat(host.Warn, s.name+"/contact", "%s stream: first contact failed and is tried again: %v", s.name, err)
			pause = c.cfg.PollInterval
		}
		if err := openai.Wait(ctx, pause); err != nil {
			return err
		}
	}
}

// refuses reports whether an error means that the API does not serve the stream to this key, and says so.
// In scope all that costs the organization stream nothing.
func (c *Collector) refuses(s *stream, err error) bool {
	var apiErr *openai.Error
	if !errors.As(err, &apiErr) || apiErr.Kind != openai.QueryRejected && apiErr.Kind != openai.KeyRejected {
		return false
	}
	c.book.setRefused(s, true)
	if s.tenant && len(c.book.streams) > 1 {
		c.journal.Once(host.Warn, "refused/"+s.name, "the API refuses the tenant stream: %v; the organization stream goes on, "+
			"and the tenant stream is tried again at long intervals%s", apiErr, remedy(apiErr))
		return true
	}
	c.journal.Repeat(host.Error, "refused/"+s.name, "the API refuses the %s stream: %v; nothing is fetched until that changes, "+
		"it is tried again%s", s.name, apiErr, remedy(apiErr))
	return true
}

// serves reports whether the API is known to serve a stream.
func (c *Collector) serves(name string) bool {
	for _, s := range c.book.streams {
		if s.name == name {
			return c.book.isServed(s)
		}
	}
	return false
}

// begin takes up a stream when its first answer has come.
func (c *Collector) begin(s *stream, a answer) {
	c.journal.Over("refused/"+s.name, "the API serves the %s stream now", s.name)
	now := a.before
	if now == 0 {
		now = c.clock.now() // neither a Date nor an event: this machine's clock is all there is
	}
	start, first := c.book.begin(s, now, c.cfg.StartFrom.At(now))
	c.answered.Do(func() { close(c.firstAnswer) })
	switch {
	case !first:
	case len(a.page.Events) == 0 && !s.tenant:
		c.journal.Warnf("the API lists no event at all: an idle organization looks like that, and so does one whose audit "+
			"logging is off; an owner switches it on in the organization's settings (Data controls, Audit logging). "+
			"Fetching from %s on", stamp(start))
	default:
		c.journal.Infof("%s stream: fetching from %s on", s.name, stamp(start))
	}
}

func stamp(t int64) string {
	if t <= 0 {
		return "the beginning"
	}
	return time.Unix(t, 0).UTC().Format(time.RFC3339)
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
