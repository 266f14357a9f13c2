package fluentbitconf_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fluent-bit-openai-audit/internal/fluentbitconf"
)

// Patterns match as the router of Fluent Bit 5.1.1 has it.
func TestMatchTag(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		pattern, tag string
		want         bool
	}{
		{"openai.audit", "openai.audit", true},
		{"openai.audit", "openai.audi", false},
		{"openai.audi", "openai.audit", false},
		{"OpenAI.audit", "openai.audit", false},
		{"*", "openai.audit", true},
		{"*", "", true},
		{"**", "a", true},
		{"openai.*", "openai.", true},
		{"openai.*", "openai", false},
		{"*.audit", "openai.audit", true},
		{"*.audit", "openai.audit.x", false},
		{"o*a*t", "openai.audit", true},
		{"o*it*t", "openai.audit", false},
		{"*a*a*", "aXa", true},
		{"*a*a*", "a", false},
		{"a*b*b", "aXbXb", true},
		{"a*b", "ab", true},
		{"a*ab", "ab", false},
		{"openai_audit.?", "openai_audit.0", false},
		{"*b", "abbb", true},
	} {
		if got := fluentbitconf.MatchTag(tt.pattern, tt.tag); got != tt.want {
			t.Errorf("%q matches %q: %v", tt.pattern, tt.tag, got)
		}
	}
}

func TestMatchRegex(t *testing.T) {
	t.Parallel()
	const yes, no, unsure = fluentbitconf.Yes, fluentbitconf.No, fluentbitconf.Unsure
	for _, tt := range []struct {
		pattern string
		want    fluentbitconf.Answer
	}{
		{"openai", yes},     // the begin is enough
		{"audit", no},       // that is not the begin
		{".*audit$", yes},   // of a tag
		{"^openai\\.", yes}, //
		{"OPENAI", no},
		{"/OPENAI/i", yes},
		{"/openai/", yes},
		{"/openai/x", unsure},
		{"/openai/q", unsure},
		{"x*", no}, // a match of nothing is none
		{"(?!kube).*", unsure},
		{"(?<name>open)", yes},
		{`\h+`, unsure},
		{"[a-z&&[^o]]+", unsure},
		{"o{,3}", unsure},
		{"(", unsure},
		{"kube|openai", yes},
	} {
		if got := fluentbitconf.MatchRegex(tt.pattern, "openai.audit"); got != tt.want {
			t.Errorf("%q matches openai.audit: %v, want %v", tt.pattern, got, tt.want)
		}
	}
}

func TestTakes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, text, want string }{
		{"match", "[OUTPUT]\n name file\n match a*\n[OUTPUT]\n name null\n alias Other\n match b\n", "file.0 yes, Other no idle"},
		{"the last match counts", "[OUTPUT]\n name file\n match b\n match a\n", "file.0 yes"},
		{"either", "[OUTPUT]\n name file\n match b\n match_regex ^a\n", "file.0 yes"},
		{"no match, alone", "[OUTPUT]\n name file\n", "file.0 yes"},
		{"no match, with storage", "[SERVICE]\n Storage.Path /x\n[OUTPUT]\n name file\n", "file.0 no idle"},
		{"no match, with another input", "[INPUT]\n name cpu\n[OUTPUT]\n name file\n", "file.0 no"},
		{"no match, with another output", "[OUTPUT]\n name file\n[OUTPUT]\n name null\n match *\n", "file.0 no idle, null.1 yes"},
		{"no match, with an emitter", "[FILTER]\n name Rewrite_Tag\n match z\n[OUTPUT]\n name file\n", "file.0 no idle"},
		{"another tag", "[FILTER]\n name rewrite_tag\n match a\n[OUTPUT]\n name file\n match b\n", "file.0 unsure"},
		{"another's other tag", "[FILTER]\n name rewrite_tag\n match z\n[OUTPUT]\n name file\n match b\n", "file.0 no idle"},
		{"an expression of Ruby's", "[OUTPUTS]\n name file\n match_regex (?=a)\n", "file.0 unsure"},
		{"a variable", "@SET m=a\n[OUTPUT]\n name file\n match ${m}\n", "file.0 yes"},
		{"of a second of ours", "[INPUT]\n name openai_audit\n[OUTPUT]\n name file\n match openai_audit.1\n", "file.0 no"},
		{"in a group", "[OUTPUT]\n name file\n match b\n [X]\n  match a\n", "file.0 no idle"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "main.conf")
			if err := os.WriteFile(path, []byte("[INPUT]\n name openai_audit\n tag a\n"+tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if got := takers(t, path); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

// YAML: names in camel case and in capitals, what is no text, and routes that name an output.
func TestTakesYAML(t *testing.T) {
	t.Parallel()
	dir := writeFiles(t, map[string]string{"main.yaml": `
service: {Storage.Path: /x, telemetry: {a: b}}
pipeline:
  inputs:
    - {name: openai_audit, tag: a, routes: {logs: [{name: all, to: {outputs: [{name: file.0}]}}]}}
  outputs:
    - {name: file, matchRegex: '^b'}
    - {name: null, Match: a, processors: {logs: []}, headers: [x, y]}
    - name: http
      match: [b, a]
    - a text
  filters: nothing
`})
	if got := takers(t, filepath.Join(dir, "main.yaml")); got != "file.0 unsure, null.1 yes, http.2 yes" {
		t.Error(got)
	}
}

// takers says which outputs of a configuration take the records of its input.
func takers(t *testing.T, path string) string {
	t.Helper()
	c, err := fluentbitconf.Read(path, getter(nil))
	if err != nil {
		t.Fatal(err)
	}
	words := map[fluentbitconf.Answer]string{fluentbitconf.No: "no", fluentbitconf.Unsure: "unsure", fluentbitconf.Yes: "yes"}
	var list []string
	for _, output := range c.Outputs {
		text := fmt.Sprintf("%v %s", output, words[c.Takes(output, &c.Inputs[0])])
		if c.Idle(output) {
			text += " idle"
		}
		list = append(list, text)
	}
	return strings.Join(list, ", ")
}
