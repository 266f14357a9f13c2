package compliance

import (
	"encoding/json"
	"fmt"
	"time"

	"fluent-bit-openai-audit/internal/delivery"
	"fluent-bit-openai-audit/internal/state"
)

// forgetLimit is how many ids leave the file in one commit, and as many more as it brings.
const forgetLimit = 5000

// save writes what has drained to the state file: ids of records, and with the streams' marks the ids of the files that were
// read to their end when these were put. Ids leave that are older than anything is listed.
func (c *Collector) save(saving delivery.Saving) error {
	now := c.Clock.Now()
	commit := state.Commit{Seen: uint32(now), IDs: saving.IDs, Again: saving.Again, Marks: make(map[string][]byte)} //nolint:gosec // Unix seconds
	if !saving.More {
		if err := c.addMarks(&commit, saving.Marks, now); err != nil {
			return err
		}
	}
	if err := c.Commit(commit); err != nil {
		return err
	}
	if !saving.More {
		c.drop(saving.Marks)
	}
	return nil
}

// addMarks adds the streams' marks to a commit, and what may be forgotten: what is older than any stream lists, by the newest
// that it has listed, so that no clock moves it.
func (c *Collector) addMarks(commit *state.Commit, marks map[string]delivery.Mark, now int64) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	horizon := now - remembered
	for _, s := range c.streams {
		m, ok := marks[s.name].(*mark)
		if !ok {
			m, ok = c.Delivery.Saved(s.name).(*mark)
		}
		if !ok {
			return nil // nothing is known of it yet, and nothing leaves
		}
		horizon = min(horizon, m.rec.Polled-remembered)
	}
	for _, s := range c.streams {
		m, ok := marks[s.name].(*mark)
		if !ok {
			continue
		}
		rec := m.rec.Clone()
		rec.Forgotten = max(rec.Forgotten, horizon, 0)
		commit.Streams = append(commit.Streams, rec)
		if m.done > s.saved {
			commit.IDs = append(commit.IDs[:len(commit.IDs):len(commit.IDs)], s.done[:m.done-s.saved]...)
		}
		text, err := json.Marshal(m.gaps)
		if err != nil {
			return fmt.Errorf("write gaps: %w", err)
		}
		if m.gaps.Count == 0 {
			text = nil // none was, or all are closed: there is no such mark
		}
		commit.Marks[gapsMark(s.name)] = text
	}
	if horizon > 0 {
		commit.Forget, commit.ForgetLimit = state.Ledger{{To: horizon}}, forgetLimit+len(commit.IDs)
	}
	return nil
}

// drop forgets the files whose ids are saved.
func (c *Collector) drop(marks map[string]delivery.Mark) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.streams {
		m, ok := marks[s.name].(*mark)
		if !ok || m.done <= s.saved {
			continue
		}
		n := m.done - s.saved
		for _, k := range s.done[:n] {
			delete(s.ids, k)
		}
		s.done = append([]state.Key(nil), s.done[n:]...)
		s.saved = m.done
	}
}

func stamp(t int64) string { return time.Unix(t, 0).UTC().Format(time.RFC3339) }
