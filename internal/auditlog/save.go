package auditlog

import (
	"slices"
	"time"

	"fluent-bit-openai-audit/internal/delivery"
	"fluent-bit-openai-audit/internal/state"
)

// forgetLimit is how many ids leave the file in one commit, and as many more as it brings: so one takes long
// only where much comes, and the file does not grow by what could leave it.
const forgetLimit = 5000

// refusedPatience is how long the ids that a stream may need are kept for it while the API, which had
// served it before, refuses it, in seconds. (Both streams may list one event.)
const refusedPatience = 7 * 24 * 3600

// forgetMargin keeps ids a little longer than anything is read again, in seconds.
const forgetMargin = 3600

// save writes what has drained to the state file. With the streams' new marks, ids leave that nobody asks for again.
func (c *Collector) save(s delivery.Saving) error {
	now := c.Clock.Now()
	commit := state.Commit{Seen: uint32(now), IDs: s.IDs, Again: s.Again} //nolint:gosec // Unix seconds
	if !s.More {
		c.addMarks(&commit, s.Marks, now)
	}
	if err := c.Commit(commit); err != nil {
		return err
	}
	c.grow(s.Marks)
	return nil
}

// grow lets the next windows be longer, now that those before are saved.
func (c *Collector) grow(marks map[string]delivery.Mark) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.streams {
		if _, saved := marks[s.name]; saved && s.ended {
			s.pages, s.ended = min(faster*max(1, s.pages), s.mostPages), false
		}
	}
}

// addMarks adds the streams' marks to a commit, and what may be forgotten by them.
func (c *Collector) addMarks(commit *state.Commit, marks map[string]delivery.Mark, now int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	recs := make(map[*stream]*state.Stream, len(c.streams))
	newest := int64(0) // of all streams: one that is idle has no say in what time it is
	for _, s := range c.streams {
		m, ok := marks[s.name]
		if !ok {
			m = c.Delivery.Saved(s.name)
		}
		if rec, ok := m.(*state.Stream); ok {
			recs[s], newest = rec.Clone(), max(newest, rec.Newest)
		}
	}
	horizon, all := c.forgettable(recs, newest, now)
	for _, s := range c.streams {
		rec := recs[s]
		if rec == nil {
			continue // nothing is known of it yet
		}
		h := min(horizon, c.rereadFrom(s, rec, newest))
		rec.Forgotten, s.rec.Forgotten = max(rec.Forgotten, s.rec.Forgotten, h), max(s.rec.Forgotten, h)
		commit.Streams = append(commit.Streams, rec)
		for _, l := range s.older {
			if h := min(horizon, c.rereadFrom(s, l.Stream, newest)); h > l.Stream.Forgotten {
				l.Stream.Forgotten = h
				commit.Streams = append(commit.Streams, l.Stream.Clone())
			}
		}
	}
	commit.Forget = all.Intersect(state.Ledger{{To: horizon}})
	commit.IDs = slices.DeleteFunc(commit.IDs, func(k state.Key) bool {
		return k.Time != state.Untimed && commit.Forget.Contains(int64(k.Time))
	})
	commit.ForgetLimit = forgetLimit + len(commit.IDs)
}

// forgettable returns the time before which nothing covered is read again, and what all streams that are
// served have covered there, by what is about to be saved: ids there need not be kept. The caller holds mu.
func (c *Collector) forgettable(recs map[*stream]*state.Stream, newest, now int64) (horizon int64, all state.Ledger) {
	horizon, all = endOfTime, state.Ledger{{To: endOfTime}}
	for _, s := range c.streams {
		rec := recs[s]
		if s.refused && (rec == nil || rec.Polled == 0 || now-rec.Polled > refusedPatience) {
			continue
		}
		if rec == nil || rec.Polled == 0 {
			return 0, nil
		}
		covered := rec.Covered.Add(state.Span{To: rec.Start}) // what lies before the start is never asked for
		horizon, all = min(horizon, c.rereadFrom(s, rec, newest)), all.Intersect(covered)
	}
	if horizon == endOfTime { // no stream is served
		return 0, nil
	}
	return max(horizon, 0), all
}

// rereadFrom returns the time before which nothing that a stream has covered is read again, not even after it was left
// alone for long: of an event there it is known without its id that it was delivered. It is bounded by the newest event that
// was listed and by this machine's clock, so that no clock moves it, nor a server's whose events are ahead with it; and passes no
// covered time that is owed or being walked. The caller holds mu.
func (c *Collector) rereadFrom(s *stream, rec *state.Stream, newest int64) int64 {
	h := min(rec.Polled-c.overlap(s), newest, time.Now().Unix())
	if c.Config.Sweeps() {
		h = min(h, rec.Swept-int64(c.Config.SweepWindow/time.Second)-sweepMargin)
	}
	h -= forgetMargin
	owed := []state.Ledger{rec.Owed, s.rec.Owed}
	for _, w := range s.under {
		if !w.poll {
			owed = append(owed, s.rec.Covered.Intersect(state.Ledger{w.span}))
		}
	}
	for _, m := range c.Delivery.Pending(s.name) {
		if pending, ok := m.(*state.Stream); ok {
			owed = append(owed, pending.Owed)
		}
	}
	for _, l := range owed {
		if len(l) > 0 {
			h = min(h, l[0].From)
		}
	}
	return h
}
