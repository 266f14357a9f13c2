package collect

import "time"

// seen measures how long after its time an event that a poll or a sweep found was first seen.
func (c *Collector) seen(s *stream, at, now int64) {
	if at < c.book.startedAt(s) {
		return // it was there before the plugin was: when it was listed is not known
	}
	c.metrics.Lateness.With(s.name).Observe(float64(max(0, now-at)))
}

// late notes an event that was listed in time that had been covered before. When a poll finds one near
// the far edge of the overlap, others lie beyond that edge and wait for a sweep: the overlap is doubled.
func (c *Collector) late(s *stream, at, now int64, poll bool) {
	if !poll {
		return
	}
	most := int64(c.cfg.SweepWindow / time.Second)
	if from, to := c.book.widen(s, at, most); to > from {
		c.journal.Warnf("%s stream: an event was listed %s after its time, near the edge of the overlap of %s; polls re-read %s from "+
			"now on (set overlap to that to keep it over a restart)", s.name, seconds(now-at), seconds(from), seconds(to))
	}
}

func seconds(n int64) time.Duration { return time.Duration(n) * time.Second }

// widen doubles the overlap when an event at second at lies near its far edge, up to most seconds.
func (b *book) widen(s *stream, at, most int64) (from, to int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	from = s.overlap
	if s.rec.Polled-at > from*3/4 && from > 0 {
		s.overlap = max(from, min(2*from, most))
	}
	return from, s.overlap
}

// startedAt returns the server's time at which the stream was first taken up by this process.
func (b *book) startedAt(s *stream) int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return s.started
}
