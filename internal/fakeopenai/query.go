package fakeopenai

import (
	"math"
	"net/url"
	"slices"
	"strconv"
)

// Filter selects events as the API's parameters do. Within one field any value matches, over the fields all must.
type Filter struct {
	Stream    Stream
	From, To  int64 // Unix seconds: From <= EffectiveAt < To; 0 leaves the side open
	Types     []string
	Projects  []string
	Actors    []string
	Emails    []string
	Resources []string
}

// query is a request as understood.
type query struct {
	Filter
	from, to      int64 // the window, without special values
	limit         int
	after, before string
	ascending     bool // by a fault alone: the API has no such parameter
}

// The sides of an open window.
const (
	beginningOfTime = math.MinInt64
	endOfTime       = math.MaxInt64
)

func (f Filter) query() query {
	q := query{Filter: f, from: beginningOfTime, to: endOfTime}
	if f.From != 0 {
		q.from = f.From
	}
	if f.To != 0 {
		q.to = f.To
	}
	return q
}

// matchesAll reports whether there is no filter.
func (f *Filter) matchesAll() bool {
	return len(f.Types)+len(f.Projects)+len(f.Actors)+len(f.Emails)+len(f.Resources) == 0
}

// matches reports whether the event passes the filters; its time and stream are not looked at.
func (f *Filter) matches(e Event) bool {
	return matchesOne(f.Types, e.Type) && matchesOne(f.Projects, e.ProjectID) && matchesOne(f.Emails, e.ActorEmail) &&
		matchesAny(f.Actors, e.ActorIDs) && matchesAny(f.Resources, e.ResourceIDs)
}

func matchesOne(wanted []string, got string) bool {
	return len(wanted) == 0 || slices.Contains(wanted, got)
}

func matchesAny(wanted, got []string) bool {
	return len(wanted) == 0 || slices.ContainsFunc(got, func(s string) bool { return slices.Contains(wanted, s) })
}

// parseQuery reads a request's parameters. Unknown ones are ignored, as the API does: a misspelled filter filters nothing.
func (s *Server) parseQuery(raw string) (query, *apiError) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return query{}, badRequest("", "The query string could not be parsed.")
	}
	q := query{
		Filter: Filter{
			Types:     values["event_types[]"],
			Projects:  values["project_ids[]"],
			Actors:    values["actor_ids[]"],
			Emails:    values["actor_emails[]"],
			Resources: values["resource_ids[]"],
		},
		from:   beginningOfTime,
		to:     endOfTime,
		limit:  s.opts.DefaultLimit,
		after:  values.Get("after"),
		before: values.Get("before"),
	}
	if problem := q.parseWindow(values); problem != nil {
		return query{}, problem
	}
	if problem := s.parseLimit(values, &q); problem != nil {
		return query{}, problem
	}
	if problem := q.parseTenantOnly(values); problem != nil {
		return query{}, problem
	}
	problem := s.checkTypes(&q)
	return q, problem
}

func (q *query) parseWindow(values url.Values) *apiError {
	for _, bound := range []struct {
		param string
		apply func(second int64)
	}{
		{"effective_at[gt]", func(n int64) { q.from = max(q.from, next(n)) }},
		{"effective_at[gte]", func(n int64) { q.from = max(q.from, n) }},
		{"effective_at[lt]", func(n int64) { q.to = min(q.to, n) }},
		{"effective_at[lte]", func(n int64) { q.to = min(q.to, next(n)) }},
	} {
		for _, text := range values[bound.param] {
			n, err := strconv.ParseInt(text, 10, 64)
			if err != nil {
				return badRequest(bound.param, "Invalid type for '"+bound.param+"': expected an integer of Unix seconds.")
			}
			bound.apply(n)
		}
	}
	return nil
}

func next(n int64) int64 {
	if n == math.MaxInt64 {
		return n
	}
	return n + 1
}

func (s *Server) parseLimit(values url.Values, q *query) *apiError {
	if !values.Has("limit") {
		return nil
	}
	n, err := strconv.Atoi(values.Get("limit"))
	switch {
	case err != nil:
		return badRequest("limit", "Invalid type for 'limit': expected an integer.")
	case s.opts.ClampLimit:
		n = min(max(n, 1), s.opts.MaxLimit)
	case n < 1 || n > s.opts.MaxLimit:
		return badRequest("limit", "Invalid 'limit': expected a value from 1 to "+strconv.Itoa(s.opts.MaxLimit)+", got "+strconv.Itoa(n)+".")
	}
	q.limit = n
	return nil
}

func (q *query) parseTenantOnly(values url.Values) *apiError {
	if !values.Has("tenant_only") {
		return nil
	}
	tenant, err := strconv.ParseBool(values.Get("tenant_only"))
	if err != nil {
		return badRequest("tenant_only", "Invalid type for 'tenant_only': expected a boolean.")
	}
	if tenant {
		q.Stream = TenantStream
	}
	return nil
}

func (s *Server) checkTypes(q *query) *apiError {
	for _, t := range q.Types {
		if q.Stream == TenantStream && !TenantScoped(t) {
			return badRequest("event_types[]", "Invalid 'event_types[]': '"+t+"' is not tenant-scoped and cannot be combined with tenant_only=true.")
		}
		if s.knownTypes != nil && !s.knownTypes[t] {
			return badRequest("event_types[]", "Invalid 'event_types[]': '"+t+"' is not an event type.")
		}
	}
	return nil
}
