package source

import (
	"strconv"
	"sync"
	"sync/atomic"

	"fluent-bit-openai-audit/internal/host"
	"fluent-bit-openai-audit/internal/metrics"
	"fluent-bit-openai-audit/internal/openai"
)

// statusNetwork stands for the HTTP status of a request that had no answer.
const statusNetwork = "network"

// Preset makes the series of a stream whose labels are known beforehand, since Prometheus sees no increase in a counter
// that begins with its first event.
//
// Statuses are what the API makes them: here are those that ask something different of an operator and the usual failures
// of a server. Times, and what is reckoned from them, are left out until they are known: zero would mean 1970, or that
// nothing is behind.
func (c *Core) Preset(stream string, classes, anomalies []string) {
	m := c.Counts
	for _, v := range []*metrics.Vec{m.Duplicates, m.Excluded, m.Malformed, m.Lateness, m.Retries, m.Bytes} {
		v.With(stream)
	}
	for _, class := range classes {
		m.Events.With(stream, class)
	}
	for _, kind := range anomalies {
		m.Anomalies.With(stream, kind)
	}
	for _, status := range []string{
		"200", "400", "401", "403", "404", "422", "429", "500", "502", "503", "504", statusNetwork,
	} {
		m.Requests.With(stream, status)
	}
}

// CountRequest counts a request that was made for a stream.
func (c *Core) CountRequest(stream string, seen openai.Observation) {
	status := statusNetwork
	if seen.Status != 0 {
		status = strconv.Itoa(seen.Status)
	}
	c.Counts.Requests.With(stream, status).Add(1)
	c.Counts.Bytes.With(stream).Add(float64(seen.Wire))
}

// Anomaly counts what an answer did that the API's documentation does not allow for, and says it at intervals.
func (c *Core) Anomaly(stream, kind, text string) {
	c.Counts.Anomalies.With(stream, kind).Add(1)
	c.Journal.Repeat(host.Warn, "anomaly/"+stream+"/"+kind, "%s stream: %s; it was worked around, no event is lost", stream, text)
}

// observe brings the gauges up to date that all sources have. What is reckoned from the clock goes on while a stream is not
// read, for whatever reason.
func (c *Core) observe() {
	size, _ := c.Delivery.Size()
	c.Counts.QueueBytes.With().Set(float64(size))
	if f, ok := c.Keys.(*openai.FileKey); ok {
		c.Counts.KeyAge.With().Set(f.Age().Seconds())
	}
	for _, p := range c.Progress() {
		if p.LastPoll > 0 {
			c.Counts.Behind.With(p.Stream).Set(float64(p.Behind))
			c.Counts.Uncovered.With(p.Stream).Set(float64(p.Uncovered))
			c.Counts.CoveredUntil.With(p.Stream).Set(float64(p.CoveredUntil))
		}
	}
}

// Tally counts the events of one Put for the metrics, once the host has accepted them. It is the maker's until Done.
type Tally struct {
	core      *Core
	stream    string
	delivered *atomic.Uint64

	mu      sync.Mutex // held until Done: the host may have accepted the events before they are counted
	classes []classCount
	events  uint64
	late    uint64
}

// classCount is how many events of a class (the type up to its first dot) there are.
type classCount struct {
	class string
	n     int
}

// NewTally returns a Tally for a stream. delivered is how many of its events the host has accepted.
func (c *Core) NewTally(stream string, delivered *atomic.Uint64) *Tally {
	t := &Tally{core: c, stream: stream, delivered: delivered}
	t.mu.Lock()
	return t
}

// Count counts an event that was queued.
func (t *Tally) Count(class string, late bool) {
	t.events++
	if late {
		t.late++
	}
	for i := range t.classes {
		if t.classes[i].class == class {
			t.classes[i].n++
			return
		}
	}
	t.classes = append(t.classes, classCount{class, 1})
}

// Done says that all is counted, and returns how much that is.
func (t *Tally) Done() (events, late uint64) {
	defer t.mu.Unlock()
	return t.events, t.late
}

// Accepted enters what was counted into the metrics. It is what Put is to call.
func (t *Tally) Accepted() {
	t.mu.Lock()
	defer t.mu.Unlock()
	m := t.core.Counts
	for _, k := range t.classes {
		m.Events.With(t.stream, k.class).Add(float64(k.n))
	}
	if t.late > 0 {
		m.LateEvents.With(t.stream).Add(float64(t.late))
	}
	t.delivered.Add(t.events)
}
