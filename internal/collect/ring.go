package collect

import (
	"slices"
	"time"
)

// A processor of the input may drop records that the host accepted, which then does not count them. To tell them
// from records that wait in the ring buffer, nothing more is handed over when one has not come out for staleTime;
// once the count has stood still for stuckTime, longer than any filter works on one batch, the ring buffer is empty.
const (
	staleTime = time.Minute
	stuckTime = 10 * time.Second
)

// settleTime is how long after a batch left the ring buffer it is in a chunk for sure, and how long a host that
// does not tell takes to move it there, which it does every 250 ms.
const settleTime = 2 * time.Second

// ring follows what the host accepted through the host's ring buffer: a queue in memory, from which its main
// thread moves records into chunks, through all filters. What lies there is gone with the process, and it
// may lie there for any time: a main thread that is busy leaves it, and one that has paused the input does.
//
// So a batch counts as delivered when the host's own count of the records that came out has passed it, and a
// moment later, since that count rises just before the filters run and the chunk is written. A host without
// such a count is believed to take the same moment to empty its ring buffer, unless it pauses the input.
//
// A ring is guarded by the book's lock.
type ring struct {
	count  func() uint64 // records that came out; nil where the host does not tell
	settle time.Duration // the moment; 0 for a host that has stored a batch when it accepts it

	batches []*batch // accepted, in order, and not delivered yet
	passed  int      // so many of these have come out
	held    int64    // bytes of the others
	taken   int64    // records accepted
	offered int64    // records being handed over, which may come out before they are noted as accepted
	out     int64    // of these, records that came out
	skew    int64    // records that the host counts less, or with a minus more, than it accepted
	moved   time.Time
	handed  time.Time // when the host last took a batch
	paused  bool
}

func newRing(opts Options) ring {
	if opts.Settle == 0 {
		opts.Settle = settleTime
	}
	return ring{settle: max(0, opts.Settle)}
}

// accept notes that the host took a batch.
func (r *ring) accept(bt *batch, now time.Time) {
	if r.out == r.taken {
		r.moved = now
	}
	r.handed, bt.handed = now, now
	r.taken, r.offered = r.taken+int64(bt.count), 0
	bt.end = r.taken
	r.batches = append(r.batches, bt)
	if r.count == nil {
		bt.since = now
		r.passed++
		return
	}
	r.held += int64(bt.size)
}

// look reads the host's count.
func (r *ring) look(now time.Time) {
	if r.count == nil {
		return
	}
	out := int64(r.count()) + r.skew //nolint:gosec // a count
	if most := r.taken + r.offered; out > most {
		r.skew -= out - most // it counts a record twice: routed by a condition, or made of one by a processor
	}
	out = min(out, r.taken)
	if out != r.out || out == r.taken || r.paused {
		r.moved = now
	}
	r.pass(out, now)
}

// pass notes that so many records came out.
func (r *ring) pass(out int64, now time.Time) {
	r.out = out
	for ; r.passed < len(r.batches) && r.batches[r.passed].end <= out; r.passed++ {
		bt := r.batches[r.passed]
		bt.since = now
		r.held -= int64(bt.size)
	}
}

// full reports whether the host is to be given nothing more for now.
func (r *ring) full(limit int64, now time.Time) bool {
	return r.held >= limit || r.passed < len(r.batches) && now.Sub(r.batches[r.passed].handed) >= staleTime
}

// giveUp takes records for delivered that the host accepted but does not count, and returns how many. They
// are none, unless its count stood still for long.
func (r *ring) giveUp(now time.Time) (records int64) {
	if r.count == nil || now.Sub(r.moved) < stuckTime {
		return 0
	}
	records = r.taken - r.out
	r.skew += records
	r.moved = now
	r.pass(r.taken, now)
	return records
}

// delivered returns the batches that count as delivered by now, and lets go of them.
func (r *ring) delivered(now time.Time) []*batch {
	r.look(now)
	if r.count == nil && r.paused {
		return nil
	}
	n := 0
	for n < r.passed && now.Sub(r.batches[n].since) >= r.settle {
		n++
	}
	return r.release(n)
}

// deliveredAtExit is delivered when the host ends. It calls that on its main thread, which does nothing else
// meanwhile: what was counted is in a chunk.
func (r *ring) deliveredAtExit(now time.Time) []*batch {
	if r.count == nil && r.settle > 0 {
		return r.delivered(now)
	}
	r.look(now)
	return r.release(r.passed)
}

func (r *ring) release(n int) []*batch {
	out := slices.Clone(r.batches[:n])
	r.batches = slices.Delete(r.batches, 0, n)
	r.passed -= n
	return out
}

// resume says that the host goes on. Without a count, what it had accepted may have lain in the ring buffer
// all the time.
func (r *ring) resume(now time.Time) {
	r.paused, r.moved = false, now
	if r.count == nil {
		for _, bt := range r.batches {
			bt.since = now
		}
	}
}
