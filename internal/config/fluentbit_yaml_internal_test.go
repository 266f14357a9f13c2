package config

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// UnmarshalJSON lets the tests read YAML in the form that is JSON as well, without a YAML library.
func (v *yamlValue) UnmarshalJSON(data []byte) error {
	return v.UnmarshalYAML(func(out any) error { return json.Unmarshal(data, out) })
}

func TestFromFluentBitYAML(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"fluent-bit.yaml": `{
			"env": {"STATE": "/state", "ORG": {"value": "org-a"}, "LIST": ["a", "b"]},
			"includes": ["parts/*.yaml"],
			"service": {"flush": "1"},
			"pipeline": {
				"inputs": [
					{"name": "openai_audit", "alias": "first", "apiKeyFile": "/run/key", "poll_interval": " 10s ", "db": "${STATE}/a.db",
					 "organization": "${ORG}", "event_types": ["a.b", "c.d"], "scope": "", "project_ids": "${NOPE}", "Page_Size": "5",
					 "processors": {"logs": [{"name": "x"}]}, "actor_ids": []},
					{"name": "cpu"}
				],
				"outputs": [{"name": "openai_audit"}]
			}
		}`,
		"parts/a.yaml": `{"pipeline": {"inputs": [{"Name": "openai_audit", "queue_size": "1M"}]}}`,
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	options := FluentBitOptions{UnmarshalYAML: json.Unmarshal}
	path := filepath.Join(dir, "fluent-bit.yaml")
	got, err := FromFluentBit(path, options)
	if err != nil {
		t.Fatal(err)
	}
	want := []Stanza{
		{
			File: filepath.Join(dir, "parts/a.yaml"), Name: "openai_audit.0",
			Properties: map[string]string{"queue_size": "1M"},
			Host:       map[string]string{"name": "openai_audit"},
		},
		{
			File: path, Name: "first",
			Properties: map[string]string{
				"api_key_file": "/run/key", "poll_interval": "10s", "db": "/state/a.db", "organization": "org-a", "event_types": "a.b",
				"page_size": "5",
			},
			Host: map[string]string{"name": "openai_audit", "alias": "first"},
			Warnings: []string{
				"event_types: a list of 2 values, of which Fluent Bit hands on only the first; write one text with commas",
				"project_ids: the variable ${NOPE} is not set; Fluent Bit puts nothing in its place",
				"project_ids: empty; Fluent Bit hands on nothing, and the default applies",
				"scope: empty; Fluent Bit hands on nothing, and the default applies",
			},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("stanzas (-want +got):\n%s", diff)
	}
}

func TestFromFluentBitYAMLErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, text, want string }{
		{"syntax", `{"pipeline"`, "DIR/main.yaml: unexpected end of JSON input"},
		{"a key in the error", `{"pipeline": sk-admin-x}`, "DIR/main.yaml: invalid character 's' looking for beginning of value"},
		{"include", `{"includes": ["other.yaml"]}`, "DIR/main.yaml: read configuration: stat DIR/other.yaml: no such file or directory"},
		{"include of itself", `{"includes": ["main.yaml"]}`, "DIR/main.yaml: read configuration: DIR/main.yaml is included twice"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			path := filepath.Join(dir, "main.yaml")
			if err := os.WriteFile(path, []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := FromFluentBit(path, FluentBitOptions{UnmarshalYAML: json.Unmarshal})
			if err == nil {
				t.Fatal("no error")
			}
			if got := strings.ReplaceAll(err.Error(), dir, "DIR"); got != tt.want {
				t.Errorf("the error is %q, want %q", got, tt.want)
			}
		})
	}
}

func TestSnakeCase(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]string{
		"pollInterval": "poll_interval", "poll_interval": "poll_interval", "Poll_Interval": "poll_interval", "PollInterval": "pollinterval",
		"db": "db", "": "", "poll_Interval": "poll_interval", "caFile": "ca_file",
	} {
		if got := snakeCase(key); got != want {
			t.Errorf("snakeCase(%q) = %q, want %q", key, got, want)
		}
	}
}
