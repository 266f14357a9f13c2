package reconcile

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// ID returns the id at path in a JSON object, as an export has it; why says why there is none.
func ID(object []byte, path string) (id []byte, why string) { return find(object, path) }

// find returns the string at path in a JSON object. Dots in path part keys, and may be part of one: where there are
// both, the longer key counts.
func find(object []byte, path string) (id []byte, why string) {
	var top map[string]json.RawMessage
	if err := json.Unmarshal(object, &top); err != nil {
		return nil, "no JSON: " + err.Error()
	}
	value, ok := lookUp(top, strings.Split(path, "."))
	if !ok {
		return nil, fmt.Sprintf("there is nothing at %s; the object has %s; -id names the path of the id", path, keys(top))
	}
	var text *string
	if err := json.Unmarshal(value, &text); err != nil || text == nil {
		return nil, fmt.Sprintf("what is at %s is no string; -id names the path of the id", path)
	}
	return []byte(*text), ""
}

// lookUp follows a path from an object on.
func lookUp(object map[string]json.RawMessage, path []string) (json.RawMessage, bool) {
	for n := len(path); n > 0; n-- {
		value, ok := object[strings.Join(path[:n], ".")]
		switch {
		case !ok:
		case n == len(path):
			return value, true
		default:
			var inner map[string]json.RawMessage
			if json.Unmarshal(value, &inner) != nil { // no object
				continue
			}
			if found, ok := lookUp(inner, path[n:]); ok {
				return found, true
			}
		}
	}
	return nil, false
}

// mostKeys is how many keys of an object are named.
const mostKeys = 12

// keys names the keys of an object, and none of its values.
func keys(object map[string]json.RawMessage) string {
	if len(object) == 0 {
		return "no keys"
	}
	names := slices.Sorted(maps.Keys(object))
	more := ""
	if n := len(names) - mostKeys; n > 0 {
		names, more = names[:mostKeys], fmt.Sprintf(" and %d more", n)
	}
	for i, name := range names {
		names[i] = fmt.Sprintf("%.40q", name)
	}
	return strings.Join(names, ", ") + more
}
