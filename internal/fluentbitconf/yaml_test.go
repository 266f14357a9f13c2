package fluentbitconf_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"fluent-bit-openai-audit/internal/fluentbitconf"
)

// readYAML writes a configuration to main.yaml and returns its inputs.
func readYAML(t *testing.T, text string, env map[string]string) ([]fluentbitconf.Stanza, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "main.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := fluentbitconf.Read(path, getter(env))
	if err != nil {
		return nil, err
	}
	for i := range got.Inputs {
		got.Inputs[i].File = filepath.Base(got.Inputs[i].File)
	}
	return got.Inputs, nil
}

// Properties are read as Fluent Bit 5.1.1 read them.
func TestYAMLProperties(t *testing.T) {
	t.Parallel()
	variable := filepath.Join(t.TempDir(), "variable")
	if err := os.WriteFile(variable, []byte("in a file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, env, properties string
		want                  map[string]string
		problems, warnings    []string
	}{
		{
			name: "scalars are text",
			properties: `
      api_key: 0123
      page_size: 0x10
      concurrency: 1_000
      overlap: 1e3
      sweep_interval: 30s
      queue_size: 16M
      insecure_http: on
      organization: ~
      scope: null
      start_from: 2026-01-01T00:00:00Z
      db: !!binary aGFsbG8=
      proxy: !!int "x"
      ca_file: 'true'`,
			want: map[string]string{
				"api_key": "0123", "page_size": "0x10", "concurrency": "1_000", "overlap": "1e3", "sweep_interval": "30s", "queue_size": "16M",
				"insecure_http": "on", "organization": "~", "scope": "null", "start_from": "2026-01-01T00:00:00Z", "db": "aGFsbG8=", "proxy": "x",
				"ca_file": "true",
			},
		},
		{
			name: "blocks",
			properties: `
      event_types: >-
        a.b,
        c.d
      organization: &anchor org # a comment
      db: |
        /db
      "scope": "tena\x6et"`,
			want: map[string]string{"event_types": "a.b, c.d", "organization": "org", "db": "/db", "scope": "tenant"},
		},
		{
			name: "names",
			properties: `
      Poll_Interval: 1
      pageSize: 2
      queue_Size: 3
      PageSize: 4
      ' overlap ': 5
      TAG: t`,
			want: map[string]string{"poll_interval": "1", "page_size": "2", "queue_size": "3", "pagesize": "4", "overlap": "5"},
		},
		{
			name: "what Fluent Bit does without a word",
			properties: `
      page_size: 2
      db: /a
      pageSize: 1
      db: /b
      event_types: [a.b, c.d]
      organization:
      scope: ${NOSUCH}`,
			want: map[string]string{"page_size": "2", "db": "/a", "event_types": "a.b"},
			problems: []string{
				"page_size: given more than once; Fluent Bit hands on only the first; keep one of them",
				"db: given more than once; Fluent Bit hands on only the first; keep one of them",
				"event_types: a list of 2 values, of which Fluent Bit hands on only the first; write one text with commas in place of the list",
			},
			warnings: []string{
				"organization: empty; Fluent Bit hands on nothing, and the default applies",
				"scope: the variable ${NOSUCH} is not set; Fluent Bit puts nothing in its place",
				"scope: empty; Fluent Bit hands on nothing, and the default applies",
			},
		},
		{
			name: "structures of Fluent Bit's own",
			properties: `
      processors: {logs: [{name: x, value: [1, {a: b}]}]}
      routes: {logs: [{name: x}]}
      telemetry: {metrics: {}}
      db: /db`,
			want: map[string]string{"db": "/db"},
		},
		{
			name: "variables",
			env: `
  A: of the file
  B: 1
  C: first
  C: second
  D: file://` + variable,
			properties: `
      organization: ${A}
      db: <${B}${C}${D}${E:-fallback}>`,
			want: map[string]string{"organization": "of the file", "db": "<1secondin a filefallback>"},
		},
		{
			name: "variables in a list",
			env: `
  - name: A
    value: of the file
  - B: 1
  - {C: second, other: third}
  - {Name: D, URI: 'file://` + variable + `', refresh_interval: 5}
  - value: without a name`,
			properties: `
      db: <${A}${B}${C}${D}>`,
			want: map[string]string{"db": "<of the file1secondin a file>"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			text := "pipeline:\n  inputs:\n    - name: openai_audit" + tt.properties + "\n"
			if tt.env != "" {
				text += "env:" + tt.env + "\n"
			}
			got, err := readYAML(t, text, map[string]string{"A": "of the environment"})
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != 1 {
				t.Fatalf("%d inputs", len(got))
			}
			if diff := cmp.Diff(tt.want, got[0].Properties); diff != "" {
				t.Errorf("properties (-want +got):\n%s", diff)
			}
			var problems []string
			for _, problem := range got[0].Problems {
				problems = append(problems, problem.String())
			}
			if diff := cmp.Diff(tt.problems, problems); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.warnings, got[0].Warnings); diff != "" {
				t.Errorf("warnings (-want +got):\n%s", diff)
			}
		})
	}
}

// All documents of a file count, and sections that come again.
func TestYAMLInputs(t *testing.T) {
	t.Parallel()
	got, err := readYAML(t, `%YAML 1.2
---
Pipeline: {Inputs: [{name: openai_audit, alias: a}, {NAME: OpenAI_Audit, alias: b}]}
extensions: {a: [1, {b: c}]}
pipeline:
  outputs: [{name: openai_audit}]
  inputs: []
  inputs:
    - {alias: c, name: "${PLUGIN}"}
    - {name: dummy}
    - {tag: x}
---
# The second document.
pipeline:
  inputs:
  - alias: d
    name: openai_audit
`, map[string]string{"PLUGIN": "openai_audit"})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, stanza := range got {
		names = append(names, stanza.Name)
	}
	if diff := cmp.Diff([]string{"a", "b", "c", "d"}, names); diff != "" {
		t.Errorf("inputs (-want +got):\n%s", diff)
	}
}

// What Fluent Bit 5.1.1 refuses is refused, with the line.
func TestYAMLErrors(t *testing.T) {
	t.Parallel()
	input := func(properties string) string {
		return "pipeline:\n  inputs:\n    - name: openai_audit\n      " + properties + "\n"
	}
	const hint = "; look for a wrong indentation, a missing colon or bracket, and a text that needs quotes"
	for _, tt := range []struct{ name, text, want string }{
		{"map of a property", input("db: {a: b}"), `line 4: "db" has to be a text, and is a map`},
		{"list in a list", input("db: [a, [b]]"), `line 4: "db" has to be a text, and is a list`},
		{"empty list", input("db: []"), `line 4: "db" has an empty list, which Fluent Bit refuses; leave the line out`},
		{"list of names", "pipeline: {inputs: [{name: [openai_audit]}]}", `line 1: "name" has to be a text, and is a list`},
		{"no name", input("'': x"), "line 4: a property without a name"},
		{"name is a list", input("? [a, b]\n      : c"), "line 4: a name has to be a text, and is a list"},
		{"alias", "extensions:\n  a: &a 1\n  b: *a\n", `line 3: "*a" is an alias, which Fluent Bit refuses; write out what it stands for`},
		{"key in a syntax error", input("db: *" + testKey), "line 4: unknown anchor '[redacted]' referenced" + hint},
		{"merge", input("<<: *a\n"), "line 4: unknown anchor 'a' referenced" + hint},
		{"configuration is a list", "- a\n", "line 1: a configuration has to be a map, and is a list"},
		{"empty document", "---\n---\n", "line 2: a configuration has to be a map, and is empty"},
		{"pipeline is a list", "pipeline:\n  - inputs: []\n", "line 2: pipeline has to be a map, and is a list"},
		{"unknown part", "pipeline:\n  parsers: []\n", `line 2: pipeline has no part "parsers"; its parts are inputs, filters and outputs`},
		{"inputs is empty", "pipeline:\n  inputs:\n  outputs: []\n", "line 2: inputs has to be a list, and is empty"},
		{"inputs is a map", "pipeline:\n  inputs:\n    name: x\n", "line 3: inputs has to be a list, and is a map"},
		{"input is a text", "pipeline:\n  inputs:\n    - openai_audit\n", "line 3: an input has to be a map, and is a text"},
		{"includes is a text", "includes: a.yaml\n", "line 1: includes has to be a list, and is a text"},
		{"include is a map", "includes:\n  - a: b\n", "line 2: the name of a file has to be a text, and is a map"},
		{"variable is a map", "env:\n  a: {value: b}\n", `line 2: the variable "a" has to be a text, and is a map`},
		{"variable without a name", "env:\n  '': a\n", "line 2: a variable without a name"},
		{"variable in a list is a map", "env:\n  - name: {}\n", `line 2: "name" has to be a text, and is a map`},
		{"variable in a list is a text", "env:\n  - a\n", "line 2: an entry of env has to be a map, and is a text"},
		{"variable in an empty file", "env:\n  a: file:///dev/null\n", `line 2: the variable "a": /dev/null is empty; Fluent Bit does not start without it`},
		{"variable in an endless file", "env:\n  a: file:///dev/zero\n", `line 2: the variable "a": /dev/zero is larger than 1048576 bytes; Fluent Bit does not start without it`},

		{"indentation", input("a: b\n     c: d"), "line 5: did not find expected '-' indicator" + hint},
		{"indentation, more", input("a: b\n        c: d"), "line 5: mapping values are not allowed in this context" + hint},
		{"tab", "pipeline:\n\tinputs: []\n", "line 2: found character that cannot start any token" + hint},
		{"two colons", input("db: a: b"), "line 4: mapping values are not allowed in this context" + hint},
		{"no colon", input("db /a\n      scope: all"), "line 4: could not find expected ':'" + hint},
		{"quote", input("db: \"/a\n      scope: all"), "line 4: found unexpected end of stream" + hint},
		{"bracket", input("db: [/a\n      scope: all"), "line 4: did not find expected ',' or ']'" + hint},
		{"asterisk", input("match: *"), "line 4: did not find expected alphabetic or numeric character" + hint},
		{"percent sign", "%a\n", "line 1: found unknown directive name" + hint},
		{"not UTF-8", input("db: \xff"), "line 4: invalid leading UTF-8 octet" + hint},
		{"control character", input("db: a\n      scope: \x01"), "line 5: control characters are not allowed" + hint},
		{"depth", strings.Repeat("[", 20000), "line 1: exceeded max depth of 10000" + hint},

		{"too large", strings.Repeat("#\n", 1<<19) + "#", "larger than 1048576 bytes; includes can split it"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			stanzas, err := readYAML(t, tt.text, nil)
			if err == nil || len(stanzas) > 0 {
				t.Fatalf("stanzas %v, error %v", stanzas, err)
			}
			_, got, _ := strings.Cut(err.Error(), "main.yaml: ")
			if got != tt.want {
				t.Errorf("the error is\n%s, want\n%s", got, tt.want)
			}
		})
	}
}

// The shipped configurations are the same in both formats.
func TestShippedFormatsAgree(t *testing.T) {
	t.Parallel()
	set := map[string]string{
		"OPENAI_ADMIN_KEY_FILE": "/run/key", "OPENAI_BASE_URL": "http://127.0.0.1:8080/v1", "OPENAI_AUDIT_START_FROM": "7d",
		"OPENAI_AUDIT_DB": "/state.db",
	}
	for _, env := range []map[string]string{nil, set} {
		var formats [2]*fluentbitconf.Configuration
		for i, name := range []string{"fluent-bit.conf", "fluent-bit.yaml"} {
			got, err := fluentbitconf.Read(filepath.Join("../../conf", name), getter(env))
			if err != nil {
				t.Fatal(err)
			}
			for j := range got.Inputs {
				got.Inputs[j].File, got.Inputs[j].Line = "", 0
			}
			formats[i] = got
		}
		classic := formats[0]
		if n := len(classic.Inputs); n != 1 || len(classic.Inputs[0].Properties) < 3 {
			t.Fatalf("the classic one has %d inputs, with the properties %v", n, maps.Keys(classic.Inputs[0].Properties))
		}
		if len(classic.Service) < 10 || len(classic.Outputs) != 1 || classic.Takes(classic.Outputs[0], &classic.Inputs[0]) != fluentbitconf.Yes {
			t.Errorf("the classic one has the service %v and the outputs %v", classic.Service, classic.Outputs)
		}
		if diff := cmp.Diff(formats[0], formats[1], cmpopts.IgnoreUnexported(fluentbitconf.Configuration{})); diff != "" {
			t.Errorf("configurations (-classic +YAML):\n%s", diff)
		}
	}
}

// FuzzYAML holds that no file makes the reader fail in another way than by an error that names a line.
func FuzzYAML(f *testing.F) {
	f.Add("env: {a: b}\nincludes: []\npipeline:\n  inputs:\n    - name: openai_audit\n      db: [a, b]\n")
	f.Add("env:\n  - name: a\n    value: b\n# c\n--- {pipeline: {outputs: []}}\n...\n")
	f.Add("a: &b |\n  c\nd: *b\n? e\n: !!str 'f'\n")
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "file:") || strings.Contains(text, "\\") {
			return // it could name any file of this machine
		}
		lines, err := fluentbitconf.ReadYAML([]byte(text))
		var line int
		if err != nil && len(text) <= 1<<20 {
			if _, scanErr := fmt.Sscanf(err.Error(), "line %d: ", &line); scanErr != nil || line < 1 || line > 1+len(text) {
				t.Fatalf("the error is %v", err)
			}
		}
		for _, line := range lines {
			if line < 1 || line > 1+len(text) {
				t.Fatalf("something stands in line %d", line)
			}
		}
	})
}

func TestSnakeCase(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]string{
		"pollInterval": "poll_interval", "poll_interval": "poll_interval", "Poll_Interval": "poll_interval", "PollInterval": "pollinterval",
		"db": "db", "": "", "poll_Interval": "poll_interval", "caFile": "ca_file",
	} {
		if got := fluentbitconf.SnakeCase(key); got != want {
			t.Errorf("SnakeCase(%q) = %q, want %q", key, got, want)
		}
	}
}
