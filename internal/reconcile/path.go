package reconcile

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	jsoniter "github.com/json-iterator/go"
)

// ID returns the id at path in a JSON object, as an export has it; why says why there is none.
func ID(object []byte, path string) (id []byte, why string) { return find(object, path) }

// find returns the string at path in a JSON object. Dots in path part keys, and may be part of one: where there are
// both, the longer key counts.
func find(object []byte, path string) (id []byte, why string) {
	if !json.Valid(object) {
		return nil, "no JSON: " + syntax(object)
	}
	value, ok := lookUp(jsoniter.Get(object), strings.Split(path, "."))
	switch {
	case !ok:
		return nil, fmt.Sprintf("there is nothing at %s; the object has %s; -id names the path of the id", path, keys(object))
	case value.ValueType() != jsoniter.StringValue:
		return nil, fmt.Sprintf("what is at %s is no string; -id names the path of the id", path)
	}
	return []byte(value.ToString()), ""
}

// lookUp follows a path from one value on.
func lookUp(value jsoniter.Any, path []string) (jsoniter.Any, bool) {
	if len(path) == 0 {
		return value, true
	}
	if value.ValueType() != jsoniter.ObjectValue {
		return nil, false
	}
	for n := len(path); n > 0; n-- {
		if next := value.Get(strings.Join(path[:n], ".")); next.ValueType() != jsoniter.InvalidValue {
			if found, ok := lookUp(next, path[n:]); ok {
				return found, true
			}
		}
	}
	return nil, false
}

// syntax says what is wrong with a text that is no JSON.
func syntax(text []byte) string {
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		return err.Error()
	}
	return "it is none"
}

// mostKeys is how many keys of an object are named.
const mostKeys = 12

// keys names the keys of an object, and none of its values.
func keys(object []byte) string {
	names := jsoniter.Get(object).Keys()
	if len(names) == 0 {
		return "no keys"
	}
	slices.Sort(names)
	more := ""
	if n := len(names) - mostKeys; n > 0 {
		names, more = names[:mostKeys], fmt.Sprintf(" and %d more", n)
	}
	for i, name := range names {
		names[i] = fmt.Sprintf("%.40q", name)
	}
	return strings.Join(names, ", ") + more
}
