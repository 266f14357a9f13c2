package auditlog

import (
	"context"
	"errors"
	"math"
	"time"

	"fluent-bit-openai-audit/internal/source"
	"fluent-bit-openai-audit/internal/state"
)

const (
	// fewPages and mostPages are how many pages a window is to have: few after a start, so that a process that is killed
	// every few seconds still gets on, and faster times as many whenever one was saved; few at the end, where all workers
	// share what is left.
	fewPages, mostPages, faster = 12, 50, 4
	// firstWalk and lastWalk are how long the walk of few pages may take: where the API is slow they are fewer still, but
	// leastPages at the end, since each window costs the half of one.
	firstWalk, lastWalk = time.Second, 500 * time.Millisecond
	leastPages          = 5
	// firstLength is how many seconds a window has while nothing is known of how dense the log is, and firstWindows how many
	// there are then.
	firstLength, firstWindows = 24 * 3600, 2
	// growth is how many times more time than was walked may be under way: so empty years cost a few requests, and little is
	// asked for by what little told.
	growth = 32
	// denser is how many times more than reckoned a walk takes before it stops, for its window to be cut anew.
	denser = 4
	// leastTime is in how many seconds the events of a walk are said to lie that stopped in a single second, which may hold any
	// number.
	leastTime = 1.0 / 16
	// surveyPages is how many pages tell that.
	surveyPages = 3
	// failing is how many more windows may fail than come to their end before they are walked one at a time, with pauses
	// of up to restCap, and elsewhere first: more than it takes to halve fifty years down to one second.
	failing = 32
	restCap = 30 * time.Second
	// retryBase and retryCap bound how long time is left alone whose walk has failed and that cannot be halved.
	retryBase, retryCap = 5 * time.Second, 10 * time.Minute
)

// next returns the next window to be walked, and of which stream: of all that is missing or owed the newest part, so that
// streams are read back in step. (An id stays in the file until all streams have covered its time.) Without one, w is nil
// and idle is closed when that may have changed; by itself it may change within pause.
func (c *Collector) next(now time.Time) (s *stream, w *window, idle <-chan struct{}, pause time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	pause = time.Minute
	for _, other := range c.streams {
		if len(other.hard) > 0 || other.fails > failing {
			pause = time.Second // it is left alone for a while
		}
		open := other.open(now)
		if len(open) == 0 || w != nil && open[len(open)-1].To <= w.span.To {
			continue
		}
		if cut := c.cut(other, open); cut != nil {
			s, w = other, cut
		}
	}
	if w == nil {
		return nil, nil, c.idle, pause
	}
	w.span = s.easy(w.span)
	if w.span.Seconds() == 1 {
		w.most = 0 // a second is not cut
	}
	s.under = append(s.under, w)
	return s, w, nil, 0
}

// walked returns how many seconds workers walk. The caller holds mu.
func (s *stream) walked() (n int64) {
	for _, w := range s.under {
		if !w.poll {
			n += w.span.Seconds()
		}
	}
	return n
}

// open returns the time that is to be walked and that nobody walks, oldest first.
func (s *stream) open(now time.Time) (out []state.Span) {
	often := s.fails > failing
	if !s.known || s.refused || often && (s.rest.After(now) || s.walked() > 0) {
		return nil
	}
	wanted := s.rec.Wanted(state.Span{From: s.rec.Start, To: s.tip})
	for _, w := range s.under {
		wanted = wanted.Remove(w.span)
	}
	elsewhere := wanted
	for _, h := range s.hard {
		elsewhere = elsewhere.Remove(h.span)
		if h.until.After(now) {
			wanted = wanted.Remove(h.span)
		}
	}
	if often && len(elsewhere) > 0 {
		return elsewhere
	}
	return wanted
}

// cut returns the newest window of what is open in a stream; nil when it is to wait for those under way. The caller holds mu.
func (c *Collector) cut(s *stream, open []state.Span) *window {
	w := &window{span: open[len(open)-1], guess: s.length == 0}
	if s.unfiltered {
		return w
	}
	var length int64
	length, w.most = c.size(s, open)
	walked := s.walked()
	room := max(growth*s.seconds, firstWindows*firstLength) - walked
	switch {
	case !s.quiet.Empty() && s.quiet.To == w.span.To && s.quiet.From > w.span.From:
		w.span, w.quiet = s.quiet, true
	case room <= 0, s.rate > 0 && length > room && walked > 0:
		return nil
	default:
		if length = min(length, room); length+length/4 < w.span.Seconds() { // the little that would be left is no window of its own
			w.span.From = w.span.To - length
		}
	}
	return w
}

// size returns how many seconds the next window is to have, and at how many events its walk is to stop. The caller holds mu.
func (c *Collector) size(s *stream, open []state.Span) (length int64, most int) {
	if s.pages == 0 {
		s.pages = min(s.few(firstWalk), s.mostPages)
	}
	// A fifth of a page less, so that the last page is mostly not followed by one with a few events.
	events := func(pages int) float64 { return (float64(pages) - 0.2) * float64(c.Config.PageSize) }
	most = int(denser * events(s.pages))
	switch {
	case s.length == 0:
		return firstLength, most
	case s.rate == 0:
		return endOfTime, max(1, most/denser) // as much as there is room for, as long as it is as empty
	}
	left := int64(0)
	for _, span := range open {
		left += span.Seconds()
	}
	// Towards the end the windows get smaller, so that all workers end together.
	mean := float64(s.listed) / float64(max(1, s.seconds))
	share := int(mean * float64(left) / float64((3*c.Config.Concurrency/2)*c.Config.PageSize))
	wanted := events(min(s.pages, max(share, leastPages, s.few(lastWalk))))
	// A log has its nights and its days: a quiet last window does not make the next one longer than the mean does.
	return max(1, int64(math.Ceil(wanted/max(s.rate, mean)))), most
}

// paced notes how long a page took, whatever it waited for.
func (c *Collector) paced(s *stream, took time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s.pace == 0 {
		s.pace = took
	}
	s.pace += (took - s.pace) / 4
}

// few returns how many pages a window is to have whose walk is not to take longer than most. The caller holds mu.
func (s *stream) few(most time.Duration) int {
	return max(1, min(fewPages, int(most/max(s.pace, 1))))
}

// easy returns the newest part of a span that crosses no edge of hard time. The caller holds mu.
func (s *stream) easy(span state.Span) state.Span {
	for _, h := range s.hard {
		for _, edge := range [...]int64{h.span.From, h.span.To} {
			if edge < span.To {
				span.From = max(span.From, edge)
			}
		}
	}
	return span
}

// outcome is how the walk of a window ended.
type outcome struct {
	listed         int   // events
	oldest, newest int64 // times of those; 0 when there were none
	top            int64 // time of the newest on the last page with any
	outside        bool  // some were not asked for
	err            error // nil when it came to its end; errDense, *stuck, a refusal, or the context's
}

// done ends a window of a worker.
func (c *Collector) done(s *stream, w *window, o outcome) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.leave(s, w)
	defer c.wake()
	switch {
	case o.err == nil:
		s.fails = max(0, s.fails-2)
		s.unfiltered = o.outside
		s.listed, s.seconds = s.listed+int64(o.listed), s.seconds+w.span.Seconds()
		s.soften(w.span)
		s.cover(w, w.span)
		s.measured(w.span, o.listed)
		s.ended = true
		c.mark(s)
		c.Delivery.Soon()
	case errors.Is(o.err, errDense):
		s.at, s.length = o.top+1, max(1, w.span.Seconds()/denser)
		s.rate = float64(o.listed) / max(float64(o.newest-o.oldest), leastTime)
		if s.quiet = (state.Span{From: o.top + 1, To: w.span.To}); w.quiet {
			s.quiet = state.Span{} // it was not: the listing is not newest first
		}
	case errors.Is(o.err, context.Canceled):
	default:
		s.fails++
		s.harden(w.span, isStuck(o.err))
	}
}

// measured notes how dense the log was in a window, if nothing was measured that lies nearer to what is walked next. Windows under
// way end in any order: one of a busy day says nothing of the empty years that were reached meanwhile. The caller holds mu.
func (s *stream) measured(span state.Span, events int) {
	if open := s.open(time.Now()); s.length > 0 && len(open) > 0 {
		if next := open[len(open)-1].To; max(span.From-next, next-span.From) >= max(s.at-next, next-s.at) {
			return
		}
	}
	s.at, s.length, s.rate = span.From, span.Seconds(), float64(events)/float64(span.Seconds())
}

// harden notes that a walk has failed. What is stuck is halved at once, and waits at one second only; what was refused waits,
// and is halved when that happens again. Covered time stays covered, and owed. The caller holds mu.
func (s *stream) harden(span state.Span, stuck bool) {
	if span.Empty() {
		return
	}
	h, second := hard{span: span, tries: 1}, span.Seconds() == 1
	for _, old := range s.hard {
		if old.span == span {
			h.tries = old.tries + 1
		}
	}
	if !stuck || second {
		h.until = time.Now().Add(source.Doubled(retryBase, h.tries-1, retryCap))
	}
	if s.fails > failing {
		s.rest = time.Now().Add(source.Doubled(retryBase, s.fails-failing-1, restCap))
	}
	s.soften(span)
	if second || !stuck && h.tries == 1 {
		s.hard = append(s.hard, h)
		return
	}
	middle := span.To - span.Seconds()/2
	s.hard = append(s.hard, hard{state.Span{From: middle, To: span.To}, h.until, 0}, hard{state.Span{From: span.From, To: middle}, h.until, 0})
}

// soften takes a span off the hard time.
func (s *stream) soften(span state.Span) {
	var out []hard
	for _, h := range s.hard {
		for _, rest := range (state.Ledger{span}).Holes(h.span) {
			part := h
			part.span = rest
			out = append(out, part)
		}
	}
	s.hard = out
}
