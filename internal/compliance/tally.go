package compliance

import (
	"strings"
	"sync"

	"fluent-bit-openai-audit/internal/metrics"
	"fluent-bit-openai-audit/internal/record"
)

const malformedClass = metrics.ClassMalformed

// tally counts what one piece of a file brought, for the metrics and for the state file.
type tally struct {
	c *Collector
	s *stream

	mu      sync.Mutex // held by its maker until all is counted: the host may have taken the records before that
	classes map[string]int
	records int
	oldest  int64
	newest  int64
}

// newTally returns a tally that is locked.
func (c *Collector) newTally(s *stream) *tally {
	t := &tally{c: c, s: s, classes: make(map[string]int)}
	t.mu.Lock()
	return t
}

// count counts a record that was queued.
func (t *tally) count(class string, ev *record.Event) {
	t.classes[class]++
	t.records++
	if ev.Untimed {
		return
	}
	if t.oldest == 0 || ev.Time < t.oldest {
		t.oldest = ev.Time
	}
	t.newest = max(t.newest, ev.Time)
}

// accepted counts the records now that the host has taken them.
func (t *tally) accepted() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for class, n := range t.classes {
		t.c.Counts.Events.With(t.s.name, class).Add(float64(n))
	}
	t.c.mu.Lock()
	defer t.c.mu.Unlock()
	t.s.delivered += uint64(t.records) //nolint:gosec // a count
}

// span enters the time of what was queued into what is known of the stream. The caller holds the Collector's lock.
func (t *tally) span(now int64) {
	rec := t.s.rec
	if t.oldest > 0 && (rec.Oldest == 0 || t.oldest < rec.Oldest) {
		rec.Oldest = t.oldest
	}
	if t.newest <= now { // what lies ahead is no measure of what has come
		rec.Newest = max(rec.Newest, t.newest)
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
