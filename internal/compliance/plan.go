package compliance

import (
	"cmp"
	"slices"
	"time"

	"fluent-bit-openai-audit/internal/state"
)

// The bounds of a window, in seconds. Within them one is as long as a page of files takes.
const (
	shortestWindow = 1
	longestWindow  = 7 * 24 * 3600
)

// window is time that one walk lists.
type window struct {
	s    *stream
	span state.Span
}

// next returns the newest window that is to be listed and takes it; nil when there is none for now, and then in how long
// one may be.
func (c *Collector) next() (w *window, wait time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	wait = time.Hour
	for _, s := range c.streams {
		if !s.known || s.refused {
			continue
		}
		c.expire(s, c.Clock.Now())
		s.reopen(now)
		span, ok := s.newest(now, c.Clock.Now()-retention)
		if ok && (w == nil || span.To > w.span.To) {
			w = &window{s, span}
		}
		for _, h := range s.hard {
			if left := h.until.Sub(now); left > 0 {
				wait = min(wait, left)
			}
		}
		if left := s.shut.until.Sub(now); left > 0 {
			wait = min(wait, left)
		}
	}
	if w != nil {
		w.s.under = append(w.s.under, w.span)
	}
	return w, wait
}

// newest returns the newest window of a stream that is to be listed. Where much short time is to be listed, one window lists
// what is covered between it, too. The caller holds mu.
func (s *stream) newest(now time.Time, kept int64) (span state.Span, ok bool) {
	within := state.Span{From: max(s.rec.Start, kept), To: s.tip}
	if within.Empty() {
		return span, false
	}
	busy := s.shut.seconds
	for _, u := range s.under {
		busy = busy.Add(u)
	}
	for _, h := range s.hard {
		if h.until.After(now) {
			busy = busy.Add(h.span)
		}
	}
	free := state.Ledger(busy.Holes(within))
	todo := s.rec.Wanted(within).Intersect(free)
	if len(todo) == 0 {
		return span, false
	}
	span = todo[len(todo)-1]
	i, _ := slices.BinarySearchFunc(free, span.To, func(f state.Span, to int64) int { return cmp.Compare(f.To, to) })
	least := max(span.To-s.length, free[i].From)
	for _, t := range slices.Backward(todo) {
		if t.To <= least {
			break
		}
		span.From = max(t.From, least)
	}
	return span, true
}

// adapt makes the next window about as long as lists a page. The caller holds mu.
func (s *stream) adapt(span state.Span, listed int) {
	switch {
	case listed > 150:
		s.length = span.Seconds() / 2
	case listed < 50 && span.Seconds() >= s.length:
		s.length *= 2
	}
	s.length = min(max(s.length, shortestWindow), longestWindow)
}

// cover notes that a span was listed to its end, and all its files read, but for those that end at the failed seconds, and at
// those that rest from having failed. The caller holds mu.
func (s *stream) cover(span state.Span, failed, resting []int64) {
	s.rec.Covered = s.rec.Covered.Add(span)
	s.rec.Owed = s.rec.Owed.Remove(span)
	again := state.Ledger{}.Add(span)
	for _, t := range failed {
		second := state.Span{From: t, To: t + 1}
		s.rec.Covered, again = s.rec.Covered.Remove(second), again.Remove(second)
		s.fail(second)
	}
	for _, t := range resting {
		second := state.Span{From: t, To: t + 1}
		s.rec.Covered, again = s.rec.Covered.Remove(second), again.Remove(second)
	}
	for _, good := range again {
		s.soften(good)
	}
}

// sweep begins to owe all that the API keeps, once a day. The caller holds mu.
func (s *stream) sweep(now int64) {
	if now-s.rec.Swept < sweepInterval {
		return
	}
	s.rec.Swept = now
	s.rec.Owe(state.Span{From: max(s.rec.Start, now-retention), To: s.tip})
}
