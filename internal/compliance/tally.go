package compliance

import (
	"strings"

	"fluent-bit-openai-audit/internal/metrics"
)

// noteSpan enters the time of records that were queued into what is known of the stream.
func (c *Collector) noteSpan(s *stream, oldest, newest int64) {
	if newest > c.Clock.Now() {
		newest = 0 // what lies ahead is no measure of what has come
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	s.rec.Saw(oldest, newest)
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
