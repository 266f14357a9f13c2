package source

import (
	"slices"

	"fluent-bit-openai-audit/internal/state"
)

// ProgressOf returns how far a stream is at second now by what is known of it; the rest of it is for the caller to fill in.
// The time since the last poll counts as uncovered, too: on a stream that is idle it is about the poll interval, and it grows
// while the stream cannot be read.
func ProgressOf(name string, rec *state.Stream, now int64) Progress {
	p := Progress{
		Stream: name, Start: rec.Start, Wanted: max(0, now-rec.Start), CoveredUntil: rec.CoveredUntil(), LastPoll: rec.Polled,
		BackTo: rec.Start,
	}
	p.Behind, p.Uncovered = lag(rec, now)
	if holes := rec.Covered.Holes(state.Span{From: p.Start, To: p.LastPoll}); len(holes) > 0 {
		p.BackTo = holes[len(holes)-1].To
	}
	return p
}

// lag returns how many seconds before second now the last complete poll began, and how many of the wanted seconds up to now
// are not covered. What uncovered is more than behind is left to the workers.
func lag(rec *state.Stream, now int64) (behind, uncovered int64) {
	for _, hole := range rec.Covered.Holes(state.Span{From: rec.Start, To: now}) {
		uncovered += hole.Seconds()
	}
	return max(0, now-rec.Polled), uncovered
}

// StreamBeat is what a heartbeat says of a stream that covers time.
type StreamBeat struct {
	Refused bool `json:"refused"` // the API does not serve the stream

	// Null before the first poll.
	CoveredUntil *int64 `json:"covered_until"`     // nothing from before this time that the API has listed is missing
	Behind       *int64 `json:"behind_seconds"`    // since last_poll, up to effective_at
	Uncovered    *int64 `json:"uncovered_seconds"` // likewise, and those of all holes
	LastPoll     *int64 `json:"last_poll"`

	Holes     []state.Span `json:"holes"` // before last_poll; at most MaxHoles, newest first
	HoleCount int          `json:"hole_count"`
	Events    uint64       `json:"events"` // accepted since the last heartbeat
}

// MaxHoles is how many holes, and how many of anything else, a heartbeat names.
const MaxHoles = 10

// BeatOf returns what a heartbeat at second now says of a stream by what is known of it; Refused and Events are for the
// caller to fill in.
func BeatOf(rec *state.Stream, now int64) StreamBeat {
	b := StreamBeat{Holes: []state.Span{}}
	if rec.Polled == 0 {
		return b
	}
	until, polled := rec.CoveredUntil(), rec.Polled
	behind, uncovered := lag(rec, now)
	b.CoveredUntil, b.Behind, b.Uncovered, b.LastPoll = &until, &behind, &uncovered, &polled
	holes := rec.Covered.Holes(state.Span{From: rec.Start, To: rec.Polled})
	b.HoleCount = len(holes)
	slices.Reverse(holes)
	b.Holes = append(b.Holes, holes[:min(len(holes), MaxHoles)]...)
	return b
}
