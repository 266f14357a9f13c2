package collect

import (
	"slices"
	"sync"

	"fluent-bit-openai-audit/internal/state"
)

// claim says that a span was walked to its end: it becomes covered when every batch that came from it
// has settled. A walk opens a claim with its first batch and closes it at its end.
type claim struct {
	stream *stream
	errand *errand // the poll or sweep it belongs to, nil for a hole
	span   state.Span
	closed bool
	left   int          // batches that have not settled
	waits  int          // tickets of other walks that are not settled
	stale  state.Ledger // what is to be read again although this claim was read
	broken bool         // a ticket that it waits for was given up: the span is not known to be complete
}

// book keeps account of the streams: what is covered, claimed, waiting to settle, and not yet in the
// file. Its lock is never held while the file or the network is waited for.
type book struct {
	db        *state.DB
	pageSize  int
	sliceSize int // events

	mu      sync.Mutex
	streams []*stream
	pending pending
	ring    ring
	unsaved []*ticket     // settled, their keys to be written with the next commit
	idle    chan struct{} // closed and replaced when there may be work for the workers
}

func newBook(db *state.DB, r ring, pageSize int) *book {
	return &book{db: db, ring: r, pageSize: pageSize, sliceSize: slicePages * pageSize, idle: make(chan struct{})}
}

// reserve finds which of the keys were never seen and enters them as pending with the ticket: fresh[i] is
// set for those. types holds each event's type. A ticket is passed on or released. Tickets of others whose
// keys were met are added to met.
func (b *book) reserve(s *stream, t *ticket, keys []state.Key, types [][]byte, fresh []bool, met map[*ticket]bool) error {
	found := make([]state.Key, 0, len(keys))
	b.mu.Lock()
	near := b.pending.near(keys)
	for i, k := range keys {
		if other := holder(near, k); other != nil {
			if other != t && other.left > 0 {
				other.met = true
				met[other] = true
			}
		} else if k.Time == state.Untimed || !s.gone(int64(k.Time), types[i]) {
			found = append(found, k)
			fresh[i] = true
		}
	}
	if len(found) == 0 {
		b.mu.Unlock()
		return nil
	}
	slices.SortFunc(found, compareKeys)
	if once := slices.Compact(found); len(once) < len(found) { // an event that the page lists twice
		found = once
		listed := make(map[state.Key]bool, len(once))
		for i, k := range keys {
			fresh[i], listed[k] = fresh[i] && !listed[k], true
		}
	}
	b.pending.add(t, found)
	b.mu.Unlock()

	// What was entered first cannot be delivered and written by another walk in between.
	known := make([]bool, len(found))
	err := b.db.Known(found, known)
	var gone []state.Key
	for i, k := range found {
		if known[i] || err != nil {
			gone = append(gone, k)
		}
	}
	if len(gone) == 0 {
		return nil
	}
	for i, k := range keys {
		fresh[i] = fresh[i] && !contains(gone, k)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	t.remove(gone)
	if err != nil {
		b.drop(t)
	}
	if len(t.pages) == 0 {
		b.pending.sweep()
		// What others may have met in the meantime is in the file, unless that cannot be read.
		b.settled(t)
	}
	return err
}

// pass counts a part in, with its batches and the claim for the time it was read from, before it is queued.
// kept are the keys of those of the ticket's events that stay with the walk: the ticket returned takes them
// over; it is nil when there are none.
func (b *book) pass(t *ticket, c *claim, batches []*batch, kept []state.Key) (next *ticket) {
	slices.SortFunc(kept, compareKeys)
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, bt := range batches {
		bt.claim, bt.ticket = c, t
	}
	c.left += len(batches)
	t.batches = len(batches)
	if len(kept) == 0 {
		return nil
	}
	next = new(ticket)
	t.remove(kept)
	b.pending.add(next, kept)
	if t.met {
		next.before = t
		t.left++
	}
	return next
}

// release gives up a ticket that was not passed on: claims that wait for it are broken.
func (b *book) release(t *ticket) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(t.pages) == 0 {
		return
	}
	t.pages = nil
	b.pending.sweep()
	b.drop(t)
	b.settled(t)
}

// drop breaks the claims that wait for a ticket, and those that will. The caller holds mu.
func (b *book) drop(t *ticket) {
	t.dropped = true
	for _, c := range t.waiters {
		b.breakUp(c)
	}
	t.waiters = nil
}

// settled takes one off what is left of a ticket. The caller holds mu.
func (b *book) settled(t *ticket) {
	if t.left--; t.left > 0 {
		return
	}
	for _, c := range t.waiters {
		if c.waits--; !c.broken {
			b.honor(c)
		}
	}
	t.waiters = nil
	if before := t.before; before != nil {
		t.before = nil
		if t.dropped {
			b.drop(before)
		}
		b.settled(before)
	}
}

// breakUp gives up a closed claim: its time is left to be walked again. The caller holds mu.
func (b *book) breakUp(c *claim) {
	if c.broken {
		return
	}
	c.broken = true
	s := c.stream
	delete(s.claims, c)
	s.inflight = s.inflight.Remove(c.span)
	if e := c.errand; e != nil {
		if e.sweep && s.sweep == e {
			s.unswept = s.unswept.Add(c.span)
			e.walked = false
		} else {
			e.failed = true
		}
		e.left--
		b.finish(s, e)
	}
	b.wake()
}

// isCovered reports whether second t of the stream was covered before.
func (b *book) isCovered(s *stream, t int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return s.rec.Covered.Contains(t)
}

// open starts a claim.
func (b *book) open(s *stream, e *errand) *claim {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e != nil {
		e.left++
	}
	c := &claim{stream: s, errand: e}
	s.claims[c] = true
	return c
}

// close closes a claim for the part of the slice's rest that from returns, and takes that part off the
// rest. It stays in flight until it is covered, which waits for the tickets that the walk met.
func (b *book) close(c *claim, sl *slice, met map[*ticket]bool, from func(rest state.Span) state.Span) {
	b.mu.Lock()
	defer b.mu.Unlock()
	span := from(sl.rest).Intersect(sl.rest)
	switch {
	case span.Empty():
	case span.To == sl.rest.To:
		sl.rest.To = span.From
	default:
		sl.rest.From = span.To
	}
	c.closed, c.span = true, span
	for _, stale := range sl.stale {
		c.stale = c.stale.Add(stale)
	}
	if !span.Empty() {
		c.stream.inflight = c.stream.inflight.Add(span)
	}
	dropped := false
	for t := range met {
		switch {
		case t.dropped:
			dropped = true
		case t.left == 0:
			delete(met, t)
		default:
			t.waiters = append(t.waiters, c)
			c.waits++
		}
	}
	if dropped {
		b.breakUp(c)
		return
	}
	b.honor(c)
}

// abandon gives up a claim whose walk failed: its batches are delivered all the same, and its time stays
// a hole.
func (b *book) abandon(c *claim) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(c.stream.claims, c)
	if c.errand != nil {
		c.errand.left--
		b.finish(c.stream, c.errand)
		c.errand = nil
	}
}

// honor covers a closed claim's time once every batch and every ticket it waits for has settled. The
// caller holds mu.
func (b *book) honor(c *claim) {
	if !c.closed || c.broken || c.left > 0 || c.waits > 0 {
		return
	}
	s := c.stream
	delete(s.claims, c)
	if !c.span.Empty() {
		for _, fresh := range c.stale.Holes(c.span) {
			s.rec.Covered = s.rec.Covered.Add(fresh)
		}
		s.inflight = s.inflight.Remove(c.span)
		s.changed = true
	}
	if c.errand != nil {
		c.errand.left--
		b.finish(s, c.errand)
	}
}

// finish ends an errand when all of it was walked and is covered. The caller holds mu.
func (b *book) finish(s *stream, e *errand) {
	if !e.walked || e.left > 0 {
		return
	}
	if e.sweep && s.sweep == e {
		s.sweep = nil
	}
	if e.failed {
		return
	}
	if e.sweep {
		s.rec.Swept = max(s.rec.Swept, e.begin)
	} else {
		s.rec.Polled = max(s.rec.Polled, e.begin)
		s.polls++
	}
	s.changed = true
}

// wake tells idle workers to look for work again. The caller holds mu.
func (b *book) wake() {
	close(b.idle)
	b.idle = make(chan struct{})
}
