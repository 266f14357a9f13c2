package compliance

import (
	"maps"
	"slices"
	"strings"

	"fluent-bit-openai-audit/internal/metrics"
	"fluent-bit-openai-audit/internal/openai"
)

// preset makes the series whose labels are known beforehand: see source.Core.Preset.
func (c *Collector) preset() {
	for _, s := range c.streams {
		classes := []string{metrics.ClassMalformed}
		for _, t := range s.types {
			classes = append(classes, strings.ToLower(t))
			c.Counts.Files.With(s.name, strings.ToLower(t))
		}
		c.Preset(s.name, classes, slices.Sorted(maps.Keys(anomalyTexts)))
		c.Counts.Requests.With(s.name, "307") // the answer to a request for a file
		for _, why := range []string{gapGone, gapSum, gapExpired} {
			c.Counts.Gaps.With(s.name, why)
		}
	}
}

// countRequest counts a request. Which stream one for a file is for is not told where there are two: both share the key.
func (c *Collector) countRequest(seen openai.Observation) {
	if seen.Probe || len(c.streams) == 0 {
		return
	}
	name := c.streams[0].name
	for _, s := range c.streams {
		if s.place.Route == seen.Route {
			name = s.name
		}
	}
	c.CountRequest(name, seen)
}
