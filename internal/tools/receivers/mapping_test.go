package receivers_test

import (
	"fmt"
)

// fits reports why the mapping of an object refuses a value at a path.
func (x *index) fits(value any, m mapping, path string) error {
	if values, ok := value.([]any); ok { // every field may have several values
		for _, v := range values {
			if err := x.fits(v, m, path); err != nil {
				return err
			}
		}
		return nil
	}
	object, isObject := value.(map[string]any)
	switch {
	case value == nil:
		return nil
	case m.Type == "flattened":
		return flattened(value, path, 0)
	case m.Type == "geo_point":
		return nil // what is no point is left out, by index.mapping.ignore_malformed
	case m.Properties == nil && m.Type != "" && m.Type != "object":
		return leaf(value, m.Type, path)
	case !isObject:
		return fmt.Errorf("%s is an object, and not %T", path, value)
	}
	dynamic := string(m.Dynamic)
	for name, v := range object {
		at := path + "." + name
		known, ok := m.Properties[name]
		switch {
		case ok:
			if err := x.fits(v, known, at); err != nil {
				return err
			}
		case dynamic == "true":
			if err := x.dynamic(v, at); err != nil {
				return err
			}
		case dynamic == `"strict"`:
			return fmt.Errorf("%s is not in the mapping", at)
		}
	}
	return nil
}

// dynamic maps a field as it comes, and from then on holds it to what it was first.
func (x *index) dynamic(value any, path string) error {
	switch v := value.(type) {
	case nil:
		return nil
	case []any:
		for _, e := range v {
			if err := x.dynamic(e, path); err != nil {
				return err
			}
		}
		return nil
	}
	object, isObject := value.(map[string]any)
	if was, known := x.kinds[path]; known && was != isObject {
		return fmt.Errorf("%s was object: %v, and is now %T", path, was, value)
	}
	x.kinds[path] = isObject
	for name, v := range object {
		if err := x.dynamic(v, path+"."+name); err != nil {
			return err
		}
	}
	return nil
}

// leaf reports why a field that holds single values refuses one. What is no date or address is left out, by
// index.mapping.ignore_malformed; but for an object, which is refused.
func leaf(value any, kind, path string) error {
	const maxKeyword = 32_766
	if _, isObject := value.(map[string]any); isObject {
		return fmt.Errorf("%s is a %s, and not an object", path, kind)
	}
	if text, ok := value.(string); ok && kind == "keyword" && len(text) > maxKeyword {
		return fmt.Errorf("%s has %d bytes", path, len(text))
	}
	return nil
}

// flattened reports why a flattened field refuses a value. Its leaves are cut off by ignore_above.
func flattened(value any, path string, depth int) error {
	const maxDepth = 20
	object, isObject := value.(map[string]any)
	switch {
	case depth == 0 && !isObject:
		return fmt.Errorf("%s is an object, and not %T", path, value)
	case depth > maxDepth:
		return fmt.Errorf("%s is nested too deep", path)
	}
	for name, v := range object {
		if err := flattened(v, path+"."+name, depth+1); err != nil {
			return err
		}
	}
	return nil
}
