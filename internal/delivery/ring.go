package delivery

import (
	"time"

	"fluent-bit-openai-audit/internal/host"
)

// What the host accepts lies in a ring buffer in memory until its engine's thread takes it out, which it does every
// 250 ms, counts it, runs it through all filters and writes it to a chunk, all in one go. What lies there is gone with
// the process, and it may lie there for any time: while a filter waits, an output resolves a name, the process is
// suspended, or the host has paused the input. A batch of ids alone brings nothing there, and has drained with its turn.
//
// Records have drained when
//   - the host's count equals what it accepted, and its thread was then seen to rest in its event loop, or
//   - the host's count equalled what it accepted, and then rose: the thread, which is one, has gone on to what came
//     later, or
//   - the thread rests, and the host has called for records, without having paused the input, emptied after the last were
//     accepted: it cannot have rested that long with a full ring buffer. This is for a host that does not count, or counts
//     some records twice. (That it has paused the input the host tells between two calls: so its calls count, and no clock.)
//
// The first counts while the input is paused, and the second at all, only when the count is proven: when the first was
// so before while the input was not paused. Half of what was accepted, counted twice, is as many.
//
// A count names no records. So nothing is concluded from a part of it: one that stays short while the thread rests says
// that some of what was accepted since the last evidence is not stored, and not which. Then everything since is given up
// (see Reset), and batches are handed over one at a time: each is there, or missing, or there in part, and that is a
// processor's work.
const (
	// emptied is how long after the host accepted something a thread that rests has emptied the ring buffer: several
	// times the period in which it does, and less than that in which the host calls.
	emptied = 750 * time.Millisecond
	// longest is how long the hand-over goes on without evidence: so a slow host bounds what a kill repeats.
	longest = 2 * time.Second
	// wholes is how many batches come out whole, one after the other, before several are handed over at a time again.
	wholes = 100
	// fewest is how often a batch is missing as a whole, while others come out, before it counts as dropped.
	fewest = 5
)

// ring follows what the host accepted until it has drained. It is guarded by Delivery.mu.
type ring struct {
	host    host.Ring // nil: what is accepted has drained
	waiting []*batch  // accepted, in order, and not drained; each with records
	taken   uint64    // records in them
	held    int64     // bytes of them
	base    uint64    // the host's count when there were none
	offered bool      // a batch is being handed over: it may come out before it is noted as accepted
	first   time.Time // when the oldest of them was accepted
	still   time.Time // since when nothing was accepted and the input was not paused
	called  time.Time // when the host last began to call for records: if it had paused the input before, it has told so
	paused  bool

	equal   int    // so many of waiting had come out when the count equalled what was accepted
	equalAt uint64 // the count then, from base on

	count     worth  // what the host's count is worth
	blind     bool   // the system does not tell whether its thread rests: only later records prove what came before
	careful   bool   // one batch at a time
	processor bool   // a batch came out in part
	whole     int    // batches in a row that came out whole
	out       uint64 // batches that came out, whole or in part
	stopped   bool   // records were lost: nothing is handed over until Reset
	exit      bool   // the host's thread waits for the end of the instance: it is done with all that it has counted
}

// worth is what the host's count has been seen to be worth.
type worth uint8

const (
	unproven worth = iota
	proven         // it equalled what was accepted while the thread rested and the input was not paused
	wrong          // it was more: the host counts some records twice
)

// restart forgets what waits. The ring buffer must be empty.
func (r *ring) restart(now time.Time) {
	r.waiting, r.taken, r.held, r.equal, r.stopped, r.still = nil, 0, 0, 0, false, now
	if r.host != nil {
		r.base, _ = r.host.Out()
	}
}

// accept notes that the host took a batch.
func (r *ring) accept(b *batch, now time.Time) {
	if len(r.waiting) == 0 {
		r.first = now
	}
	r.still = now
	r.waiting = append(r.waiting, b)
	r.taken += uint64(b.count) //nolint:gosec // a count
	r.held += int64(b.size)
}

// full reports whether the host is to be given nothing more for now.
func (r *ring) full(limit int64, now time.Time) bool {
	if r.blind && !r.careful && r.equal == len(r.waiting) {
		return r.stopped // all has come out, and what is handed over next is to prove it
	}
	return r.stopped || r.held >= limit || len(r.waiting) > 0 && (r.careful || now.Sub(r.first) >= longest)
}

// Pause says that the host has paused the input: it takes nothing out of the ring buffer.
func (d *Delivery) Pause() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.look(time.Now())
	d.ring.paused = true
}

// Resume says that the host goes on.
func (d *Delivery) Resume() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ring.paused, d.ring.still = false, time.Now()
	d.signal()
}

// look finds out what has drained. The caller holds mu.
func (d *Delivery) look(now time.Time) {
	r := &d.ring
	if len(r.waiting) == 0 || r.offered || r.stopped {
		return
	}
	if r.host == nil {
		d.drain(len(r.waiting), now)
		return
	}
	count, counts := r.host.Out()
	rests, tells := r.host.Rests() // after the count, which rises before the filters run
	r.blind = !tells
	idle := rests && !r.paused
	out := count - r.base
	if counts && out > r.taken {
		r.count = wrong
	}
	sure, empty := counts && r.count != wrong, idle && r.called.Sub(r.still) >= emptied
	if sure && r.equal > 0 && out > r.equalAt && (r.count == proven || r.blind) {
		out -= r.equalAt
		r.base += r.equalAt
		d.drain(r.equal, now)
	}
	switch {
	case sure && out == r.taken && (idle || rests && r.count == proven || r.exit):
		r.count = proven
		d.came(now, count)
	case sure && out == r.taken:
		r.equal, r.equalAt = len(r.waiting), out
	case empty && counts && out < r.taken:
		d.short(out, count, now)
	case empty && !sure:
		d.came(now, count)
	}
}

// came notes that all that waits has drained.
func (d *Delivery) came(now time.Time, count uint64) {
	r := &d.ring
	r.out += uint64(len(r.waiting))
	d.drain(len(r.waiting), now)
	r.base = count
	if !r.careful {
		return
	}
	if r.whole++; r.whole >= wholes && !r.processor {
		r.careful = false
	}
}

// drain notes that the first n batches of those that wait have drained.
func (d *Delivery) drain(n int, now time.Time) {
	r := &d.ring
	for _, b := range r.waiting[:n] {
		b.drained = true
		r.taken -= uint64(b.count) //nolint:gosec // a count
		r.held -= int64(b.size)
		d.free(b)
	}
	d.unsaved += n
	clear(r.waiting[:n])
	r.waiting = r.waiting[n:]
	r.equal, r.first = 0, now
	d.settle()
	d.signal()
}
