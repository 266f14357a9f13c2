package auditlog

import "fluent-bit-openai-audit/internal/source"

// beat returns each stream's part of a heartbeat at second now, and begins to count events anew.
func (c *Collector) beat(now int64) map[string]any {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make(map[string]any)
	for _, s := range c.streams {
		b := source.BeatOf(c.drained(s), now)
		b.Refused, b.Events = s.refused, s.delivered-s.beaten
		s.beaten = s.delivered
		out[s.name] = b
	}
	return out
}
