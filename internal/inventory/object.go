package inventory

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"fluent-bit-openai-audit/internal/secret"
	"fluent-bit-openai-audit/internal/state"
)

// object is what was told of an object last.
type object struct {
	Added int64  // the snapshot that told of it as added; 0: it was there when its list was first read
	Text  string // canonical JSON, without volatile fields and whole keys
}

// item is an object as it came on a page.
type item struct {
	id   string
	text string          // canonical, as in object
	data json.RawMessage // as it came, but for whole keys
}

// newItem reads an object. One without an id is known by what it is.
func (c *Collector) newItem(raw json.RawMessage, idKey string) (item, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return item{}, fmt.Errorf("an object: %w", err)
	}
	it := item{data: raw}
	if cleaned, cut := withoutKeys(v, ""); cut {
		v = cleaned
		data, err := canonical(v)
		if err != nil {
			return item{}, err
		}
		it.data = json.RawMessage(data)
	}
	if fields, ok := v.(map[string]any); ok {
		it.id, _ = fields[idKey].(string)
		for _, path := range c.volatile {
			remove(fields, path)
		}
	}
	var err error
	if it.text, err = canonical(v); err != nil {
		return item{}, err
	}
	if it.id == "" && idKey != "" {
		id := state.IDOf([]byte(it.text))
		it.id = fmt.Sprintf("%s%x", namelessPrefix, id[:8])
	}
	return it, nil
}

// namelessPrefix begins what stands for the id of an object that has none. No id of the API's begins so.
const namelessPrefix = "#"

// canonical writes a value so that equal ones have equal texts: keys in order, and no white space.
func canonical(v any) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return "", fmt.Errorf("write an object: %w", err)
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

// remove takes what is at a path out of an object.
func remove(fields map[string]any, path []string) {
	for len(path) > 1 {
		inner, ok := fields[path[0]].(map[string]any)
		if !ok {
			return
		}
		fields, path = inner, path[1:]
	}
	delete(fields, path[0])
}

// withoutKeys returns a value without whole keys, and whether there were any. A key that is shown in part stays where the
// API shows keys in part.
func withoutKeys(v any, name string) (cleaned any, cut bool) {
	switch v := v.(type) {
	case string:
		if !secret.Within(v) || name == "redacted_value" && isShortened(v) {
			return v, false
		}
		return secret.Cut(v), true
	case []any:
		for i := range v {
			one, did := withoutKeys(v[i], name)
			v[i], cut = one, cut || did
		}
	case map[string]any:
		for key, value := range v {
			one, did := withoutKeys(value, key)
			v[key], cut = one, cut || did
			if secret.Within(key) {
				delete(v, key)
				v[secret.Cut(key)], cut = one, true
			}
		}
	}
	return v, cut
}

// isShortened reports whether a key is shown in part only: no run of what is shown is as long as a key.
func isShortened(text string) bool {
	const most = 32 // all keys are longer
	shown := strings.FieldsFunc(text, func(r rune) bool { return r == '.' || r == '*' })
	return (strings.Contains(text, "..") || strings.Contains(text, "**")) &&
		!slices.ContainsFunc(shown, func(run string) bool { return len(run) >= most })
}

// alike reports whether two canonical texts differ, if at all, by fields that are null in one and not there in the other: the
// API leaves a field out or has it null, as it likes, and a new one that is null everywhere is no change of each object.
func alike(before, now string) (bool, error) {
	if before == now {
		return true, nil
	}
	var texts [2]string
	for i, text := range []string{before, now} {
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber()
		var v any
		err := d.Decode(&v)
		if err == nil {
			texts[i], err = canonical(withoutNulls(v))
		}
		if err != nil {
			return false, fmt.Errorf("compare an object: %w", err)
		}
	}
	return texts[0] == texts[1], nil
}

// withoutNulls returns a value without the fields that are null.
func withoutNulls(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = withoutNulls(v[i])
		}
	case map[string]any:
		for key, value := range v {
			if value == nil {
				delete(v, key)
			} else {
				v[key] = withoutNulls(value)
			}
		}
	}
	return v
}

// differences returns the fields in which two canonical texts differ, each with its old and its new value, null where it was
// or is not there; nil where one of them is no object.
func differences(before, now string) (map[string][2]json.RawMessage, error) {
	var a, b map[string]json.RawMessage
	if before[0] != '{' || now[0] != '{' {
		return nil, nil
	}
	for _, one := range []struct {
		text string
		into *map[string]json.RawMessage
	}{{before, &a}, {now, &b}} {
		if err := json.Unmarshal([]byte(one.text), one.into); err != nil {
			return nil, fmt.Errorf("compare an object: %w", err)
		}
	}
	null := json.RawMessage("null")
	changed := make(map[string][2]json.RawMessage)
	for key, was := range a {
		is, ok := b[key]
		if !ok {
			is = null
		}
		if !bytes.Equal(was, is) {
			changed[key] = [2]json.RawMessage{was, is}
		}
	}
	for key, is := range b {
		if _, ok := a[key]; !ok && !bytes.Equal(is, null) {
			changed[key] = [2]json.RawMessage{null, is}
		}
	}
	return changed, nil
}
