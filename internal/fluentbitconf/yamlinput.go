package fluentbitconf

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// readInput reads one input of the pipeline, whatever its plugin.
func (f *yamlFile) readInput(n *yaml.Node) error {
	input := &section{kind: inputSection, line: n.Line}
	err := eachYAMLKey(n, "an input", func(key, value *yaml.Node) error {
		if key.Value == "routes" && len(value.Content) > 0 {
			input.routed = true
		}
		if value.Kind != yaml.ScalarNode && slices.Contains([]string{"processors", "routes", "telemetry"}, key.Value) {
			return nil // a structure of Fluent Bit's own
		}
		name := strings.TrimSpace(key.Value)
		if name == "" {
			return yamlErrorf(key, "a property without a name")
		}
		values, err := yamlValues(name, value)
		input.entries = append(input.entries, entry{name: snakeCase(name), values: values})
		return err
	})
	f.items = append(f.items, yamlItem{line: n.Line, section: input})
	return err
}

// readLoosely reads a section that is not ours, and passes over all in it that is no text.
func (f *yamlFile) readLoosely(kind sectionKind, n *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		return
	}
	s := &section{kind: kind, line: n.Line}
	for pair := range slices.Chunk(n.Content, 2) {
		if values, err := yamlValues(pair[0].Value, pair[1]); err == nil && pair[0].Kind == yaml.ScalarNode {
			s.entries = append(s.entries, entry{name: snakeCase(strings.TrimSpace(pair[0].Value)), values: values})
		}
	}
	f.items = append(f.items, yamlItem{line: n.Line, section: s})
}

// yamlValues returns the texts of a property.
func yamlValues(name string, n *yaml.Node) ([]string, error) {
	items := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode && !strings.EqualFold(name, "name") {
		items = n.Content
	}
	var values []string
	for _, item := range items {
		if err := wantYAML(yaml.ScalarNode, item, quote(name)); err != nil {
			return nil, err
		}
		values = append(values, strings.TrimSpace(item.Value))
	}
	if len(values) == 0 {
		return nil, yamlErrorf(n, "%s has an empty list, which Fluent Bit refuses; leave the line out", quote(name))
	}
	return values, nil
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
