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
	// scouts is how many windows are under way in a stream while the last one has found nothing: empty time is no work to
	// be shared.
	scouts = 2
	// firstLength is how many seconds a window has while nothing is known of how dense the log is.
	firstLength = 24 * 3600
	// growth is how many times longer than the last one a window may be: so empty years cost a few requests.
	growth = 32
	// denser is how many times more than reckoned a walk takes before it stops, for its window to be cut anew.
	denser = 4
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
// and idle is closed when that may have changed; before that, something may come due by itself.
func (c *Collector) next(now time.Time) (s *stream, w *window, idle <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var best state.Span
	for _, other := range c.streams {
		if (other.rate == 0 || other.grows) && other.walked() >= scouts {
			continue
		}
		if open := other.open(now); len(open) > 0 && open[len(open)-1].To > best.To {
			s, best = other, open[len(open)-1]
		}
	}
	if s == nil {
		return nil, nil, c.idle
	}
	w = &window{span: best, guess: s.length == 0}
	if !s.unfiltered {
		var length int64
		length, w.most = c.size(s, now)
		w.span.From = max(w.span.From, w.span.To-length)
	}
	w.span = s.easy(w.span)
	if w.span.Seconds() == 1 {
		w.most = 0 // a second is not cut
	}
	s.under = append(s.under, w)
	return s, w, nil
}

// walked returns how many windows workers walk. The caller holds mu.
func (s *stream) walked() (n int) {
	for _, w := range s.under {
		if !w.poll {
			n++
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

// size returns how many seconds the next window is to have, and at how many events its walk is to stop. The caller holds mu.
func (c *Collector) size(s *stream, now time.Time) (length int64, most int) {
	if s.pages == 0 {
		s.pages = min(s.few(firstWalk), s.mostPages)
	}
	// A fifth of a page less, so that the last page is mostly not followed by one with a few events.
	events := func(pages int) float64 { return (float64(pages) - 0.2) * float64(c.Config.PageSize) }
	most = int(denser * events(s.pages))
	if s.length == 0 {
		return firstLength, most
	}
	length = growth * s.length
	if s.rate > 0 {
		left := int64(0)
		for _, span := range s.open(now) {
			left += span.Seconds()
		}
		// Towards the end the windows get smaller, so that all workers end together.
		mean := float64(s.listed) / float64(max(1, s.seconds))
		share := int(mean * float64(left) / float64((2*c.Config.Concurrency-1)*c.Config.PageSize))
		wanted := events(min(s.pages, max(share, leastPages, s.few(lastWalk))))
		// A log has its nights and its days: a quiet last window does not make the next one longer than the mean does.
		likely := max(1, int64(math.Ceil(wanted/max(s.rate, mean))))
		s.grows = length < likely
		length = min(length, likely)
	}
	return length, most
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
		s.length, s.rate = w.span.Seconds(), float64(o.listed)/float64(w.span.Seconds())
		s.listed, s.seconds = s.listed+int64(o.listed), s.seconds+w.span.Seconds()
		s.soften(w.span)
		s.cover(w, w.span)
		s.ended = true
		c.mark(s)
		c.Delivery.Soon()
	case errors.Is(o.err, errDense):
		s.length = max(1, w.span.Seconds()/denser)
		s.rate = float64(o.listed) / float64(max(1, o.newest-o.oldest))
	case errors.Is(o.err, context.Canceled):
	default:
		s.fails++
		s.harden(w.span, isStuck(o.err))
	}
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
