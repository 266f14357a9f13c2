package source

import "fluent-bit-openai-audit/internal/state"

// ProgressOf returns how far a stream is at second now by what is known of it; the rest of it is for the caller to fill in.
//
// The time since the last complete poll counts as behind and as uncovered: on a stream that is idle it is about the poll
// interval, and it grows while the stream cannot be read. What uncovered is more than behind is left to the workers.
func ProgressOf(name string, rec *state.Stream, now int64) Progress {
	p := Progress{
		Stream: name, Start: rec.Start, Wanted: max(0, now-rec.Start), CoveredUntil: rec.CoveredUntil(), LastPoll: rec.Polled,
		Behind: max(0, now-rec.Polled), BackTo: rec.Start, Holes: rec.Covered.Holes(state.Span{From: rec.Start, To: rec.Polled}),
	}
	for _, hole := range rec.Covered.Holes(state.Span{From: rec.Start, To: now}) {
		p.Uncovered += hole.Seconds()
	}
	if n := len(p.Holes); n > 0 {
		p.BackTo = p.Holes[n-1].To
	}
	return p
}
