package cli

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"fluent-bit-openai-audit/internal/config"
)

// yamlFile gathers what a configuration in YAML says that matters to inputs.
type yamlFile struct{ items []config.YAMLItem }

// readYAML reads a file as Fluent Bit reads it, and refuses what Fluent Bit refuses of those parts. Of a scalar counts
// the text, whatever type YAML gives it; sections are as good in capitals; what comes twice counts twice; there are no
// aliases.
func readYAML(data []byte) ([]config.YAMLItem, error) {
	var f yamlFile
	err := eachYAMLDocument(data, func(root *yaml.Node) error {
		if err := refuseAliases(root); err != nil {
			return err
		}
		return eachYAMLKey(root, "a configuration", func(key, value *yaml.Node) error {
			switch strings.ToLower(key.Value) {
			case "env":
				return f.readEnv(value)
			case "includes":
				return f.readIncludes(value)
			case "pipeline":
				return f.readPipeline(value)
			}
			return nil
		})
	})
	return f.items, err
}

func (f *yamlFile) readIncludes(n *yaml.Node) error {
	return eachYAMLItem(n, "includes", func(item *yaml.Node) error {
		if err := wantYAML(yaml.ScalarNode, item, "the name of a file"); err != nil {
			return err
		}
		f.items = append(f.items, config.YAMLItem{Line: item.Line, Include: item.Value})
		return nil
	})
}

func (f *yamlFile) readPipeline(n *yaml.Node) error {
	return eachYAMLKey(n, "pipeline", func(key, value *yaml.Node) error {
		parts := []string{"inputs", "filters", "outputs"}
		name := strings.ToLower(key.Value)
		if !slices.Contains(parts, name) {
			return yamlErrorf(key, "pipeline has no part %s; %s", quote(key.Value),
				didYouMean("its parts are inputs, filters and outputs", config.Nearest(name, parts)))
		}
		if name != "inputs" {
			return nil
		}
		return eachYAMLItem(value, "inputs", f.readInput)
	})
}

func (f *yamlFile) readInput(n *yaml.Node) error {
	properties := []config.YAMLProperty{}
	err := eachYAMLKey(n, "an input", func(key, value *yaml.Node) error {
		if value.Kind != yaml.ScalarNode && slices.Contains([]string{"processors", "routes", "telemetry"}, key.Value) {
			return nil // a structure of Fluent Bit's own
		}
		p := config.YAMLProperty{Name: strings.TrimSpace(key.Value)}
		if p.Name == "" {
			return yamlErrorf(key, "a property without a name")
		}
		var err error
		p.Values, err = yamlValues(p.Name, value)
		properties = append(properties, p)
		return err
	})
	f.items = append(f.items, config.YAMLItem{Line: n.Line, Input: properties})
	return err
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
		values = append(values, item.Value)
	}
	if len(values) == 0 {
		return nil, yamlErrorf(n, "%s has an empty list, which Fluent Bit refuses; leave the line out", quote(name))
	}
	return values, nil
}
