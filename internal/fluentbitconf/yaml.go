package fluentbitconf

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"fluent-bit-openai-audit/internal/config"
	"fluent-bit-openai-audit/internal/secret"
)

// yaml reads a file in YAML. It is read to its end before the files that it includes.
func (r *reader) yaml(path string) error {
	data, err := r.open(path)
	if err != nil {
		return err
	}
	items, err := readYAML(data)
	if err != nil {
		return fmt.Errorf("%s: %s", path, secret.Cut(err.Error()))
	}
	for _, item := range items {
		switch {
		case item.variable != "":
			r.variables[item.variable] = item.value
		case item.strange != "":
			r.strange(item.strange, path, item.line)
		case item.section != nil:
			item.section.file = path
			r.sections = append(r.sections, *item.section)
		default:
			if err := r.includeYAML(path, item.include); err != nil {
				return fmt.Errorf("%s: line %d: %w", path, item.line, err)
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

// yamlItem is what matters in a file: a variable, a section or a plugin of the pipeline, an include, or what may be meant
// for one.
type yamlItem struct {
	line            int
	variable, value string
	section         *section
	include         string // a file, or a pattern
	strange         string // the name of a section that is not read
}

// yamlFile gathers the items of a file, in its order.
type yamlFile struct{ items []yamlItem }

// readYAML reads a file as Fluent Bit reads it, and refuses what Fluent Bit refuses of those parts. Of a scalar counts
// the text, whatever type YAML gives it; sections are as good in capitals; what comes twice counts twice; there are no
// aliases.
func readYAML(data []byte) ([]yamlItem, error) {
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
			case "service":
				f.readLoosely(serviceSection, value)
				return nil
			}
			f.items = append(f.items, yamlItem{line: key.Line, strange: key.Value})
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
		f.items = append(f.items, yamlItem{line: item.Line, include: item.Value})
		return nil
	})
}

func (f *yamlFile) readPipeline(n *yaml.Node) error {
	return eachYAMLKey(n, "pipeline", func(key, value *yaml.Node) error {
		parts := []string{"inputs", "filters", "outputs"}
		name := strings.ToLower(key.Value)
		if !slices.Contains(parts, name) {
			hint := "its parts are inputs, filters and outputs"
			if meant := config.Nearest(name, parts); meant != "" {
				hint = "did you mean " + meant + "?"
			}
			return yamlErrorf(key, "pipeline has no part %s; %s", quote(key.Value), hint)
		}
		if name == "inputs" {
			return eachYAMLItem(value, name, f.readInput)
		}
		for _, item := range value.Content {
			f.readLoosely(kindOf(name), item)
		}
		return nil
	})
}
