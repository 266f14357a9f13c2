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
		p := source.ProgressOf(s.name, c.drained(s), now)
		p.Refused, p.Known, p.Polled, p.Delivered = s.refused, s.known, s.polls > 0 && p.LastPoll > 0, s.delivered
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
