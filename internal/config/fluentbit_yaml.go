package config

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"fluent-bit-openai-audit/internal/secret"
)

// yaml reads a file in YAML.
func (r *reader) yaml(path string) error {
	if r.options.ReadYAML == nil {
		return fmt.Errorf("read configuration: %s: %w", path, errNoYAML)
	}
	data, err := r.open(path)
	if err != nil {
		return err
	}
	items, err := r.options.ReadYAML(data)
	if err != nil {
		return fmt.Errorf("%s: %s", path, secret.Cut(err.Error()))
	}
	for _, item := range items {
		switch {
		case item.Variable != "":
			r.variables[item.Variable] = item.Value
		case item.Input != nil:
			r.sections = append(r.sections, yamlSection(path, item))
		default:
			if err := r.includeYAML(path, item.Include); err != nil {
				return fmt.Errorf("%s: line %d: %w", path, item.Line, err)
			}
		}
	}
	return nil
}

// includeYAML reads the files that an include names, relative to the file that names them.
func (r *reader) includeYAML(path, pattern string) error {
	paths, err := included(pattern, filepath.Dir(path))
	if errors.Is(err, errNoMatch) && !filepath.IsAbs(pattern) {
		return nil // as Fluent Bit has it
	}
	if err != nil {
		return err
	}
	for _, path := range paths {
		if err := r.yaml(path); err != nil {
			return err
		}
	}
	return nil
}

// yamlSection returns an input as the classic format has it.
func yamlSection(path string, item YAMLItem) section {
	s := section{file: path, line: item.Line}
	for _, p := range item.Input {
		e := entry{name: snakeCase(strings.TrimSpace(p.Name))}
		for _, value := range p.Values {
			e.values = append(e.values, strings.TrimSpace(value))
		}
		s.entries = append(s.entries, e)
	}
	return s
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
