package fluentbitconf

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxVariableSize is more than a variable that is read from a file can sensibly hold.
const maxVariableSize = 1 << 20

// readEnv reads the section env: a map, or a list of maps that have a name and a value or a uri, or only a name that is
// the variable's.
func (f *yamlFile) readEnv(n *yaml.Node) error {
	if n.Kind != yaml.SequenceNode {
		return eachYAMLKey(n, "env", func(key, value *yaml.Node) error {
			if err := wantYAML(yaml.ScalarNode, value, "the variable "+quote(key.Value)); err != nil {
				return err
			}
			return f.setVariable(key, key.Value, value.Value)
		})
	}
	return eachYAMLItem(n, "env", func(item *yaml.Node) error {
		var name, text, uri string
		err := eachYAMLKey(item, "an entry of env", func(key, value *yaml.Node) error {
			if err := wantYAML(yaml.ScalarNode, value, quote(key.Value)); err != nil {
				return err
			}
			switch strings.ToLower(key.Value) {
			case "name":
				name = value.Value
			case "value":
				text = value.Value
			case "uri":
				uri = value.Value
			case "refresh_interval":
			default:
				if name == "" {
					name, text = key.Value, value.Value
				}
			}
			return nil
		})
		if err != nil || name == "" {
			return err // Fluent Bit passes over what has no name
		}
		if uri != "" {
			text = uri
		}
		return f.setVariable(item, name, text)
	})
}

// setVariable sets a variable, to what a file holds if the value names one.
func (f *yamlFile) setVariable(n *yaml.Node, name, value string) error {
	if name == "" {
		return yamlErrorf(n, "a variable without a name")
	}
	if path, ok := strings.CutPrefix(value, "file://"); ok && path != "" {
		var err error
		if value, err = readVariable(path); err != nil {
			return yamlErrorf(n, "the variable %s: %v; Fluent Bit does not start without it", quote(name), err)
		}
	}
	f.items = append(f.items, yamlItem{line: n.Line, variable: name, value: value})
	return nil
}

// readVariable reads a variable's value from a file as Fluent Bit does: less one end of line.
func readVariable(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	data, err := io.ReadAll(io.LimitReader(file, maxVariableSize+1))
	if err := errors.Join(err, file.Close()); err != nil {
		return "", err
	}
	if len(data) > maxVariableSize {
		return "", fmt.Errorf("%s is larger than %d bytes", path, maxVariableSize)
	}
	if n := len(data); n > 0 && (data[n-1] == '\n' || data[n-1] == '\r') {
		data = data[:n-1]
	}
	if len(data) == 0 {
		return "", fmt.Errorf("%s is empty", path)
	}
	return string(data), nil
}
