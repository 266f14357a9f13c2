package state

import (
	"encoding/json"
	"fmt"
	"slices"
)

// filters are what the API was asked to filter by, by property name. Fewer filters list more events.
type filters map[string][]string

const filterTypes = "event_types"

func parseFilters(text string) (filters, error) {
	var f filters
	if err := json.Unmarshal([]byte(text), &f); err != nil {
		return nil, fmt.Errorf("%w: read filters %q: %w", ErrDamaged, text, err)
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
