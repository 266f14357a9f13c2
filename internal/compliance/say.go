package compliance

import (
	"strings"

	"fluent-bit-openai-audit/internal/host"
	"fluent-bit-openai-audit/internal/state"
)

// describe says in two parts of a line what is read, and from where on.
func (c *Collector) describe() (what, where string) {
	var parts []string
	where, until := "a first run, from start_from "+c.cfg.StartFrom.String()+" on", int64(0)
	for _, s := range c.streams {
		parts = append(parts, s.name+" ("+strings.Join(s.types, ", ")+")")
		if at := s.rec.CoveredUntil(); s.rec.Polled > 0 && (until == 0 || at < until) { // the one that is furthest behind
			where, until = "going on where the state file ends, "+stamp(at)+" ("+s.name+" stream)", at
		}
	}
	return strings.Join(parts, " and ") + " from " + c.cfg.Origin(), where
}

// sayChanged says what becomes of a state file that was written for other types, or for another workspace. Of other types
// everything that was wanted is listed again, as far as the API keeps it: files that were read are known.
func (c *Collector) sayChanged(s *stream, r state.Resumption) {
	switch r.Course {
	case state.Fresh, state.Same, state.Narrower:
	case state.OtherLog:
		c.Journal.Warnf("the state file is about another log (%s): this one (%s) is read from start_from (%s) on; give each its own db if both "+
			"are to be collected", r.Other, c.cfg.Origin(), c.cfg.StartFrom)
	case state.Wider, state.Unlike:
		for _, l := range r.Earlier {
			if l.Stream.Begun() && (s.rec.Start == 0 || l.Stream.Start < s.rec.Start) {
				s.rec.Start, s.rec.Swept = l.Stream.Start, max(1, l.Stream.Swept)
			}
			s.rec.Newest = max(s.rec.Newest, l.Stream.Newest)
		}
		c.Journal.Warnf("%s stream: log_types changed: what they add is read from %s on, as far as the API keeps it; files that were read "+
			"are not read again", s.name, stamp(s.rec.Start))
	}
}

// Anomalies: what an answer did that the API's documentation does not allow for.
const (
	anomalyCursor = "repeated_cursor"
	anomalyFilter = "ignored_filter"
	anomalyBare   = "envelope"
	anomalyEntry  = "file_entry"
)

// anomalyTexts says of each kind what the API did.
var anomalyTexts = map[string]string{ //nolint:gochecknoglobals // a constant table
	anomalyCursor: "the API announced more log files, and where to go on led nowhere",
	anomalyFilter: "the API listed log files outside the time asked for",
	anomalyEntry:  "the API listed a log file without what it takes to fetch it (id, end_time, file_sha256); it is looked for again",
	anomalyBare:   "a record has no event_id or no timestamp; it is delivered as it came, dated by its file",
}

// anomaly counts what an answer did wrong, and says it at intervals.
func (c *Collector) anomaly(s *stream, kind string) {
	c.Counts.Anomalies.With(s.name, kind).Add(1)
	c.Journal.Repeat(host.Warn, "anomaly/"+s.name+"/"+kind, "%s stream: %s; nothing is lost by it", s.name, anomalyTexts[kind])
}
