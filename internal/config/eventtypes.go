package config

import (
	_ "embed" // event_types.txt
	"slices"
	"strings"
	"sync"
)

//go:embed event_types.txt
var eventTypesText string

// EventType is one of the event types that were known when this version was made. The API adds types
// without notice: an event of another type is as good as these.
type EventType struct {
	Name   string
	Tenant bool // it is listed only in the tenant's stream
}

// knownTypes returns the known event types, sorted by name. They are read from the text once, and not to be changed.
var knownTypes = sync.OnceValue(readTypes) //nolint:gochecknoglobals // a constant table

// EventTypes returns the known event types, sorted by name.
func EventTypes() []EventType { return slices.Clone(knownTypes()) }

func readTypes() []EventType {
	var types []EventType
	for line := range strings.Lines(eventTypesText) {
		line, _, _ = strings.Cut(line, "#")
		if fields := strings.Fields(line); len(fields) > 0 {
			types = append(types, EventType{Name: fields[0], Tenant: slices.Contains(fields[1:], "tenant")})
		}
	}
	slices.SortFunc(types, func(a, b EventType) int { return strings.Compare(a.Name, b.Name) })
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
