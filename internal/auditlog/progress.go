package auditlog

import (
	"fluent-bit-openai-audit/internal/source"
	"fluent-bit-openai-audit/internal/state"
)

// progress returns how far each stream is: of what was delivered, saved or not. In scope all a tenant stream that the API has
// never served can be done without, since most organizations have none.
func (c *Collector) progress() []source.Progress {
	now := c.Clock.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make([]source.Progress, 0, len(c.streams))
	for _, s := range c.streams {
		rec, ok := c.Delivery.Drained(s.name).(*state.Stream)
		if !ok {
			rec = &state.Stream{}
		}
		p := source.ProgressOf(s.name, rec, now)
		p.Refused, p.Spared = s.refused, c.spared(s) && s.refused && rec.Polled == 0
		p.Known, p.Polled, p.Delivered = s.known, s.polls > 0 && rec.Polled > 0, s.delivered.Load()
		out = append(out, p)
	}
	return out
}

// spared reports whether a stream costs the other one nothing when it is not served.
func (c *Collector) spared(s *stream) bool { return s.tenant && len(c.streams) > 1 }
