package compliance

import (
	"strings"

	"fluent-bit-openai-audit/internal/metrics"
)

// noteSpan enters the time of records that were queued into what is known of the stream.
func (c *Collector) noteSpan(s *stream, oldest, newest int64) {
	now := c.Clock.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if oldest > 0 && (s.rec.Oldest == 0 || oldest < s.rec.Oldest) {
		s.rec.Oldest = oldest
	}
	if newest <= now { // what lies ahead is no measure of what has come
		s.rec.Newest = max(s.rec.Newest, newest)
	}
}

// class returns the class by which records of a type are counted.
func (c *Collector) class(logType string) string {
	for _, s := range c.streams {
		for _, t := range s.types {
			if t == logType {
				return strings.ToLower(t)
			}
		}
	}
	return metrics.ClassOther
}
