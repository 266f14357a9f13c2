package config

import (
	"slices"
	"strings"
	"sync"

	"fluent-bit-openai-audit/internal/record/catalog"
)

// EventType is one of the event types that were known when this version was made. The API adds types
// without notice: an event of another type is as good as these.
type EventType struct {
	Name   string
	Tenant bool // it is listed only in the tenant's stream
}

// knownTypes returns the known event types, sorted by name. They are taken from the catalog once, and not to be changed.
var knownTypes = sync.OnceValue(readTypes) //nolint:gochecknoglobals // a constant table

// EventTypes returns the known event types, sorted by name.
func EventTypes() []EventType { return slices.Clone(knownTypes()) }

func readTypes() []EventType {
	table := catalog.Types()
	types := make([]EventType, len(table))
	for i, t := range table {
		types[i] = EventType{Name: t.Name, Tenant: t.Tenant}
	}
	return types
}

// EventTypeNamed returns the known event type of that name. The client needs it because the API refuses
// a request for the tenant's stream that asks for any type outside of it.
func EventTypeNamed(name string) (EventType, bool) {
	types := knownTypes()
	i, found := slices.BinarySearchFunc(types, name, func(t EventType, name string) int { return strings.Compare(t.Name, name) })
	if !found {
		return EventType{}, false
	}
	return types[i], true
}

// groups returns the patterns prefix.* for all prefixes that the names have, once each.
func groups(names []string) []string {
	var list []string
	for _, name := range names {
		for i := range len(name) {
			if group := name[:i] + ".*"; name[i] == '.' && !slices.Contains(list, group) {
				list = append(list, group)
			}
		}
	}
	return list
}
