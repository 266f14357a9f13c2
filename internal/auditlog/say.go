package auditlog

import (
	"context"
	"maps"
	"slices"
	"strings"

	"fluent-bit-openai-audit/internal/openai"
	"fluent-bit-openai-audit/internal/source"
	"fluent-bit-openai-audit/internal/state"
)

// describe says in two parts of a line what is read, and from where on.
func (c *Collector) describe() (what, where string) {
	var names []string
	where, until := "a first run, from start_from "+c.Config.StartFrom.String()+" on", int64(0)
	for _, s := range c.streams {
		names = append(names, s.name)
		if at := s.rec.CoveredUntil(); s.rec.Polled > 0 && (until == 0 || at < until) { // the one that is furthest behind
			where, until = "going on where the state file ends, "+source.Stamp(at)+" ("+s.name+" stream)", at
		}
	}
	return strings.Join(names, " and ") + " from " + c.Config.Origin() + c.describeFilters(), where
}

// describeFilters names what narrows the log, as part of a line: who reads it should know that there is more.
func (c *Collector) describeFilters() (text string) {
	filters := c.Config.Filters()
	for _, name := range slices.Sorted(maps.Keys(filters)) {
		text += ", " + name + " " + strings.Join(filters[name], ",")
	}
	if len(c.Config.ExcludeEventTypes) > 0 {
		text += ", without " + strings.Join(c.Config.ExcludeEventTypes, ",")
	}
	return text
}

// sayChanged says what becomes of a state file that was written under other filters.
func (c *Collector) sayChanged(s *stream, course state.Course) {
	switch course {
	case state.Narrower:
		c.Journal.Infof("%s stream: the filters are narrower than those of the state file: it goes on where it was", s.name)
	case state.Unlike:
		c.Journal.Warnf("%s stream: the filters changed in a way that does not tell what was delivered under the former ones: the log is "+
			"read anew from start_from (%s) on, and events older than sweep_window (%s) may be delivered again",
			s.name, c.Config.StartFrom, c.Config.SweepWindow)
	case state.Wider:
		c.Journal.Warnf("%s stream: the filters changed: what they add is fetched from start_from (%s) on, what was delivered is not "+
			"delivered again", s.name, c.Config.StartFrom)
	}
}

// sayEmpty tells of a log that lists no event, which an organization whose audit logging is off has in common
// with one that is idle, and with filters that match nothing.
func (c *Collector) sayEmpty(ctx context.Context, s *stream) {
	c.mu.Lock()
	first := s.polls == 1 && s.rec.Newest == 0 && !s.tenant
	c.mu.Unlock()
	if !first || ctx.Err() != nil {
		return
	}
	newest, err := c.newestOf(ctx, s.query(0, 0, 1))
	if err != nil || newest > 0 {
		return // an error is said when the next poll meets it
	}
	if names := slices.Sorted(maps.Keys(c.Config.Filters())); len(names) > 0 {
		filters := strings.Join(names, ", ")
		switch newest, err := c.newestOf(ctx, openai.Query{Limit: 1, Unfiltered: true}); {
		case err != nil:
			c.Journal.Warnf("the filters (%s) match no event that the API lists; whether it lists any without them could not be "+
				"found out: %v", filters, err)
			return
		case newest > 0:
			c.Journal.Warnf("audit logging is on, but the filters (%s) match no event of the log, whose newest is of %s: check them, "+
				"unless such events are yet to come", filters, source.Stamp(newest))
			return
		}
	}
	c.Journal.Warnf("the API lists no event at all: an idle organization looks like that, and so does one whose audit logging is off; " +
		"an owner switches it on in the organization's settings (Data controls, Audit logging)")
}

// newestOf returns the time of the newest event that a query lists; 0 when there is none.
func (c *Collector) newestOf(ctx context.Context, q openai.Query) (int64, error) {
	a, err := c.fetchOnce(ctx, c.streams[0], openai.Live, q)
	if err != nil {
		return 0, err
	}
	return newestOf(a.page), nil
}
