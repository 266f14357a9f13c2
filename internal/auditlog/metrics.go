package auditlog

import (
	"fmt"
	"maps"
	"slices"

	"fluent-bit-openai-audit/internal/metrics"
	"fluent-bit-openai-audit/internal/openai"
)

// statusNetwork stands for the HTTP status of a request that had no answer.
const statusNetwork = "network"

// preset makes the series whose labels are known beforehand, since Prometheus sees no increase in a
// counter that begins with its first event.
//
// Statuses and event classes are what the API makes them: here are the statuses that ask something
// different of an operator and the usual failures of a server, and the classes that are our own. Times,
// and what is reckoned from them, are left out until they are known: zero would mean 1970, or that
// nothing is behind.
func (c *Collector) preset() {
	m := c.metrics
	for _, s := range c.streams {
		for _, v := range []*metrics.Vec{
			m.Duplicates, m.Excluded, m.Malformed, m.LateEvents, m.Lateness, m.Retries, m.Bytes,
		} {
			v.With(s.name)
		}
		for _, class := range []string{metrics.ClassMalformed, metrics.ClassOther} {
			m.Events.With(s.name, class)
		}
		for _, kind := range slices.Sorted(maps.Keys(anomalyTexts)) {
			m.Anomalies.With(s.name, kind)
		}
		for _, status := range []string{
			"200", "400", "401", "403", "404", "422", "429", "500", "502", "503", "504", statusNetwork,
		} {
			m.Requests.With(s.name, status)
		}
	}
}

// countRequest counts a request for the audit log. The few for the key's power, most of which are to be
// refused, are none.
func (c *Collector) countRequest(o openai.Observation) {
	if o.Probe {
		return
	}
	name, status := streamOrganization, statusNetwork
	if o.Tenant {
		name = streamTenant
	}
	if o.Status != 0 {
		status = fmt.Sprint(o.Status)
	}
	c.metrics.Requests.With(name, status).Add(1)
	c.metrics.Bytes.With(name).Add(float64(o.Wire))
}

// observe brings the gauges up to date. What is reckoned from the clock goes on while a stream is not
// read, for whatever reason.
func (c *Collector) observe() {
	for _, p := range c.Progress() {
		if p.LastPoll == 0 {
			continue
		}
		c.metrics.Behind.With(p.Stream).Set(float64(p.Behind))
		c.metrics.Uncovered.With(p.Stream).Set(float64(p.Uncovered))
		c.metrics.CoveredUntil.With(p.Stream).Set(float64(p.CoveredUntil))
	}
}
