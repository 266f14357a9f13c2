package fakeopenai

import (
	"context"
	"iter"
	"slices"
	"time"
)

// ref points at one listed event.
type ref struct {
	lane lane
	pos  int
}

// List yields what the API lists at the given moment, newest first: the oracle for tests. Faults, Latency and page
// limits play no part in it. An event that is added while the listing runs is not in it.
func (s *Server) List(at time.Time, f Filter) iter.Seq[Event] {
	return func(yield func(Event) bool) {
		w := s.walker(f.query(), at)
		for r, ok := w.next(); ok; r, ok = w.next() {
			e := r.lane.Event(r.pos)
			e.Raw = r.lane.Append(nil, r.pos)
			if !yield(e) {
				return
			}
		}
	}
}

// Known returns how many events there are at the given moment, of both streams and of any age, those that are late and
// not listed yet among them. It takes no longer when they are more.
func (s *Server) Known(at time.Time) int {
	n := 0
	for _, stream := range []Stream{OrganizationStream, TenantStream} {
		for _, l := range s.lanes(stream) {
			n += l.Known(at) - l.Before(beginningOfTime)
		}
	}
	return n
}

// lanes returns the stream's sources as they are now, in the order in which they are listed within one second.
func (s *Server) lanes(stream Stream) []lane {
	s.mu.RLock()
	defer s.mu.RUnlock()
	lanes := make([]lane, 0, 1+len(s.organizations))
	lanes = append(lanes, s.stored.snapshot(stream))
	for _, o := range s.organizations {
		lanes = append(lanes, o.Log(stream))
	}
	return lanes
}

// page is the events that a listing request selects.
type page struct {
	refs []ref
	more bool
}

// list selects the page that the query asks for; ok is false when its cursor is unknown.
func (s *Server) list(ctx context.Context, q query, now time.Time) (p page, ok bool) {
	w := s.walker(q, now)
	w.ctx = ctx
	if q.after != "" && !w.cut(q.after, !q.ascending) {
		return page{}, false
	}
	if q.before != "" && !w.cut(q.before, q.ascending) {
		return page{}, false
	}
	// A page before a cursor is the one next to it, so the walk starts there, and the page is reversed.
	backwards := q.before != "" && q.after == ""
	w.descending = q.ascending == backwards
	p.refs = make([]ref, 0, q.limit)
	for len(p.refs) < q.limit {
		r, ok := w.next()
		if !ok {
			break
		}
		p.refs = append(p.refs, r)
	}
	if len(p.refs) == q.limit {
		_, p.more = w.next()
	}
	if backwards {
		slices.Reverse(p.refs)
	}
	return p, true
}

// walker merges the lanes of one stream into one order.
type walker struct {
	ctx        context.Context // may be nil
	now        time.Time
	query      query
	oldest     int64 // what is older has left the API
	descending bool
	started    bool
	lanes      []laneWalk
	steps      int
}

// laneWalk is a walker's place in one lane: the positions in [lo, hi) are still to come, and head is next.
type laneWalk struct {
	lane   lane
	lo, hi int
	head   int
	second int64 // of the head
	ok     bool  // there is a head
}

func (s *Server) walker(q query, now time.Time) *walker {
	w := &walker{now: now, query: q, oldest: beginningOfTime, descending: true}
	if s.opts.Retention > 0 {
		w.oldest = now.Add(-s.opts.Retention).Unix()
	}
	from := max(q.from, w.oldest)
	for _, l := range s.lanes(q.Stream) {
		w.lanes = append(w.lanes, laneWalk{lane: l, lo: l.Before(from), hi: min(l.Before(q.to), l.Known(now))})
	}
	return w
}

// cut leaves only the events on one side of the cursor: those listed below it, or those above. It reports false when
// the API lists no such event.
func (w *walker) cut(cursor string, below bool) bool {
	for k := range w.lanes {
		pos, ok := w.lanes[k].lane.Find(cursor)
		if !ok {
			continue
		}
		second, listed := w.lanes[k].lane.At(pos, w.now)
		if !listed || second < w.oldest {
			return false
		}
		for j := range w.lanes {
			lw := &w.lanes[j]
			top := pos // the first position that is not below the cursor
			switch {
			case j < k: // listed above lane k within a second
				top = lw.lane.Before(second)
			case j > k:
				top = lw.lane.Before(next(second))
			}
			if below {
				lw.hi = min(lw.hi, top)
				continue
			}
			if j == k {
				top++
			}
			lw.lo = max(lw.lo, top)
		}
		return true
	}
	return false
}

func (w *walker) next() (ref, bool) {
	if !w.started {
		w.started = true
		for k := range w.lanes {
			w.advance(&w.lanes[k])
		}
	}
	var best *laneWalk
	for k := range w.lanes {
		lw := &w.lanes[k]
		switch {
		case !lw.ok:
		case best == nil,
			w.descending && lw.second > best.second,
			!w.descending && lw.second <= best.second:
			best = lw
		}
	}
	if best == nil {
		return ref{}, false
	}
	r := ref{best.lane, best.head}
	w.advance(best)
	return r, true
}

// advance finds the lane's next event that is listed and passes the filter. It ends early when its request has ended.
func (w *walker) advance(lw *laneWalk) {
	const checkEvery = 1 << 13
	for lw.lo < lw.hi {
		if w.steps++; w.steps%checkEvery == 0 && w.ctx != nil && w.ctx.Err() != nil {
			break
		}
		pos := lw.lo
		if w.descending {
			lw.hi--
			pos = lw.hi
		} else {
			lw.lo++
		}
		second, listed := lw.lane.At(pos, w.now)
		if listed && (w.query.matchesAll() || w.query.matches(lw.lane.Event(pos))) {
			lw.head, lw.second, lw.ok = pos, second, true
			return
		}
	}
	lw.ok = false
}
