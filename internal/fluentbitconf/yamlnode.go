package fluentbitconf

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"

	"fluent-bit-openai-audit/internal/secret"
)

// yamlErrorf returns an error that begins with a node's line.
func yamlErrorf(n *yaml.Node, format string, args ...any) error {
	return fmt.Errorf("line %d: %s", n.Line, fmt.Sprintf(format, args...))
}

// wantYAML returns an error if a node is of another kind.
func wantYAML(kind yaml.Kind, n *yaml.Node, what string) error {
	if n.Kind == kind {
		return nil
	}
	shapes := map[yaml.Kind]string{yaml.MappingNode: "a map", yaml.SequenceNode: "a list", yaml.ScalarNode: "a text"}
	is := shapes[n.Kind]
	if n.Kind == yaml.ScalarNode && n.Value == "" {
		is = "empty"
	}
	return yamlErrorf(n, "%s has to be %s, and is %s", what, shapes[kind], is)
}

// refuseAliases returns an error if there is an alias in a node.
func refuseAliases(n *yaml.Node) error {
	if n.Kind == yaml.AliasNode {
		return yamlErrorf(n, "%s is an alias, which Fluent Bit refuses; write out what it stands for", quote("*"+n.Value))
	}
	for _, child := range n.Content {
		if err := refuseAliases(child); err != nil {
			return err
		}
	}
	return nil
}

// eachYAMLKey calls do for each entry of what has to be a map.
func eachYAMLKey(n *yaml.Node, what string, do func(key, value *yaml.Node) error) error {
	if err := wantYAML(yaml.MappingNode, n, what); err != nil {
		return err
	}
	for pair := range slices.Chunk(n.Content, 2) {
		if err := wantYAML(yaml.ScalarNode, pair[0], "a name"); err != nil {
			return err
		}
		if err := do(pair[0], pair[1]); err != nil {
			return err
		}
	}
	return nil
}

// eachYAMLItem calls do for each item of what has to be a list.
func eachYAMLItem(n *yaml.Node, what string, do func(item *yaml.Node) error) error {
	if err := wantYAML(yaml.SequenceNode, n, what); err != nil {
		return err
	}
	for _, item := range n.Content {
		if err := do(item); err != nil {
			return err
		}
	}
	return nil
}

// quote shows a text of a file, which may be a key that went astray.
func quote(text string) string { return fmt.Sprintf("%q", secret.Cut(text)) }
