package compliance

import (
	"cmp"
	"context"
	"time"

	"fluent-bit-openai-audit/internal/delivery"
	"fluent-bit-openai-audit/internal/host"
	"fluent-bit-openai-audit/internal/openai"
	"fluent-bit-openai-audit/internal/source"
	"fluent-bit-openai-audit/internal/state"
)

const (
	// gapSlack is how much longer than an overlap the last poll may be ago, in seconds, before the time in between is left to
	// the workers, so that new files do not wait for old ones.
	gapSlack = 15 * 60
	// edge is how much of the month that the API keeps is left out where a first run begins, in seconds: it is gone before it
	// can be read.
	edge = 10 * 60
)

// live keeps up with one stream: it polls at intervals. The first poll is the first contact.
func (c *Collector) live(ctx context.Context, s *stream) error {
	k := c.newFetcher(s, delivery.Live)
	question, refusals := source.Question{Name: s.name, Kind: "stream"}, 0
	for {
		begun, key := time.Now(), c.Keys.Generation()
		err := c.poll(ctx, s, k)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case source.IsRefusal(err):
			refusals++
			c.refuse(s)
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
		if err := source.Rest(ctx, begun, c.cfg.PollInterval); err != nil {
			return err
		}
	}
}

func (c *Collector) refuse(s *stream) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s.refused = true
}

// poll lists the newest part of a stream, what is new and an overlap, and reads what is not known.
func (c *Collector) poll(ctx context.Context, s *stream, k *fetcher) error {
	from := c.startPoll(s)
	begin := int64(0)
	files, odd, err := c.list(ctx, s, openai.Live, from, 0, func(before int64) { begin = c.begin(s, from, before) })
	if begin == 0 { // the first page did not come
		return err
	}
	fresh, resting, unread := c.unknown(s, files)
	c.late(s, fresh)
	failed, barred, unhad := k.all(ctx, fresh)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err == nil {
		err = cmp.Or(unread, unhad)
	}
	c.endPoll(s, state.Span{From: max(from, s.start()), To: begin}, append(failed, odd...), append(resting, barred...), err == nil)
	if err == nil {
		c.Counts.LastPoll.With(s.name).Set(float64(begin))
	}
	return err
}

// startPoll returns from where on a poll lists: an overlap before the last one, or, after a long gap, before now. Where
// workers list it does not.
func (c *Collector) startPoll(s *stream) int64 {
	now := c.Clock.Told()
	c.mu.Lock()
	defer c.mu.Unlock()
	from := min(s.rec.Polled, now) - s.overlap
	if s.rec.Polled > 0 && now-s.rec.Polled > s.overlap+gapSlack {
		s.rec.Owe(state.Span{From: s.rec.Polled - s.overlap, To: s.rec.Polled}) // for what was listed late meanwhile
	}
	if now-s.rec.Polled > s.overlap+gapSlack {
		from = now - s.overlap
	}
	from = max(from, s.tip, s.rec.Start)
	for _, u := range s.under {
		from = max(from, u.To)
	}
	return max(from, 1)
}

// begin takes a poll up when its first page has come, and returns when it was asked for, as far as anything tells that.
func (c *Collector) begin(s *stream, from, before int64) int64 {
	now := before
	if now == 0 {
		now = c.Clock.Now() // neither a Date nor a file: this machine's clock is all there is
	}
	c.Answered()
	c.mu.Lock()
	defer c.mu.Unlock()
	s.refused, s.tip = false, from
	if !s.known {
		s.known, s.started = true, now
		c.setStart(s, now)
	}
	c.expire(s, now)
	c.wake()
	return now
}

// setStart takes up a stream at second now of the server's clock. One that the state file does not know starts at start_from,
// or where the API's month begins. The caller holds mu.
func (c *Collector) setStart(s *stream, now int64) {
	start := max(1, min(c.cfg.StartFrom.At(now), now))
	if kept := now - retention; start < kept+edge {
		if start < kept && !s.rec.Begun() {
			c.Journal.Warnf("%s stream: start_from (%s) reaches further back than the 30 days that the API keeps: what ended before %s cannot be "+
				"had, a gap that nothing closes", s.name, c.cfg.StartFrom, stamp(kept))
		}
		start = kept + edge
	}
	switch {
	case !s.rec.Begun():
		c.Journal.Infof("%s stream: reading files that end from %s on", s.name, stamp(start))
		s.rec.Start, s.rec.Swept = start, max(1, now)
	case start < s.rec.Start-gapSlack:
		c.Journal.Infof("%s stream: start_from reaches further back than the state file: what it adds is read, from %s on", s.name, stamp(start))
		s.rec.Start = start
	default:
		return
	}
	c.revise(s, func(rec *state.Stream) { rec.Start, rec.Swept = s.rec.Start, s.rec.Swept })
}

// start returns from where on time is wanted.
func (s *stream) start() int64 { return s.rec.Start }

// endPoll notes that a poll has come to its end, or was given up: then what it listed is left to workers, and to the next
// one.
func (c *Collector) endPoll(s *stream, span state.Span, failed, resting []int64, whole bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s.rec.Polled = max(s.rec.Polled, span.To)
	if whole {
		s.polls++
		if !span.Empty() {
			s.cover(span, failed, resting)
		}
	}
	s.sweep(span.To)
	c.mark(s)
	c.wake()
}

// late measures how long after its end a file that a poll found was first seen.
func (c *Collector) late(s *stream, files []listed) {
	now := c.Clock.Now()
	c.mu.Lock()
	started := s.started
	c.mu.Unlock()
	for _, f := range files {
		if f.end >= started { // others were there before: when they were listed is not known
			c.Counts.Lateness.With(s.name).Observe(float64(max(0, now-f.end)))
		}
	}
}
