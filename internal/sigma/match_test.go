package sigma_test

import (
	"fmt"
	"slices"
	"strings"
)

// matcher tells whether an event is one that a part of a detection looks for.
type matcher func(event any) bool

// newMatcher reads a part of a detection: a map, of which all fields are to match, or a list of such, of which
// one is to.
func newMatcher(part any) (matcher, error) {
	switch part := part.(type) {
	case map[string]any:
		var all []matcher
		for field, value := range part {
			m, err := newField(field, value)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", field, err)
			}
			all = append(all, m)
		}
		return func(event any) bool {
			return !slices.ContainsFunc(all, func(m matcher) bool { return !m(event) })
		}, nil
	case []any:
		var any1 []matcher
		for _, element := range part {
			m, err := newMatcher(element)
			if err != nil {
				return nil, err
			}
			any1 = append(any1, m)
		}
		return func(event any) bool {
			return slices.ContainsFunc(any1, func(m matcher) bool { return m(event) })
		}, nil
	}
	return nil, fmt.Errorf("neither a map nor a list of maps: %v", part)
}

// newField reads a field with modifiers and its value or values, of which one is to match.
func newField(field string, value any) (matcher, error) {
	words := strings.Split(field, "|")
	values, ok := value.([]any)
	if !ok {
		values = []any{value}
	}
	modifier := ""
	switch {
	case len(words) > 2:
		return nil, fmt.Errorf("more than one modifier")
	case len(words) == 2:
		modifier = words[1]
	}
	if len(values) == 0 {
		return nil, fmt.Errorf("no value")
	}
	for _, want := range values {
		if err := checkValue(modifier, want, len(values) > 1); err != nil {
			return nil, err
		}
	}
	return func(event any) bool {
		found := lookup(event, words[0])
		if len(found) == 0 && values[0] == nil {
			return true
		}
		return slices.ContainsFunc(found, func(have any) bool {
			return slices.ContainsFunc(values, func(want any) bool { return matches(modifier, have, want) })
		})
	}, nil
}

// checkValue refuses values that a modifier has no use for, and null in a list.
func checkValue(modifier string, want any, listed bool) error {
	s, isText := want.(string)
	_, isNumber := want.(int)
	switch modifier {
	case "":
		if want == nil && listed || isText && (s == "" || strings.ContainsAny(s, `*?\`)) {
			return fmt.Errorf("the value %v, of which the evaluator knows nothing", want)
		}
		return nil
	case "contains", "startswith", "endswith":
		if !isText || s == "" || strings.ContainsAny(s, `*?\`) {
			return fmt.Errorf("the value %v of %s", want, modifier)
		}
		return nil
	case "gte", "gt", "lte", "lt":
		if !isNumber {
			return fmt.Errorf("the value %v of %s", want, modifier)
		}
		return nil
	}
	return fmt.Errorf("the modifier %s", modifier)
}

// matches compares as Sigma does: texts without regard to case.
func matches(modifier string, have, want any) bool {
	h, w := strings.ToLower(fmt.Sprint(have)), strings.ToLower(fmt.Sprint(want))
	number, isNumber := have.(float64)
	limit, _ := want.(int)
	switch modifier {
	case "":
		return have != nil && h == w || have == nil && want == nil
	case "contains":
		return strings.Contains(h, w)
	case "startswith":
		return strings.HasPrefix(h, w)
	case "endswith":
		return strings.HasSuffix(h, w)
	case "gte":
		return isNumber && number >= float64(limit)
	case "gt":
		return isNumber && number > float64(limit)
	case "lte":
		return isNumber && number <= float64(limit)
	default:
		return isNumber && number < float64(limit)
	}
}

// lookup returns the values at a path of an event. Keys may have dots themselves; elements of arrays count each.
func lookup(v any, path string) (found []any) {
	switch v := v.(type) {
	case map[string]any:
		for key, member := range v {
			if key == path {
				found = append(found, spread(member)...)
			} else if rest, ok := strings.CutPrefix(path, key+"."); ok {
				found = append(found, lookup(member, rest)...)
			}
		}
	case []any:
		for _, element := range v {
			found = append(found, lookup(element, path)...)
		}
	}
	return found
}

// spread returns the elements of an array, or the value itself.
func spread(v any) []any {
	if list, ok := v.([]any); ok {
		return list
	}
	return []any{v}
}
