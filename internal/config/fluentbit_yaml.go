package config

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// yamlFile is the part of a configuration in YAML that matters here. YAML libraries match its keys with
// the fields' names in lower case.
type yamlFile struct {
	Env      map[string]yamlValue
	Includes []string
	Pipeline struct {
		Inputs []map[string]yamlValue
	}
}

// yamlValue is a value of any shape: the text of a scalar, exactly as it is written, or the items of a
// list, or neither for a map.
type yamlValue struct {
	text  string
	items []yamlValue
	keys  map[string]yamlValue
}

// UnmarshalYAML tries the shapes one after another.
func (v *yamlValue) UnmarshalYAML(unmarshal func(any) error) error {
	if unmarshal(&v.items) == nil {
		return nil
	}
	if unmarshal(&v.keys) == nil {
		return nil
	}
	return unmarshal(&v.text)
}

// texts returns the scalars in v.
func (v *yamlValue) texts() []string {
	if len(v.keys) > 0 {
		return nil
	}
	if v.items == nil {
		return []string{strings.TrimSpace(v.text)}
	}
	var list []string
	for i := range v.items {
		list = append(list, v.items[i].texts()...)
	}
	return list
}

// yaml reads a file in YAML.
func (r *reader) yaml(path string) error {
	if r.options.UnmarshalYAML == nil {
		return fmt.Errorf("read configuration: %s: %w", path, errNoYAML)
	}
	data, err := r.open(path)
	if err != nil {
		return err
	}
	var file yamlFile
	if err := r.options.UnmarshalYAML(data, &file); err != nil {
		return fmt.Errorf("%s: %s", path, CutKeys(err.Error()))
	}
	for name, value := range file.Env {
		// A variable is a text, or a map with its value.
		if nested, ok := value.keys["value"]; ok {
			value = nested
		}
		if texts := value.texts(); len(texts) == 1 {
			r.variables[name] = texts[0]
		}
	}
	for _, pattern := range file.Includes {
		if err := include(pattern, filepath.Dir(path), r.yaml); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	for _, input := range file.Pipeline.Inputs {
		s := section{file: path}
		for _, key := range slices.Sorted(maps.Keys(input)) {
			value := input[key]
			s.entries = append(s.entries, entry{name: snakeCase(strings.TrimSpace(key)), values: value.texts()})
		}
		r.sections = append(r.sections, s)
	}
	return nil
}

// snakeCase turns a key of YAML into a property's name as Fluent Bit does: camelCase becomes snake_case,
// unless the key has an underscore or begins with a capital.
func snakeCase(key string) string {
	if key == "" || key[0] < 'a' || key[0] > 'z' || strings.Contains(key, "_") {
		return strings.ToLower(key)
	}
	var b strings.Builder
	for i := range len(key) {
		c := key[i]
		if 'A' <= c && c <= 'Z' {
			b.WriteByte('_')
			c += 'a' - 'A'
		}
		b.WriteByte(c)
	}
	return b.String()
}
