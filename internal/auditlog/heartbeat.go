package auditlog

import (
	"slices"

	"fluent-bit-openai-audit/internal/state"
)

// heartbeatStream is what a heartbeat says of a stream.
type heartbeatStream struct {
	Refused bool `json:"refused"` // the API does not serve the stream

	// Null before the first poll.
	CoveredUntil *int64 `json:"covered_until"`     // no event from before this time that the API has listed is missing
	Behind       *int64 `json:"behind_seconds"`    // since last_poll, up to effective_at
	Uncovered    *int64 `json:"uncovered_seconds"` // likewise, and those of all holes
	LastPoll     *int64 `json:"last_poll"`

	Holes     []state.Span `json:"holes"` // before last_poll; at most 10, newest first
	HoleCount int          `json:"hole_count"`
	Events    uint64       `json:"events"` // accepted since the last heartbeat
}

// heartbeatMaxHoles is how many holes a heartbeat names.
const heartbeatMaxHoles = 10

// beat returns each stream's part of a heartbeat at second now, and begins to count events anew.
func (c *Collector) beat(now int64) map[string]any {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make(map[string]any)
	for _, s := range c.streams {
		h := heartbeatStream{Refused: s.refused, Events: s.delivered - s.beaten, Holes: []state.Span{}}
		s.beaten = s.delivered
		if rec := c.drained(s); rec.Polled > 0 {
			until, polled := rec.CoveredUntil(), rec.Polled
			behind, uncovered := lag(rec, now)
			h.CoveredUntil, h.Behind, h.Uncovered, h.LastPoll = &until, &behind, &uncovered, &polled
			holes := rec.Covered.Holes(state.Span{From: rec.Start, To: rec.Polled})
			h.HoleCount = len(holes)
			slices.Reverse(holes)
			h.Holes = append(h.Holes, holes[:min(len(holes), heartbeatMaxHoles)]...)
		}
		out[s.name] = h
	}
	return out
}
