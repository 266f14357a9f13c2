package collect

import (
	"encoding/json"
	"fmt"
	"slices"

	"fluent-bit-openai-audit/internal/state"
)

// filters are what the API was asked to filter by, by property name. Fewer filters list more events.
type filters map[string][]string

const filterTypes = "event_types"

func parseFilters(text string) (filters, error) {
	var f filters
	if err := json.Unmarshal([]byte(text), &f); err != nil {
		return nil, fmt.Errorf("read filters %q: %w", text, err)
	}
	return f, nil
}

// sameBesidesTypes reports whether whatever f lists, leaving event types aside, o lists too.
func (f filters) sameBesidesTypes(o filters) bool {
	for name, values := range o {
		if name != filterTypes && !slices.Equal(values, f[name]) {
			return false
		}
	}
	return true
}

// includedIn reports whether everything that f lists is listed by o too.
func (f filters) includedIn(o filters) bool {
	types, all := o[filterTypes]
	if !f.sameBesidesTypes(o) {
		return false
	}
	if !all {
		return true
	}
	wanted, some := f[filterTypes]
	if !some {
		return false
	}
	for _, t := range wanted {
		if !slices.Contains(types, t) {
			return false
		}
	}
	return true
}

// inherit takes over what a stream's earlier queries on the same log covered. Under filters that include
// today's that is covered time. Under others it says which events were delivered, as far as their type
// tells. repeats is set when it does not: then events that are older than the ids may come again.
func (s *stream) inherit(earlier []*state.Stream) (repeats bool, err error) {
	today, err := parseFilters(s.rec.Filters)
	if err != nil {
		return false, err
	}
	for _, rec := range earlier {
		former, err := parseFilters(rec.Filters)
		if err != nil {
			return false, err
		}
		l := layer{rec: rec}
		s.older = append(s.older, l)
		last := &s.older[len(s.older)-1]
		switch {
		case today.includedIn(former):
			s.takeOver(rec)
		case today.sameBesidesTypes(former):
			last.tells = true
			last.types = make(map[string]bool)
			for _, t := range former[filterTypes] {
				last.types[t] = true
			}
		default:
			repeats = true
		}
	}
	return repeats, nil
}

// takeOver adds what rec covered to the stream's own ledger.
func (s *stream) takeOver(rec *state.Stream) {
	own := s.rec
	if own.Swept == 0 {
		own.Start = rec.Start
	}
	own.Start = min(own.Start, rec.Start)
	for _, span := range rec.Covered {
		own.Covered = own.Covered.Add(span)
	}
	own.Forgotten = max(own.Forgotten, rec.Forgotten)
	own.Newest = max(own.Newest, rec.Newest)
	if rec.Polled > own.Polled {
		own.Polled, own.Swept = rec.Polled, rec.Swept
	}
	s.changed = true
}
