package auditlog

import (
	"sync"
	"time"

	"fluent-bit-openai-audit/internal/metrics"
	"fluent-bit-openai-audit/internal/record"
	"fluent-bit-openai-audit/internal/state"
)

// tally counts what one page brought, for the metrics and for the state file.
type tally struct {
	c *Collector
	s *stream

	mu      sync.Mutex // held by its maker until all is counted: the host may have taken the events before that
	classes []classCount
	events  int
	late    int
}

// classCount is how many events of a class (the type up to its first dot) there are.
type classCount struct {
	class string
	n     int
}

// newTally returns a tally that is locked.
func (c *Collector) newTally(s *stream) *tally {
	t := &tally{c: c, s: s}
	t.mu.Lock()
	return t
}

// count counts an event that was queued.
func (t *tally) count(ev event) {
	t.events++
	if ev.late {
		t.late++
	}
	for i := range t.classes {
		if t.classes[i].class == ev.class {
			t.classes[i].n++
			return
		}
	}
	t.classes = append(t.classes, classCount{ev.class, 1})
}

// accepted counts the events now that the host has taken them.
func (t *tally) accepted() {
	t.mu.Lock()
	defer t.mu.Unlock()
	m := t.c.metrics
	for _, k := range t.classes {
		m.Events.With(t.s.name, k.class).Add(float64(k.n))
	}
	if t.late > 0 {
		m.LateEvents.With(t.s.name).Add(float64(t.late))
	}
	t.c.mu.Lock()
	defer t.c.mu.Unlock()
	t.s.delivered += uint64(t.events) //nolint:gosec // a count
}

// noteRead enters what a page brought into what is known of the stream.
func (c *Collector) noteRead(k *walker, t *tally, now int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	rec := k.s.rec
	rec.Events += uint64(t.events) //nolint:gosec // a count
	rec.Late += uint64(t.late)     //nolint:gosec // a count
	for i, fresh := range k.new {
		at := int64(k.records[i].Time)
		if !fresh || k.records[i].Key.Time == state.Untimed {
			continue
		}
		if rec.Oldest == 0 || at < rec.Oldest {
			rec.Oldest = at
		}
		if at <= now+clockSlack { // later ones are no measure of what has come
			rec.Newest = max(rec.Newest, at)
		}
	}
}

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
		to = max(from, min(2*from, int64(c.cfg.SweepWindow/time.Second)))
		s.rec.Overlap = to
	}
	c.mu.Unlock()
	c.metrics.Lateness.With(s.name).Observe(float64(max(0, now-ev.time)))
	if to > from {
		c.journal.Warnf("%s stream: an event was listed %s after its time, near the edge of the overlap of %s; polls read %s again from "+
			"now on (set overlap to that to make it the rule)", s.name, seconds(now-ev.time), seconds(from), seconds(to))
	}
}

func seconds(n int64) time.Duration { return time.Duration(n) * time.Second }
