package fluentbitconf_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fluent-bit-openai-audit/internal/config"
	"fluent-bit-openai-audit/internal/fluentbitconf"
)

func TestReadClassic(t *testing.T) {
	t.Parallel()
	dir := writeFiles(t, map[string]string{
		"fluent-bit.conf": `# a comment
@SET state_dir=/state
@SET Interval=10s
@INCLUDE conf.d/*.conf
[SERVICE]
    Flush 1

[INPUT]
    Name   openai_audit
    Tag    audit
    Alias  first
    Mem_Buf_Limit 10M
    # a comment
    API_Key_File   ${KEY_FILE}
    Poll_Interval  ${Interval}
    db ${state_dir}/openai.db  ` + `
    organization ${ORG:-org-a}
    project_ids ${EMPTY:-proj_a}, proj_b
    event_types ${TYPES}
    db /other.db
    actor_ids a${NOPE}b
    resource_ids ${
    [PROCESSOR]
        Name content_modifier
    scope tenant
    actor_emails ${HOSTNAME}@example.com

[INPUT]
    name cpu

[INPUT]
    tag no_name

[OUTPUT]
    name openai_audit
@include second.conf
`,
		"conf.d/a.conf": "[INPUT]\r\n\tname ${PLUGIN}\r\n\tapi_key " + testKey + "\r\n",
		"second.conf":   "[inputs]\n  name OpenAI_Audit\n  interval 3",
	})
	hostname, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"KEY_FILE": "/run/key", "PLUGIN": "openai_audit", "EMPTY": ""}
	got, err := fluentbitconf.Read(filepath.Join(dir, "fluent-bit.conf"), getter(env))
	if err != nil {
		t.Fatal(err)
	}
	want := []fluentbitconf.Stanza{
		{
			File: "conf.d/a.conf", Line: 1, Name: "openai_audit.0", Tag: "openai_audit.0",
			Properties: map[string]string{"api_key": testKey},
			Host:       map[string]string{"name": "openai_audit"},
		},
		{
			File: "fluent-bit.conf", Line: 8, Name: "first", Tag: "audit",
			Properties: map[string]string{
				"api_key_file": "/run/key", "poll_interval": "10s", "db": "/state/openai.db", "organization": "org-a",
				"project_ids": "proj_a, proj_b", "actor_ids": "ab", "resource_ids": "${", "scope": "tenant",
				"actor_emails": hostname + "@example.com",
			},
			Host: map[string]string{"name": "openai_audit", "tag": "audit", "alias": "first", "mem_buf_limit": "10M"},
			Problems: []config.Problem{
				{Property: "db", Text: "given more than once; Fluent Bit hands on only the first", Hint: "keep one of them"},
			},
			Warnings: []string{
				"event_types: the variable ${TYPES} is not set; Fluent Bit puts nothing in its place",
				"event_types: empty; Fluent Bit hands on nothing, and the default applies",
				"actor_ids: the variable ${NOPE} is not set; Fluent Bit puts nothing in its place",
			},
		},
		{
			File: "second.conf", Line: 1, Name: "openai_audit.4", Tag: "openai_audit.4",
			Properties: map[string]string{"interval": "3"},
			Host:       map[string]string{"name": "OpenAI_Audit"},
		},
	}
	inputs := got.Inputs
	if diff := cmp.Diff(want, within(t, dir, inputs)); diff != "" {
		t.Errorf("stanzas (-want +got):\n%s", diff)
	}
	if text := fmt.Sprintf("%v %+v %#v", inputs[0], inputs[0], inputs); leaks(text) || !strings.Contains(text, "openai_audit.0 (conf.d/a.conf:1)") {
		t.Errorf("a stanza prints as %s", text)
	}
}

func TestReadClassicErrors(t *testing.T) {
	t.Parallel()
	many := map[string]string{"main.conf": "@INCLUDE 0.conf\n"}
	for i := range 1000 {
		many[fmt.Sprintf("%d.conf", i)] = fmt.Sprintf("@INCLUDE %d.conf\n", i+1)
	}
	for _, tt := range []struct {
		name  string
		files map[string]string
		want  string // DIR stands for the directory
	}{
		{"missing", nil, "read configuration: stat DIR/main.conf: no such file or directory"},
		{"heading", map[string]string{"main.conf": "[INPUT\n"}, "DIR/main.conf:1: a heading without its closing bracket"},
		{"no indentation", map[string]string{"main.conf": "[INPUT]\nname x\n"}, "DIR/main.conf:2: a line of a section is not indented"},
		{"indentation", map[string]string{"main.conf": "[INPUT]\n    name x\n  tag y\n"}, "DIR/main.conf:3: the indentation differs from that of the lines before"},
		{"tabs and blanks", map[string]string{"main.conf": "[INPUT]\n    name x\n\ttag y\n"}, "DIR/main.conf:3: the indentation differs from that of the lines before"},
		{"no value", map[string]string{"main.conf": "[INPUT]\n    name\n"}, "DIR/main.conf:2: name has no value"},
		{"blank value", map[string]string{"main.conf": "[INPUT]\n    name  \n"}, "DIR/main.conf:2: name has no value"},
		{"key without a name", map[string]string{"main.conf": "[INPUT]\n    api_key=" + testKey + "\n"}, "DIR/main.conf:2: api_key=[redacted] has no value"},
		{"no section", map[string]string{"main.conf": "    name x\n"}, "DIR/main.conf:1: name stands before the first section"},
		{"variable", map[string]string{"main.conf": "@SET x\n"}, "DIR/main.conf:1: @SET is written @SET NAME=VALUE"},
		{"include missing", map[string]string{"main.conf": "\n@INCLUDE other.conf\n"}, "DIR/main.conf:2: read configuration: stat DIR/other.conf: no such file or directory"},
		{"include without a match", map[string]string{"main.conf": "@INCLUDE *.inc\n"}, "DIR/main.conf:1: include DIR/*.inc: no such file"},
		{"include of a bad pattern", map[string]string{"main.conf": "@INCLUDE [*\n"}, "DIR/main.conf:1: include DIR/[*: syntax error in pattern"},
		{"include of itself", map[string]string{"main.conf": "@INCLUDE main.conf\n"}, "DIR/main.conf:1: read configuration: DIR/main.conf is included twice"},
		{"error in an included file", map[string]string{"main.conf": "@INCLUDE a.conf\n", "a.conf": "[x\n"}, "DIR/main.conf:1: DIR/a.conf:1: a heading without its closing bracket"},
		{"directory", map[string]string{"main.conf/x": ""}, "read configuration: read DIR/main.conf: is a directory"},
		{"too many", many, "read configuration: more than 1000 files"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := writeFiles(t, tt.files)
			_, err := fluentbitconf.Read(filepath.Join(dir, "main.conf"), getter(nil))
			got := strings.ReplaceAll(errorText(err), dir, "DIR")
			if tt.name == "too many" { // after the names of 1000 files
				got = got[max(0, len(got)-len(tt.want)):]
			}
			if got != tt.want {
				t.Errorf("the error is %q, want %q", got, tt.want)
			}
		})
	}
}

func TestReadTooLarge(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "large.conf")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	if err := file.Truncate(33 << 20); err != nil {
		t.Fatal(err)
	}
	_, err = fluentbitconf.Read(path, getter(nil))
	if want := "read configuration: " + path + ": larger than a configuration can be"; errorText(err) != want {
		t.Errorf("the error is %v, want %s", err, want)
	}
}

// FuzzReadClassic holds that no file makes the reader fail in another way than by an error.
func FuzzReadClassic(f *testing.F) {
	f.Add("[INPUT]\n    name openai_audit\n    api_key ${X:-y}\n    [PROCESSOR]\n        a b\n@SET a=b\n")
	f.Add("@INCLUDE main.conf\n")
	f.Add("[INPUT]\n name openai_audit\n db ${\n db ${}\n db }${\n")
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(strings.ToLower(text), "@include") {
			return // it could name any file of this machine
		}
		path := filepath.Join(t.TempDir(), "main.conf")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := fluentbitconf.Read(path, getter(nil))
		if err != nil {
			if got != nil {
				t.Fatal("a configuration and an error")
			}
			return
		}
		for i := range got.Inputs {
			stanza := &got.Inputs[i]
			for _, output := range got.Outputs {
				got.Takes(output, stanza)
			}
			if _, err := config.ParseMap(stanza.Properties, getter(nil)); err != nil && err.Error() == "" {
				t.Fatal("an error without a text")
			}
		}
	})
}
