package auditlog

import (
	"fluent-bit-openai-audit/internal/source"
	"fluent-bit-openai-audit/internal/state"
)

// Progress returns how far each stream is: of what was delivered, saved or not.
func (c *Collector) Progress() []source.Progress {
	now := c.clock.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make([]source.Progress, 0, len(c.streams))
	for _, s := range c.streams {
		rec := c.drained(s)
		p := source.Progress{
			Stream: s.name, Refused: s.refused, Known: s.known, Start: rec.Start, Wanted: max(0, now-rec.Start),
			CoveredUntil: rec.CoveredUntil(), LastPoll: rec.Polled, Polled: s.polls > 0 && rec.Polled > 0, Delivered: s.delivered,
		}
		p.Behind, p.Uncovered = lag(rec, now)
		p.BackTo = p.Start
		if holes := rec.Covered.Holes(state.Span{From: p.Start, To: p.LastPoll}); len(holes) > 0 {
			p.BackTo = holes[len(holes)-1].To
		}
		out = append(out, p)
	}
	return out
}

// drained returns what is known of a stream as far as its records have drained. The caller holds mu.
func (c *Collector) drained(s *stream) *state.Stream {
	if rec, ok := c.delivery.Drained(s.name).(*state.Stream); ok {
		return rec
	}
	return &state.Stream{}
}

// lag returns how many seconds before second now the last complete poll began, and how many of the wanted
// seconds up to now are not covered. The time since that poll counts in both: on a stream that is idle it
// is about the poll interval, and it grows while the stream cannot be read. What uncovered is more than
// behind is left to the workers.
func lag(rec *state.Stream, now int64) (behind, uncovered int64) {
	for _, hole := range rec.Covered.Holes(state.Span{From: rec.Start, To: now}) {
		uncovered += hole.Seconds()
	}
	return max(0, now-rec.Polled), uncovered
}

// dispensable reports whether the stream can be done without: in scope all that is a tenant stream that the API
// has never served, since most organizations have none.
func dispensable(p source.Progress, all bool) bool {
	return p.Refused && all && p.Stream == streamTenant && p.LastPoll == 0
}

// Refused returns the name of a stream that the API refuses and that is not to be done without; "" when there is
// none.
func (c *Collector) Refused() string {
	for _, p := range c.Progress() {
		if p.Refused && !dispensable(p, len(c.streams) > 1) {
			return p.Stream
		}
	}
	return ""
}

// CaughtUp reports whether all wanted time is covered, so that only new events are to come. A tenant stream that
// can be done without counts as covered.
func (c *Collector) CaughtUp() bool {
	for _, p := range c.Progress() {
		if dispensable(p, len(c.streams) > 1) {
			continue
		}
		if p.Refused || !p.Known || !p.Polled || p.Uncovered > p.Behind {
			return false
		}
	}
	return true
}
