package collect

import (
	"math"
	"time"

	"fluent-bit-openai-audit/internal/state"
)

// worthSplitting is how many pages a slice must have left, by what was seen of it so far, before another
// worker takes over a half of it: each split costs about half a page.
const worthSplitting = 6

// slicePages is how many pages of events a walk is to take at a time. What is estimated to hold more than
// twice that is cut, and the rest is a hole again: so workers stay together, and the log is read back with
// the newest first, all streams in step. (An id stays in the state file until all streams have covered its
// time: if they were far apart, the file would grow with the backlog.)
const slicePages = 100

// sliceSeconds is how much time a walk takes at least: a second is not cut, so that a few that hold very many
// events are better shared out by halves.
const sliceSeconds = 10

// surveyPages is how many pages of a slice tell how many events it holds well enough to cut it.
const surveyPages = 3

// deferBase and deferCap bound how long a hole is left alone after its walk failed.
const (
	deferBase = 5 * time.Second
	deferCap  = 10 * time.Minute
)

// slice is a range of time that one worker walks. Which part of it is still to be passed on changes
// while it is walked: the walk claims from one end, and the other is cut off when it proves long, or idle
// workers take half of it. So no size has to be guessed in advance; what was seen of the slice tells what it
// still holds.
type slice struct {
	span   state.Span // what the requests ask for, the same for all pages of the walk
	errand *errand    // the poll or sweep; nil for a hole

	// Guarded by the book's lock.
	rest    state.Span   // not claimed yet, and this worker's
	stale   state.Ledger // what is to be read again, whatever the walk has read
	at      int64        // how far the walk is: what lies behind was listed, claimed or not
	way     way
	average float64 // events a second, as far as it was walked
	density float64 // the same, or that of the last page, whichever is more
	events  int     // listed so far
	end     int64   // of a live walk: the server's time when it began
}

// ahead returns what of the slice was not listed yet.
func (sl *slice) ahead() state.Span {
	switch sl.way {
	case wayUp:
		return state.Span{From: sl.at, To: sl.rest.To}
	case wayDown:
		return state.Span{From: sl.rest.From, To: sl.at}
	}
	return state.Span{}
}

// way is the direction in which a walk gets through its slice.
type way uint8

const (
	wayUnknown way = iota // nothing seen yet, or no order: the slice cannot be split
	wayDown               // newest first
	wayUp                 // oldest first
)

// eventsLeft estimates what the slice still holds from how dense it was so far.
func (sl *slice) eventsLeft() int64 {
	if sl.events == 0 {
		return 0 // of what nobody has looked into, nothing is known
	}
	return int64(sl.density * float64(sl.ahead().Seconds()))
}

// owned returns what is still the worker's.
func (b *book) owned(sl *slice) state.Span {
	b.mu.Lock()
	defer b.mu.Unlock()
	return sl.rest
}

// progress notes what a page brought: so many events, the last of them at second at, the walk's first at
// second first.
func (b *book) progress(s *stream, sl *slice, events int, w way, first, at int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	sl.events += events
	sl.way = w
	var page int64
	switch w {
	case wayUnknown:
		return
	case wayDown:
		at = max(sl.rest.From, min(at, sl.span.To))
		page = min(first, sl.at) - at
	case wayUp:
		at = max(sl.span.From, min(at, sl.rest.To))
		page = at - max(first, sl.at)
	}
	sl.at = at
	walked := max(first-at, at-first)
	sl.average = float64(sl.events) / float64(max(1, walked))
	sl.density = max(sl.average, float64(events)/float64(max(1, page)))
	b.cut(s, sl)
	b.wake() // there may be something to take over
}

// suspect returns the part of a slice in which the walk was stopped: what lies behind the last second that it
// read from, or, when it read nothing, the half where it began.
func (sl *slice) suspect() state.Span {
	bad := sl.rest
	switch {
	case sl.way == wayDown && sl.at+1 < sl.rest.To:
		bad.To = max(sl.rest.From, sl.at) + 1
	case sl.way == wayUp && sl.at > sl.rest.From:
		bad.From = min(sl.at, sl.rest.To-1)
	case sl.way == wayUp:
		bad.To -= bad.Seconds() / 2
	default:
		bad.From += bad.Seconds() / 2
	}
	return bad
}

// share returns how many of the seconds ahead of a slice one walk is to take.
func (b *book) share(sl *slice) int64 {
	if sl.average == 0 {
		return math.MaxInt32
	}
	return max(sliceSeconds, int64(math.Ceil(float64(b.sliceSize)/sl.average)))
}

// isLong reports whether a slice holds more than twice what one walk is to take.
func (b *book) isLong(sl *slice) bool { return sl.ahead().Seconds()/2 > b.share(sl) }

// isSurveyed reports whether enough was seen of a slice to cut it.
func (b *book) isSurveyed(sl *slice) bool { return sl.events >= surveyPages*b.pageSize }

// cut leaves to whoever is next what a slice holds beyond what one walk is to take. The caller holds mu.
func (b *book) cut(s *stream, sl *slice) {
	if !b.isLong(sl) || !b.isSurveyed(sl) || sl.errand != nil && !sl.errand.sweep {
		return
	}
	rest := sl.takeOff(b.share(sl))
	if sl.errand == nil {
		s.inflight = s.inflight.Remove(rest)
	} else {
		s.unswept = s.unswept.Add(rest)
	}
}

// takeOff leaves a slice with so many of the seconds ahead, and returns the others.
func (sl *slice) takeOff(keep int64) state.Span {
	rest := sl.ahead()
	if sl.way == wayUp {
		rest.From += keep
		sl.rest.To = rest.From
	} else {
		rest.To -= keep
		sl.rest.From = rest.To
	}
	return rest
}

// setEnd says where a live walk's claim ends: events after it are taken, but their time is not covered.
func (b *book) setEnd(sl *slice, end int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	sl.end = end
	sl.rest.To = max(sl.rest.From, end)
}

// skip leaves a span at the upper end of a slice's rest as a hole, to be tried again later.
func (b *book) skip(s *stream, sl *slice, span state.Span, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	sl.rest.To = min(sl.rest.To, span.From)
	s.deferSpan(span, now)
	switch {
	case sl.errand == nil:
		s.inflight = s.inflight.Remove(span)
	case sl.errand.sweep:
		s.unswept = s.unswept.Add(span)
	default:
		sl.errand.failed = true // the next poll begins where this one did
	}
}

// next returns a slice to walk: the newest hole, unless it is early, else half of a slice that somebody else
// walks, else a part of a sweep. idle is to be waited for when there is none.
func (b *book) next(now time.Time) (s *stream, sl *slice, idle <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.streams {
		if holes := c.holes(now); len(holes) > 0 {
			if span := holes[len(holes)-1]; s == nil || span.To > sl.span.To {
				s, sl = c, newSlice(span, nil)
			}
		}
	}
	if s == nil || b.isEarly(s, sl) {
		if owner, half := b.split(false); half != nil {
			s, sl = owner, half
		}
	}
	if s == nil {
		for _, c := range b.streams {
			if spans := c.undeferred(c.unswept, now); c.sweep != nil && len(spans) > 0 {
				span := spans[len(spans)-1]
				c.unswept = c.unswept.Remove(span)
				s, sl = c, newSlice(span, c.sweep)
				break
			}
		}
	}
	if s == nil {
		s, sl = b.split(true)
	}
	if s == nil {
		return nil, nil, b.idle
	}
	if sl.errand == nil {
		s.inflight = s.inflight.Add(sl.span)
	}
	s.slices = append(s.slices, sl)
	return s, sl, nil
}

// isEarly reports whether a hole is older than what another stream will leave as soon as a slice there is
// surveyed. The caller holds mu.
func (b *book) isEarly(of *stream, hole *slice) bool {
	for _, s := range b.streams {
		for _, sl := range s.slices {
			if s != of && sl.errand == nil && !b.isSurveyed(sl) && sl.rest.To > hole.rest.To {
				return true
			}
		}
	}
	return false
}

// backfilling reports whether workers walk slices.
func (b *book) backfilling() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.streams {
		if len(s.slices) > 0 {
			return true
		}
	}
	return false
}

// split takes half of the slice that has the most events left, which is not to be cut soon. The caller holds mu.
func (b *book) split(sweep bool) (*stream, *slice) {
	var owner *stream
	var victim *slice
	most := int64(worthSplitting * b.pageSize)
	for _, s := range b.streams {
		for _, sl := range s.slices {
			if n := sl.eventsLeft(); (sl.errand != nil) == sweep && n >= most && sl.ahead().Seconds() > 1 &&
				(b.isSurveyed(sl) || !b.isLong(sl)) {
				owner, victim, most = s, sl, n
			}
		}
	}
	if victim == nil {
		return nil, nil
	}
	half := victim.takeOff((victim.ahead().Seconds() + 1) / 2)
	sl := newSlice(half, victim.errand)
	if sl.way = victim.way; sl.way == wayUp {
		sl.at = half.From
	}
	return owner, sl
}

func newSlice(span state.Span, e *errand) *slice {
	return &slice{span: span, rest: span, at: span.To, errand: e}
}

// outcome is how the walk of a slice went.
type outcome uint8

const (
	walked  outcome = iota
	failed          // as a whole: the API does not answer, or refuses
	stopped         // by a part of it, while the API answers otherwise
)

// done ends the walk of a slice; when it failed, what it did not claim is left for later. Where a part of the
// slice stopped it, the rest need not wait: what lies before that part is free to be walked by itself, and of a
// slice that fails at once the upper half is left, so that in the end only the second that fails is.
func (b *book) done(s *stream, sl *slice, how outcome, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range s.slices {
		if s.slices[i] == sl {
			s.slices = append(s.slices[:i], s.slices[i+1:]...)
			break
		}
	}
	if how != walked {
		bad := sl.rest
		if how == stopped {
			bad = sl.suspect()
		}
		s.deferSpan(bad, now)
		if sl.errand != nil {
			s.unswept = s.unswept.Add(sl.rest)
			if how == stopped && bad.Seconds() == 1 { // a hole like any other: the sweep need not wait for it
				s.unswept = s.unswept.Remove(bad)
				s.reread(bad)
			}
		}
	}
	if sl.errand == nil {
		s.inflight = s.inflight.Remove(sl.rest)
	} else {
		b.sweepWalked(s)
	}
	b.wake()
}

// sweepWalked says that the sweep is walked when nothing of it is left. The caller holds mu.
func (b *book) sweepWalked(s *stream) {
	if s.sweep == nil || len(s.unswept) > 0 {
		return
	}
	for _, sl := range s.slices {
		if sl.errand == s.sweep {
			return
		}
	}
	s.sweep.walked = true
	b.finish(s, s.sweep)
}

// deferSpan leaves a span alone for a while, longer each time.
func (s *stream) deferSpan(span state.Span, now time.Time) {
	if span.Empty() {
		return
	}
	tries := 0
	var keep []deferral
	for _, d := range s.deferred {
		switch {
		case !d.span.Intersect(span).Empty():
			tries = max(tries, d.tries+1)
		case now.Before(d.until.Add(deferCap)):
			keep = append(keep, d)
		}
	}
	wait := min(deferBase<<min(tries, 10), deferCap)
	keep = append(keep, deferral{span: span, until: now.Add(wait), tries: tries})
	s.deferred = keep
}

// undeferred returns of some spans what is not deferred.
func (s *stream) undeferred(spans []state.Span, now time.Time) (out []state.Span) {
	var left state.Ledger
	for _, d := range s.deferred {
		if now.Before(d.until) {
			left = left.Add(d.span)
		}
	}
	for _, span := range spans {
		out = append(out, left.Holes(span)...)
	}
	return out
}
