package config_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fluent-bit-openai-audit/internal/config"
)

// yamlFiles writes files and returns their directory, and a ReadYAML that answers for each with the items of its name.
func yamlFiles(t *testing.T, files map[string][]config.YAMLItem) (dir string, read func([]byte) ([]config.YAMLItem, error)) {
	t.Helper()
	texts := map[string]string{}
	for name := range files {
		texts[name] = name
	}
	return writeFiles(t, texts), func(data []byte) ([]config.YAMLItem, error) {
		items := files[string(data)]
		if items == nil {
			return nil, errors.New("line 1: " + testKey + " is no YAML")
		}
		return items, nil
	}
}

func TestFromFluentBitYAML(t *testing.T) {
	t.Parallel()
	one := func(name, value string) config.YAMLProperty {
		return config.YAMLProperty{Name: name, Values: []string{value}}
	}
	dir, read := yamlFiles(t, map[string][]config.YAMLItem{
		"fluent-bit.yaml": {
			{Line: 2, Variable: "STATE", Value: "/state"},
			{Line: 3, Variable: "ORG", Value: "org-a"},
			{Line: 5, Input: []config.YAMLProperty{
				one("name", "openai_audit"), one("alias", "first"), one("apiKeyFile", "/run/key"), one("poll_interval", " 10s "),
				one("db", "${STATE}/a.db"), one("db", "/other"), one("organization", "${ORG}"),
				{Name: "event_types", Values: []string{"a.b", "c.d"}},
				one("project_ids", "${NOPE}"), one("Page_Size", "5"), one("scope", ""),
			}},
			{Line: 9, Include: "parts/*.yaml"},
			{Line: 10, Include: "none/*.yaml"},
			{Line: 12, Input: []config.YAMLProperty{one("name", "cpu")}},
			{Line: 13, Input: []config.YAMLProperty{}},
			{Line: 14, Input: []config.YAMLProperty{one("tag", "x"), one("Name", "OpenAI_Audit")}},
		},
		"parts/a.yaml":      {{Line: 3, Include: "deep/b.yaml"}},
		"parts/deep/b.yaml": {{Line: 4, Input: []config.YAMLProperty{one("Name", "openai_audit"), one("queue_size", "1M")}}},
	})
	got, err := config.FromFluentBit(filepath.Join(dir, "fluent-bit.yaml"), config.FluentBitOptions{ReadYAML: read})
	if err != nil {
		t.Fatal(err)
	}
	want := []config.Stanza{
		{
			File: "fluent-bit.yaml", Line: 5, Name: "first",
			Properties: map[string]string{
				"api_key_file": "/run/key", "poll_interval": "10s", "db": "/state/a.db", "organization": "org-a", "event_types": "a.b",
				"page_size": "5",
			},
			Host: map[string]string{"name": "openai_audit", "alias": "first"},
			Warnings: []string{
				"db: given more than once; Fluent Bit hands on only the first",
				"event_types: a list of 2 values, of which Fluent Bit hands on only the first; write one text with commas",
				"project_ids: the variable ${NOPE} is not set; Fluent Bit puts nothing in its place",
				"project_ids: empty; Fluent Bit hands on nothing, and the default applies",
				"scope: empty; Fluent Bit hands on nothing, and the default applies",
			},
		},
		{
			File: "parts/deep/b.yaml", Line: 4, Name: "openai_audit.1",
			Properties: map[string]string{"queue_size": "1M"},
			Host:       map[string]string{"name": "openai_audit"},
		},
		{
			File: "fluent-bit.yaml", Line: 14, Name: "openai_audit.2",
			Properties: map[string]string{},
			Host:       map[string]string{"name": "OpenAI_Audit", "tag": "x"},
		},
	}
	if diff := cmp.Diff(want, within(t, dir, got)); diff != "" {
		t.Errorf("stanzas (-want +got):\n%s", diff)
	}
}

func TestFromFluentBitYAMLErrors(t *testing.T) {
	t.Parallel()
	include := func(line int, name string) []config.YAMLItem { return []config.YAMLItem{{Line: line, Include: name}} }
	for _, tt := range []struct {
		name  string
		files map[string][]config.YAMLItem
		want  string // DIR stands for the directory
	}{
		{"missing", nil, "read configuration: stat DIR/main.yaml: no such file or directory"},
		{"syntax", map[string][]config.YAMLItem{"main.yaml": nil}, "DIR/main.yaml: line 1: [redacted] is no YAML"},
		{
			"include missing",
			map[string][]config.YAMLItem{"main.yaml": include(2, "other.yaml")},
			"DIR/main.yaml: line 2: read configuration: stat DIR/other.yaml: no such file or directory",
		},
		{
			"include without a match",
			map[string][]config.YAMLItem{"main.yaml": include(2, "/nosuch/*.yaml")},
			"DIR/main.yaml: line 2: include /nosuch/*.yaml: no such file",
		},
		{
			"include without a match in an include",
			map[string][]config.YAMLItem{"main.yaml": include(2, "a/*.yaml"), "a/b.yaml": include(3, "/nosuch/*.yaml")},
			"DIR/main.yaml: line 2: DIR/a/b.yaml: line 3: include /nosuch/*.yaml: no such file",
		},
		{
			"include of a bad pattern",
			map[string][]config.YAMLItem{"main.yaml": include(2, "[*")},
			"DIR/main.yaml: line 2: include DIR/[*: syntax error in pattern",
		},
		{
			"include of itself",
			map[string][]config.YAMLItem{"main.yaml": include(2, "a.yaml"), "a.yaml": include(3, "main.yaml")},
			"DIR/main.yaml: line 2: DIR/a.yaml: line 3: read configuration: DIR/main.yaml is included twice",
		},
		{
			"include without a name",
			map[string][]config.YAMLItem{"main.yaml": include(2, "")},
			"DIR/main.yaml: line 2: read configuration: read DIR: is a directory",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir, read := yamlFiles(t, tt.files)
			_, err := config.FromFluentBit(filepath.Join(dir, "main.yaml"), config.FluentBitOptions{ReadYAML: read})
			if got := strings.ReplaceAll(errorText(err), dir, "DIR"); got != tt.want {
				t.Errorf("the error is %q, want %q", got, tt.want)
			}
		})
	}
}
