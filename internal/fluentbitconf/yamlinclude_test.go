package fluentbitconf_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fluent-bit-openai-audit/internal/config"
	"fluent-bit-openai-audit/internal/fluentbitconf"
)

func TestReadYAML(t *testing.T) {
	t.Parallel()
	dir := writeFiles(t, map[string]string{
		"fluent-bit.yaml": `env:
  STATE: /state
  ORG: org-a
pipeline:
  inputs:
    - name: openai_audit
      alias: first
      apiKeyFile: /run/key
      poll_interval: ' 10s '
      db: ${STATE}/a.db
      db: /other
      organization: ${ORG}
      event_types: [a.b, c.d]
      project_ids: ${NOPE}
      Page_Size: 5
      scope:
includes:
  - parts/*.yaml
  - none/*.yaml
Pipeline:
  inputs:
    - name: cpu
    - {}
    - tag: x
      Name: OpenAI_Audit
`,
		"parts/a.yaml":      "includes:\n  - deep/b.yaml\n",
		"parts/deep/b.yaml": "pipeline:\n  inputs:\n    - {Name: openai_audit, queue_size: 1M}\n",
	})
	got, err := fluentbitconf.Read(filepath.Join(dir, "fluent-bit.yaml"), getter(nil))
	if err != nil {
		t.Fatal(err)
	}
	want := []fluentbitconf.Stanza{
		{
			File: "fluent-bit.yaml", Line: 6, Name: "first", Tag: "openai_audit.0",
			Properties: map[string]string{
				"api_key_file": "/run/key", "poll_interval": "10s", "db": "/state/a.db", "organization": "org-a", "event_types": "a.b",
				"page_size": "5",
			},
			Host: map[string]string{"name": "openai_audit", "alias": "first"},
			Problems: []config.Problem{
				{Property: "db", Text: "given more than once; Fluent Bit hands on only the first", Hint: "keep one of them"},
				{
					Property: "event_types", Text: "a list of 2 values, of which Fluent Bit hands on only the first",
					Hint: "write one text with commas in place of the list",
				},
			},
			Warnings: []string{
				"project_ids: the variable ${NOPE} is not set; Fluent Bit puts nothing in its place",
				"project_ids: empty; Fluent Bit hands on nothing, and the default applies",
				"scope: empty; Fluent Bit hands on nothing, and the default applies",
			},
		},
		{
			File: "parts/deep/b.yaml", Line: 3, Name: "openai_audit.1", Tag: "openai_audit.1",
			Properties: map[string]string{"queue_size": "1M"},
			Host:       map[string]string{"name": "openai_audit"},
		},
		{
			File: "fluent-bit.yaml", Line: 24, Name: "openai_audit.4", Tag: "x",
			Properties: map[string]string{},
			Host:       map[string]string{"name": "OpenAI_Audit", "tag": "x"},
		},
	}
	if diff := cmp.Diff(want, within(t, dir, got.Inputs)); diff != "" {
		t.Errorf("stanzas (-want +got):\n%s", diff)
	}
}

func TestReadYAMLErrors(t *testing.T) {
	t.Parallel()
	include := func(name string) string { return "includes:\n  - '" + name + "'\n" }
	for _, tt := range []struct {
		name  string
		files map[string]string
		want  string // DIR stands for the directory
	}{
		{"missing", nil, "read configuration: stat DIR/main.yaml: no such file or directory"},
		{
			"include missing",
			map[string]string{"main.yaml": include("other.yaml")},
			"DIR/main.yaml: line 2: read configuration: stat DIR/other.yaml: no such file or directory",
		},
		{
			"include missing, and an error below it",
			map[string]string{"main.yaml": include("other.yaml") + "pipeline: []\n"},
			"DIR/main.yaml: line 3: pipeline has to be a map, and is a list",
		},
		{
			"include without a match",
			map[string]string{"main.yaml": include("/nosuch/*.yaml")},
			"DIR/main.yaml: line 2: include /nosuch/*.yaml: no such file",
		},
		{
			"include without a match in an include",
			map[string]string{"main.yaml": include("a/*.yaml"), "a/b.yaml": "\n" + include("/nosuch/*.yaml")},
			"DIR/main.yaml: line 2: DIR/a/b.yaml: line 3: include /nosuch/*.yaml: no such file",
		},
		{
			"include of a bad pattern",
			map[string]string{"main.yaml": include("[*")},
			"DIR/main.yaml: line 2: include DIR/[*: syntax error in pattern",
		},
		{
			"include of itself",
			map[string]string{"main.yaml": include("a.yaml"), "a.yaml": "\n" + include("main.yaml")},
			"DIR/main.yaml: line 2: DIR/a.yaml: line 3: read configuration: DIR/main.yaml is included twice",
		},
		{
			"include without a name",
			map[string]string{"main.yaml": include("")},
			"DIR/main.yaml: line 2: read configuration: read DIR: is a directory",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := writeFiles(t, tt.files)
			_, err := fluentbitconf.Read(filepath.Join(dir, "main.yaml"), getter(nil))
			if got := strings.ReplaceAll(errorText(err), dir, "DIR"); got != tt.want {
				t.Errorf("the error is %q, want %q", got, tt.want)
			}
		})
	}
}
