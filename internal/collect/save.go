package collect

import (
	"slices"
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
