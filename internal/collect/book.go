package collect

import (
	"slices"
	"sync"
	"time"

	"fluent-bit-openai-audit/internal/state"
)

// forgetLimit is how many ids leave the file in one commit, and as many more as it brings: so one takes long
// only where much comes, and the file does not grow by what could leave it.
const forgetLimit = 5000

// refusedPatience is how long the ids that a stream may need are kept for it while the API, which had
// served it before, refuses it. (Both streams may list one event.)
const refusedPatience = 7 * 24 * 3600

// forgetMargin keeps ids a little longer than anything is re-read.
const forgetMargin = 3600

// claim says that a span was walked to its end: it becomes covered when every batch that came from it
// has settled. A walk opens a claim with its first batch and closes it when it knows the span.
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

// lastHanded returns when the host last took a batch.
func (b *book) lastHanded() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.ring.handed
}

// accept notes that the host took a batch.
func (b *book) accept(bt *batch, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ring.accept(bt, now)
	if s := bt.stream; s != nil {
		s.delivered += uint64(bt.count) //nolint:gosec // a count
	}
}

// pause notes that the host paused the instance.
func (b *book) pause() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.settle(b.ring.delivered(time.Now()))
	b.ring.paused = true
}

// resume notes that the host goes on.
func (b *book) resume() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ring.resume(time.Now())
}

// takes reports whether the host may be given more: it has not paused the instance, and does not hold limit
// bytes or more in its ring buffer already.
func (b *book) takes(limit int64) (ready, paused bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ring.paused {
		return false, true
	}
	b.ring.look(time.Now())
	return b.ring.held < limit, false
}

// giveUpUncounted settles records that the host accepted but does not count, and returns how many.
func (b *book) giveUpUncounted() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ring.look(time.Now())
	return b.ring.giveUp(time.Now())
}

// settle moves on batches that were delivered. The caller holds mu.
func (b *book) settle(delivered []*batch) {
	for _, bt := range delivered {
		s, c := bt.stream, bt.claim
		if t := bt.ticket; t != nil {
			if t.batches--; t.batches == 0 {
				b.unsaved = append(b.unsaved, t)
				b.settled(t)
			}
		}
		if s != nil && bt.count > 0 {
			s.rec.Events += uint64(bt.count)
			s.rec.Late += uint64(bt.late) //nolint:gosec // a count
			if bt.oldest != 0 && (s.rec.Oldest == 0 || bt.oldest < s.rec.Oldest) {
				s.rec.Oldest = bt.oldest
			}
			s.rec.Newest = max(s.rec.Newest, bt.newest)
			s.changed = true
		}
		if c != nil {
			c.left--
			b.honor(c)
		}
	}
}

// settleAtExit settles all that is known to be delivered when the host ends.
func (b *book) settleAtExit() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.settle(b.ring.deliveredAtExit(time.Now()))
}

// prepare settles what can settle and returns what the file does not have yet: nil when there is
// nothing, or nothing but progress while progressToo is not set.
func (b *book) prepare(now time.Time, clock, window int64, progressToo bool) *save {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.settle(b.ring.delivered(now))
	changed := false
	for _, s := range b.streams {
		changed = changed || s.changed
	}
	if len(b.unsaved) == 0 && (!changed || !progressToo) {
		return nil
	}

	horizon, all := b.forgettable(clock, window)
	c := state.Commit{Seen: uint32(clock)} //nolint:gosec // Unix seconds
	for _, t := range b.unsaved {
		for k := range t.keys() {
			if at := int64(k.Time); k.Time == state.Untimed || at >= horizon || !all.Contains(at) {
				c.IDs = append(c.IDs, k)
			}
		}
	}
	slices.SortFunc(c.IDs, compareKeys)
	c.ForgetLimit = forgetLimit + len(c.IDs)
	for _, s := range b.streams {
		if !s.known && s.rec.Polled == 0 {
			continue // nothing is known of it yet
		}
		s.rec.Forgotten = max(s.rec.Forgotten, min(horizon, rereadFrom(s.rec, s.overlap, window)))
		c.Streams = append(c.Streams, s.rec.Clone())
		s.changed = false
		for _, l := range s.older {
			if h := min(horizon, rereadFrom(l.Stream, s.overlap, window)); h > l.Stream.Forgotten {
				l.Stream.Forgotten = h
				c.Streams = append(c.Streams, l.Stream.Clone())
			}
		}
	}
	for _, span := range all {
		if span = span.Intersect(state.Span{To: horizon}); !span.Empty() {
			c.Forget = append(c.Forget, span)
		}
	}
	return &save{commit: c, tickets: len(b.unsaved)}
}

// save is a commit on its way to the file, and how many of the unsaved tickets it is about.
type save struct {
	commit  state.Commit
	tickets int
}

// forgettable returns the time before which nothing covered is re-read, and what all streams that are
// served have covered: ids there need not be kept. The caller holds mu.
func (b *book) forgettable(clock, window int64) (horizon int64, all state.Ledger) {
	first := true
	for _, s := range b.streams {
		if s.refused && (s.rec.Polled == 0 || clock-s.rec.Polled > refusedPatience) {
			continue
		}
		if s.rec.Polled == 0 {
			return 0, nil
		}
		h := rereadFrom(s.rec, s.overlap, window)
		settled := s.rec.Covered.Add(state.Span{To: s.rec.Start}) // what lies before the start is never asked for
		if first {
			horizon, all, first = h, settled, false
			continue
		}
		horizon, all = min(horizon, h), all.Intersect(settled)
	}
	return max(horizon, 0), all
}

// rereadFrom returns the time before which nothing that a stream has covered is read again, not even after it
// was left alone for long: of an event there it is known without its id that it was delivered.
func rereadFrom(rec *state.Stream, overlap, window int64) int64 {
	h := rec.Polled - overlap
	if window > 0 {
		h = min(h, rec.Swept-window)
	}
	return h - forgetMargin
}

// saved says how the commit that prepare returned went.
func (b *book) saved(sv *save, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err != nil {
		for _, s := range b.streams {
			s.changed = true
		}
		return
	}
	for _, t := range b.unsaved[:sv.tickets] {
		t.pages = nil
	}
	b.unsaved = slices.Delete(b.unsaved, 0, sv.tickets)
	b.pending.sweep()
}

// wake tells idle workers to look for work again. The caller holds mu.
func (b *book) wake() {
	close(b.idle)
	b.idle = make(chan struct{})
}

func (b *book) progressOf(now int64) []Progress {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := make([]Progress, 0, len(b.streams))
	for _, s := range b.streams {
		p := Progress{
			Stream: s.name, Refused: s.refused, Known: s.known, Start: s.rec.Start, Wanted: max(0, now-s.rec.Start),
			CoveredUntil: s.rec.CoveredUntil(), LastPoll: s.rec.Polled, Polled: s.polls > 0, Delivered: s.delivered,
		}
		p.Behind, p.Uncovered = s.lag(now)
		p.BackTo = p.Start
		if holes := s.rec.Covered.Holes(state.Span{From: p.Start, To: p.LastPoll}); len(holes) > 0 {
			p.BackTo = holes[len(holes)-1].To
		}
		out = append(out, p)
	}
	return out
}
