package auditlog

import (
	"math"
	"slices"
	"time"

	"fluent-bit-openai-audit/internal/delivery"
	"fluent-bit-openai-audit/internal/source"
	"fluent-bit-openai-audit/internal/state"
)

// endOfTime is later than any event.
const endOfTime = math.MaxUint32

// clockSlack is by how many seconds the server's clock may go back before that is taken for a correction: several servers
// answer, and each has its own.
const clockSlack = 120

// begin takes up a stream when a poll's first answer has come. One that the state file does not know starts at start_from,
// which is saved at once.
func (c *Collector) begin(s *stream, a answer) {
	now := a.before
	if now == 0 {
		now = c.Clock.Now() // neither a Date nor an event: this machine's clock is all there is
	}
	start := c.Config.StartFrom.At(now)
	c.Answered()
	c.mu.Lock()
	defer c.mu.Unlock()
	s.refused = false
	if !s.known {
		s.known, s.started = true, now
		if !s.rec.Begun() {
			s.rec.Start = max(0, min(start, now))
			c.Journal.Infof("%s stream: fetching from %s on", s.name, source.Stamp(s.rec.Start))
			s.rec.Swept = max(1, now) // a sweep reads again from a window before the last one: all that is listed late from now on
			c.revise(s, func(rec *state.Stream) {
				rec.Start, rec.Swept, rec.Identity = s.rec.Start, s.rec.Swept, s.rec.Identity
			})
		} else if start < s.rec.Start-clockSlack {
			s.rec.Start = max(0, start)
			c.Journal.Infof("%s stream: start_from reaches further back than the state file: what it adds is fetched, from %s on",
				s.name, source.Stamp(s.rec.Start))
			c.revise(s, func(rec *state.Stream) { rec.Start = s.rec.Start })
		}
	}
	c.wake()
}

// mark puts what is known of a stream. The caller holds mu.
func (c *Collector) mark(s *stream) { c.Delivery.Mark(s.name, s.rec.Clone()) }

// revise changes what is saved of a stream and on its way to be. The caller holds mu, and changes s.rec likewise.
func (c *Collector) revise(s *stream, f func(*state.Stream)) {
	c.Delivery.Revise(s.name, func(m delivery.Mark) delivery.Mark {
		rec, ok := m.(*state.Stream)
		if !ok {
			rec = s.rec.Blank()
		}
		rec = rec.Clone()
		f(rec)
		return rec
	})
}

// owe notes that covered time is to be read again, from now on: what walks under way have read of it is not enough. Time
// whose ids may have left the file is not read again: all of it would be delivered twice. The caller holds mu.
func (s *stream) owe(span state.Span) {
	span.From = max(span.From, s.rec.Forgotten)
	if span.Empty() {
		return
	}
	s.rec.Owe(span)
	s.outdate(span)
}

// outdate has walks under way leave out a span at their end. The caller holds mu.
func (s *stream) outdate(span state.Span) {
	for _, w := range s.under {
		w.stale = w.stale.Add(span)
	}
}

// cover notes that a window was walked to its end. The caller holds mu.
func (s *stream) cover(w *window, span state.Span) {
	for _, part := range w.stale.Holes(span) {
		s.rec.Covered = s.rec.Covered.Add(part)
		s.rec.Owed = s.rec.Owed.Remove(part)
	}
}

// takeBack notes that the server's clock was ahead when polls covered time that had not come: what lies beyond the newest
// event is not known, and they read back less far than they should. It applies to the file at once. The caller holds mu.
func (c *Collector) takeBack(s *stream, now int64) {
	wrong := state.Span{From: max(s.rec.Forgotten, min(now, s.rec.Newest+1)), To: endOfTime}
	missed := state.Span{From: max(s.rec.Forgotten, now-2*c.overlap(s)-(s.rec.Polled-now)), To: wrong.From}
	undo := func(rec *state.Stream) {
		rec.Covered, rec.Owed = rec.Covered.Remove(wrong), rec.Owed.Remove(wrong)
		rec.Polled, rec.Swept, rec.Newest = min(rec.Polled, now), min(rec.Swept, now), min(rec.Newest, now)
		rec.Overlap = 0 // by such a clock all events looked late
		rec.Owe(missed)
	}
	undo(s.rec)
	s.outdate(wrong)
	s.outdate(missed)
	s.soften(wrong)
	c.revise(s, undo)
}

// startPoll begins a poll at second now of the server's clock, as far as it is known: before the first answer, by this
// machine's.
//
// It reads from an overlap before the last poll on. After a long gap it reads from an overlap before now on, so that new
// events do not wait for old ones: what lies between is left to the workers. Nor does it read where others walk, or where
// walks have failed: that is owed. And where the newest event is older than all this it reads from just after it on, so that a
// clock that is ahead hides nothing.
func (c *Collector) startPoll(s *stream, now int64) *window {
	c.mu.Lock()
	defer c.mu.Unlock()
	overlap := c.overlap(s)
	last := min(s.rec.Polled, now)
	w := &window{poll: true, want: last - overlap}
	gap := now-last > overlap+int64(gapSlack/time.Second)
	if gap {
		w.want = now - overlap
	}
	if !s.known {
		w.want -= clockSlack
	}
	w.want = max(w.want, s.rec.Start, 0)
	from := w.want
	if s.rec.Newest > 0 && !gap {
		from = max(s.rec.Start, min(from, s.rec.Newest+1))
	}
	for _, other := range s.under {
		from = max(from, other.span.To)
	}
	for _, h := range s.hard {
		from = max(from, h.span.To)
	}
	if gap && s.rec.Polled > 0 {
		s.owe(state.Span{From: max(s.rec.Start, last-overlap), To: w.want})
	}
	w.span = state.Span{From: from, To: endOfTime}
	s.under = append(s.under, w)
	if s.known {
		s.tip = from
		c.wake()
	}
	return w
}

// asked notes when a poll was asked, by its first answer, 0 where that is not known. It reports whether the poll reads all
// that it should.
func (c *Collector) asked(s *stream, w *window, begin int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	w.begin = begin
	if begin > 0 && s.rec.Polled > begin+clockSlack {
		c.takeBack(s, begin)
	}
	if s.rec.Polled == 0 { // until now only this machine's clock told where the first poll of all should begin
		w.want = s.rec.Start
		if begin > 0 {
			w.want = max(w.want, begin-c.overlap(s))
		}
		if off := w.span.From - w.want; (off > 0 || off < -2*clockSlack) && !s.again {
			s.again = true
			return false
		}
	}
	s.tip = max(w.span.From, s.rec.Start)
	if begin > 0 {
		s.tip = max(min(w.span.From, begin), s.rec.Start) // a clock that was ahead may have begun it in the future
	}
	c.wake()
	return true
}

// endPoll ends a poll. One that failed leaves what it should have read as a hole, or owed, to the workers, and the next
// one begins after it. One whose time is not known covers nothing: the next one reads the same again.
func (c *Collector) endPoll(s *stream, w *window, failed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.leave(s, w)
	if w.begin == 0 || !s.known {
		return
	}
	read := state.Span{From: max(w.span.From, s.rec.Start), To: w.begin}
	switch {
	case failed:
		s.harden(state.Span{From: min(w.want, read.From), To: read.To}, true)
		s.owe(state.Span{From: w.want, To: w.begin})
	default:
		s.cover(w, read)
		s.owe(state.Span{From: w.want, To: min(read.From, read.To)})
		s.polls++
	}
	s.rec.Polled = max(s.rec.Polled, w.begin)
	s.tip = s.rec.Polled
	c.startSweep(s)
	c.mark(s)
	c.wake()
}

// sweepMargin makes up for a server's clock that was ahead when the last sweep began, in seconds.
const sweepMargin = 600

// startSweep notes that covered time is to be read again for late events, when that is due: from a window before the last
// sweep on, so that what was listed up to a window late is found, however long ago that sweep was. The caller holds mu.
func (c *Collector) startSweep(s *stream) {
	if !c.Config.Sweeps() || time.Duration(s.rec.Polled-s.rec.Swept)*time.Second < c.Config.SweepInterval {
		return
	}
	window := int64(c.Config.SweepWindow / time.Second)
	span := state.Span{From: max(s.rec.Start, s.rec.Swept-window-sweepMargin), To: s.rec.Polled - c.overlap(s)}
	s.rec.Swept = s.rec.Polled
	s.owe(span)
	if !span.Empty() {
		c.Journal.Debugf("%s stream: %s to %s is read again for late events", s.name, source.Stamp(span.From), source.Stamp(span.To))
	}
}

// drop ends a poll that came to nothing; one that endPoll has ended is gone already.
func (c *Collector) drop(s *stream, w *window) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.leave(s, w)
	c.wake()
}

// leave takes a window off those under way. The caller holds mu.
func (c *Collector) leave(s *stream, w *window) {
	s.under = slices.DeleteFunc(s.under, func(other *window) bool { return other == w })
}

// wake tells idle workers to look for work again, if there is any. The caller holds mu.
func (c *Collector) wake() {
	now := time.Now()
	if slices.ContainsFunc(c.streams, func(s *stream) bool { return len(s.open(now)) > 0 }) {
		close(c.idle)
		c.idle = make(chan struct{})
	}
}
