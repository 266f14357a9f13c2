package collect

import (
	"time"

	"fluent-bit-openai-audit/internal/state"
)

// begin takes up a stream at second now of the server's clock. A stream that the state file does not
// know starts at start; first says whether that is so. The start in force is returned.
func (b *book) begin(s *stream, now, start int64) (from int64, first bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s.refused = false
	if s.known {
		b.wake()
		return s.rec.Start, false
	}
	s.known = true
	s.started = now
	if !s.rec.Begun() {
		first = true
		s.rec.Start = max(0, min(start, now))
		// A sweep re-reads a window before the last one: what is listed from now on is to be found.
		s.rec.Swept = now
		s.changed = true
	}
	s.floor = s.rec.Start
	s.sweepDue = time.Now()
	b.wake()
	return s.rec.Start, first
}

// newest returns the time of the newest event of the stream that was delivered; 0 when there is none.
func (b *book) newest(s *stream) int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return s.rec.Newest
}

// setRefused notes that the API does not serve the stream, until begin.
func (b *book) setRefused(s *stream) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s.refused = true
}

// pollFrom returns where a poll begins at second now of the server's clock, or later where that is not exact,
// and leaves what is older and not covered to the backfill.
//
// Ordinarily that is an overlap before the last poll, or just after the newest event if that is older:
// so a server whose clock was ahead for a while hides nothing. After a poll that failed it is not, since that may
// come of a page that the server always fails on. After a long gap it is an overlap before
// now, so that new events do not wait for old ones.
func (b *book) pollFrom(s *stream, now int64, exact bool) int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	last := s.rec.Polled
	if exact { // else it may be long ago
		last = min(last, now)
	}
	from := last - s.overlap
	switch {
	case now-last > s.overlap+int64(gapSlack/time.Second):
		// What this poll would have re-read is left to the backfill with the gap, and so is what polls that
		// failed have covered since. What the backfill has read before final, it read late enough.
		from = max(from, s.final, s.rec.Start)
		s.final = now - s.overlap
		s.reread(state.Span{From: from, To: s.final})
		from = s.final
	case s.rec.Newest > 0 && !s.broken:
		from = min(from, s.rec.Newest+1)
	}
	from = max(from, s.rec.Start)
	s.floor = from
	b.wake()
	return from
}

// polled ends a poll. exact says whether its begin is the server's time, or one that has come by then.
func (b *book) polled(s *stream, e *errand, sl *slice, failed, exact bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	// A poll whose time is not known covers nothing: the next one reads the same again.
	e.begin, e.failed, e.walked = sl.end, e.failed || failed || sl.end == 0, true
	s.broken = failed
	// A server whose clock went back cannot have covered what has not come yet.
	if exact && !e.failed && s.rec.Polled > e.begin+clockSlack {
		// Nor has it forgotten what it listed so long ago that ids have left the file.
		s.rec.Covered = s.rec.Covered.Remove(state.Span{From: max(e.begin, s.rec.Forgotten), To: endOfTime})
		s.rec.Polled = e.begin
		s.rec.Swept = min(s.rec.Swept, e.begin)
		s.changed = true
	}
	b.finish(s, e)
}

// clockSlack is how far the server's clock may go back before it is taken for a correction, since
// several servers answer and each has its own.
const clockSlack = 120

const endOfTime = 1 << 40

// sweepMargin makes up for a server's clock that was ahead when the last sweep began.
const sweepMargin = 600

// startSweep begins a sweep of the stream when one is due, and returns what it re-reads. It
// begins a window before the begin of the last complete one, so that what was listed up to a window
// late is found, however long ago that was.
func (b *book) startSweep(s *stream, interval time.Duration, window int64) state.Span {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	if s.sweep != nil || s.rec.Polled == 0 || now.Before(s.sweepDue) ||
		time.Duration(s.rec.Polled-s.rec.Swept)*time.Second < interval {
		return state.Span{}
	}
	s.sweepDue = now.Add(interval / 4) // at the earliest, should this one come to nothing
	region := state.Span{From: max(s.rec.Start, s.rec.Swept-window-sweepMargin), To: s.rec.Polled - s.overlap}
	s.sweep = &errand{begin: s.rec.Polled, sweep: true}
	// What is on its way to be covered was, at least in part, read before this.
	known := s.rec.Covered
	for _, span := range s.inflight {
		known = known.Add(span)
	}
	s.unswept = known.Intersect(state.Ledger{region})
	if region.Empty() {
		s.unswept = nil
	}
	b.sweepWalked(s)
	b.wake()
	return region
}
