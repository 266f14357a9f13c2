package auditlog

import (
	"context"
	"errors"
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
	k := c.newWalker()
	shortest, longest := c.Config.PollBounds()
	pause := c.Config.PollInterval
	question, refusals := c.question(s, openai.Live), 0
	for {
		begun, key := time.Now(), c.Keys.Generation()
		err := c.poll(ctx, k, s)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, errAgain):
			continue // now that the server's clock is known
		case source.IsRefusal(err):
			refusals++
			c.mu.Lock()
			s.refused = true // until begin
			c.mu.Unlock()
			if err := c.Asker.LeaveAlone(ctx, question, refusals, err, key); err != nil {
				return err
			}
			continue
		case err != nil:
			c.Journal.Repeat(host.Warn, "poll/"+s.name, "%s stream: the poll was given up, what it did not read is read apart: %v%s",
				s.name, err, source.Remedy(err))
		default:
			refusals = 0
			c.Asker.Served(question)
			c.Journal.Over("poll/"+s.name, "%s stream: polls come to their end again", s.name)
		}
		if k.fresh > 0 {
			pause = max(shortest, pause/2)
		} else if err == nil {
			pause = min(longest, pause+pause/2)
		}
		if err := source.Rest(ctx, begun, pause); err != nil {
			return err
		}
	}
}

// poll walks the newest part of a stream: what is new, and an overlap of what was read before.
func (c *Collector) poll(ctx context.Context, k *walker, s *stream) error {
	w := c.startPoll(s, c.Clock.Told())
	defer c.drop(s, w) // whatever happens, a panic included
	o := k.run(ctx, s, w)
	switch {
	case o.err != nil && !isStuck(o.err):
		return o.err
	case o.err != nil && w.begin == 0: // its first page could not be read: what lists nothing tells when that was
		if a, err := c.nothing(ctx, s, openai.Live); err == nil { // else the poll is asked again
			c.begin(s, a)
			c.asked(s, w, a.before)
		}
	}
	c.endPoll(s, w, o.err != nil)
	if o.err == nil && w.begin > 0 {
		c.Counts.LastPoll.With(s.name).Set(float64(w.begin))
	}
	if o.err == nil && o.listed == 0 {
		c.sayEmpty(ctx, s)
	}
	return o.err
}
