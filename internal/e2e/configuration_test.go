//go:build linux

package e2e_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// props are the properties of one section.
type props map[string]string

// with returns the properties with others added, given as name, value, name, value, …
func (p props) with(pairs ...string) props {
	out := maps.Clone(p)
	for i := 0; i < len(pairs); i += 2 {
		out[pairs[i]] = pairs[i+1]
	}
	return out
}

// configuration is a Fluent Bit configuration.
type configuration struct {
	service props
	plugins []string // libraries that the configuration itself names
	inputs  []props
	filters []props
	outputs []props
}

// write writes the configuration into a folder, in the classic format or, with the extension yaml, in YAML. It returns the
// file's path.
func (c configuration) write(t *testing.T, dir, extension string) string {
	t.Helper()
	path := filepath.Join(dir, "fluent-bit."+extension)
	if extension == "yaml" {
		writeFile(t, path, c.yaml())
		return path
	}
	if len(c.plugins) > 0 {
		file := filepath.Join(dir, "plugins.conf")
		writeFile(t, file, "[PLUGINS]\n    Path "+strings.Join(c.plugins, "\n    Path ")+"\n")
		c.service = c.service.with("plugins_file", file)
	}
	writeFile(t, path, c.classic())
	return path
}

func (c configuration) classic() string {
	var b strings.Builder
	section := func(name string, p props) {
		fmt.Fprintf(&b, "[%s]\n", name)
		for _, key := range slices.Sorted(maps.Keys(p)) {
			fmt.Fprintf(&b, "    %s %s\n", key, p[key])
		}
	}
	section("SERVICE", c.service)
	for _, p := range c.inputs {
		section("INPUT", p)
	}
	for _, p := range c.filters {
		section("FILTER", p)
	}
	for _, p := range c.outputs {
		section("OUTPUT", p)
	}
	return b.String()
}

func (c configuration) yaml() string {
	var b strings.Builder
	section := func(indent, first string, p props) {
		for i, key := range slices.Sorted(maps.Keys(p)) {
			lead := indent
			if i == 0 {
				lead = first
			}
			fmt.Fprintf(&b, "%s%s: %q\n", lead, key, p[key])
		}
	}
	if len(c.plugins) > 0 {
		b.WriteString("plugins:\n")
		for _, path := range c.plugins {
			fmt.Fprintf(&b, "  - %s\n", path)
		}
	}
	b.WriteString("service:\n")
	section("  ", "  ", c.service)
	b.WriteString("pipeline:\n  inputs:\n")
	for _, p := range c.inputs {
		section("      ", "    - ", p)
	}
	if len(c.filters) > 0 {
		b.WriteString("  filters:\n")
	}
	for _, p := range c.filters {
		section("      ", "    - ", p)
	}
	b.WriteString("  outputs:\n")
	for _, p := range c.outputs {
		section("      ", "    - ", p)
	}
	return b.String()
}

// pipeline returns a configuration below dir that reads from the API, keeps chunks on disk, and writes to the file
// out/events. Properties of the input may be added.
func pipeline(dir string, a *api, pairs ...string) configuration {
	return configuration{
		service: props{
			"flush": "1", "grace": "10", "log_level": "info", "hot_reload": "on",
			"storage.path": filepath.Join(dir, "storage"), "storage.sync": "full",
			"scheduler.base": "1", "scheduler.cap": "2",
		},
		inputs: []props{input(dir, a).with(pairs...)},
		outputs: []props{{
			"name": "file", "match": "*", "path": dir, "file": "events", "retry_limit": "no_limits",
		}},
	}
}

// input returns the properties of an input with its state below dir.
func input(dir string, a *api) props {
	return props{
		"name": "openai_audit", "tag": "openai.audit", "api_key": testKey, "base_url": a.url,
		"db": filepath.Join(dir, "state.db"), "start_from": "beginning", "poll_interval": "1s", "storage.type": "filesystem",
	}
}

// toStdout is an output to Fluent Bit's own stdout.
func toStdout() props {
	return props{"name": "stdout", "match": "*", "format": "json_lines", "retry_limit": "no_limits"}
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
