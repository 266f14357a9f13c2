package compliance

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"fluent-bit-openai-audit/internal/metrics"
	"fluent-bit-openai-audit/internal/openai"
)

// statusNetwork stands for the HTTP status of a request that had no answer.
const statusNetwork = "network"

// preset makes the series whose labels are known beforehand, since Prometheus sees no increase in a counter that begins
// with its first event.
func (c *Collector) preset() {
	m := c.Counts
	for _, s := range c.streams {
		for _, v := range []*metrics.Vec{m.Duplicates, m.Excluded, m.Malformed, m.Lateness, m.Retries, m.Bytes} {
			v.With(s.name)
		}
		for _, t := range s.types {
			m.Events.With(s.name, strings.ToLower(t))
			m.Files.With(s.name, strings.ToLower(t))
		}
		m.Events.With(s.name, metrics.ClassMalformed)
		for _, why := range []string{gapGone, gapSum, gapExpired} {
			m.Gaps.With(s.name, why)
		}
		for _, kind := range slices.Sorted(maps.Keys(anomalyTexts)) {
			m.Anomalies.With(s.name, kind)
		}
		for _, status := range []string{"200", "307", "400", "401", "403", "404", "422", "429", "500", "502", "503", "504", statusNetwork} {
			m.Requests.With(s.name, status)
		}
	}
}

// countRequest counts a request. Which stream one for a file is for is not told where there are two: both share the key.
func (c *Collector) countRequest(o openai.Observation) {
	if o.Probe || len(c.streams) == 0 {
		return
	}
	name, status := c.streams[0].name, statusNetwork
	for _, s := range c.streams {
		if s.place.Route == o.Route {
			name = s.name
		}
	}
	if o.Status != 0 {
		status = fmt.Sprint(o.Status)
	}
	c.Counts.Requests.With(name, status).Add(1)
	c.Counts.Bytes.With(name).Add(float64(o.Wire))
}

// observe brings the gauges up to date. What is reckoned from the clock goes on while a stream is not read, for whatever
// reason.
func (c *Collector) observe() {
	for _, p := range c.Progress() {
		if p.LastPoll == 0 {
			continue
		}
		c.Counts.Behind.With(p.Stream).Set(float64(p.Behind))
		c.Counts.Uncovered.With(p.Stream).Set(float64(p.Uncovered))
		c.Counts.CoveredUntil.With(p.Stream).Set(float64(p.CoveredUntil))
	}
}
