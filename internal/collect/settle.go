package collect

import (
	"time"
)

// lastHanded returns when the host last took a batch.
func (b *book) lastHanded() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.ring.handed
}

// offer notes how many records are being handed over; 0 when they were refused.
func (b *book) offer(records int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ring.offered = int64(records)
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

// takes reports whether the host may be given more: it has not paused the instance, does not hold limit bytes or
// more in its ring buffer already, and moves what it holds.
func (b *book) takes(limit int64) (ready, paused bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ring.paused {
		return false, true
	}
	now := time.Now()
	b.ring.look(now)
	return !b.ring.full(limit, now), false
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
