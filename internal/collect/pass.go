package collect

import (
	"fluent-bit-openai-audit/internal/state"
)

// passOn passes on what has come together if it is enough bytes. Its time is not claimed yet: that the API
// lists in order is only known at the end.
func (w *walk) passOn(enough int) {
	if w.part.size() >= enough {
		w.pass(func(item) bool { return true })
	}
}

// pass queues the items for which yes holds, oldest first.
func (w *walk) pass(yes func(item) bool) {
	items := w.part.take(yes)
	if len(items) == 0 {
		return
	}
	if w.claim == nil {
		w.claim = w.c.book.open(w.s, w.sl.errand)
	}
	batches := w.part.shape(w.s, items, w.c.clock.now())
	w.ticket = w.c.book.pass(w.ticket, w.claim, batches, w.part.keys())
	for _, b := range batches {
		w.c.queue.put(b, w.lane)
	}
	w.part.compact()
	w.account()
}

// closeClaim claims a part of the slice's rest for what was passed on since the last claim.
func (w *walk) closeClaim(part func(rest state.Span) state.Span) {
	c := w.claim
	if c == nil {
		c = w.c.book.open(w.s, w.sl.errand)
	}
	w.claim = nil
	w.c.book.close(c, w.sl, w.met, part)
}

// drop gives up what was not passed on: the walk failed.
func (w *walk) drop() {
	if w.ticket != nil {
		w.c.book.release(w.ticket)
	}
	w.part.clear()
	w.account()
	w.claimDropped()
}

// claimDropped gives up the open claim; its batches are delivered all the same.
func (w *walk) claimDropped() {
	if w.claim != nil {
		w.c.book.abandon(w.claim)
		w.claim = nil
	}
}
