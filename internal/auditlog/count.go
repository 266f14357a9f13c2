package auditlog

import (
	"time"

	"fluent-bit-openai-audit/internal/metrics"
	"fluent-bit-openai-audit/internal/record"
)

// classOf returns the class by which an event is counted.
func (c *Collector) classOf(ev *record.Event) string {
	if ev.Malformed != "" {
		return metrics.ClassMalformed
	}
	return c.classes.Of(ev.Type)
}

// seen measures how long after its time an event that a poll found was first seen. One that is late, and near the far edge of
// the overlap, has others beyond that edge, which wait for a sweep: the overlap is doubled.
func (c *Collector) seen(s *stream, ev event, now int64) {
	c.mu.Lock()
	started, polled, from := s.started, s.rec.Polled, c.overlap(s)
	if ev.time < started {
		c.mu.Unlock()
		return // it was there before the plugin was: when it was listed is not known
	}
	to := from
	if ev.late && polled-ev.time > from*3/4 && from > 0 {
		to = max(from, min(2*from, int64(c.Config.SweepWindow/time.Second)))
		s.rec.Overlap = to
	}
	c.mu.Unlock()
	c.Counts.Lateness.With(s.name).Observe(float64(max(0, now-ev.time)))
	if to > from {
		c.Journal.Warnf("%s stream: an event was listed %s after its time, near the edge of the overlap of %s; polls read %s again from "+
			"now on (set overlap to that to make it the rule)", s.name, seconds(now-ev.time), seconds(from), seconds(to))
	}
}

func seconds(n int64) time.Duration { return time.Duration(n) * time.Second }
