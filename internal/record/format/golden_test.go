package format_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"fluent-bit-openai-audit/internal/record/format"
)

var update = flag.Bool("update", false, "bring testdata/golden.txtar up to date")

// What comes out, to the letter: testdata/golden.txtar has events, and each in all formats.
func TestGolden(t *testing.T) {
	const name = "testdata/golden.txtar"
	archive, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	formats := []struct {
		name string
		format.Options
	}{
		{"ocsf-1.9.0", format.Options{Format: format.OCSF}},
		{"ocsf-1.8.0", format.Options{Format: format.OCSF, OCSFVersion: format.OCSF18}},
		{"ecs", format.Options{Format: format.ECS}},
		{"raw+details+body", format.Options{PayloadKey: format.DetailsKey, Metadata: format.InBody}},
	}
	want := map[string]string{}
	got := &txtar.Archive{Comment: archive.Comment}
	for _, file := range archive.Files {
		want[file.Name] = string(file.Data)
	}
	for _, file := range archive.Files {
		event, of := strings.CutSuffix(file.Name, "/event")
		if !of {
			continue
		}
		got.Files = append(got.Files, file)
		var line bytes.Buffer
		if err := json.Compact(&line, file.Data); err != nil {
			t.Fatal(err)
		}
		for _, f := range formats {
			var text bytes.Buffer
			if err := json.Indent(&text, []byte(shapedText(t, shaper(t, f.Options), line.String(), known)), "", "  "); err != nil {
				t.Fatal(err)
			}
			text.WriteByte('\n')
			section := event + "/" + f.name
			got.Files = append(got.Files, txtar.File{Name: section, Data: text.Bytes()})
			if diff := cmp.Diff(want[section], text.String()); diff != "" && !*update {
				t.Errorf("%s (-want +got):\n%s", section, diff)
			}
		}
	}
	if len(got.Files) < 5*5 {
		t.Errorf("only %d sections", len(got.Files))
	}
	if *update {
		if err := os.WriteFile(name, txtar.Format(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// documented are the events that conf/FORMATS.md shows.
var documented = []string{"admin key created", "sign-in failed, nobody known", "owner role assigned", "allow list opened", "unknown type"}

// The end of conf/FORMATS.md is what becomes of five events, and where the fields of the other sources go.
func TestPage(t *testing.T) {
	const name, marker = "../../../conf/FORMATS.md", "; from here on to the end -->\n"
	page, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	before, have, found := strings.Cut(string(page), marker)
	if !found {
		t.Fatalf("%s has no line that ends with %s", name, marker)
	}
	archive, err := txtar.ParseFile("testdata/golden.txtar")
	if err != nil {
		t.Fatal(err)
	}
	sections := map[string]string{}
	for _, file := range archive.Files {
		sections[file.Name] = string(file.Data)
	}
	var b strings.Builder
	b.WriteString("\n" + format.MappingMarkdown() + "\n## Five events in each format\n")
	for _, event := range documented {
		b.WriteString("\n### " + strings.ToUpper(event[:1]) + event[1:] + "\n")
		for _, section := range []struct{ name, title string }{
			{"event", "raw"},
			{"raw+details+body", "raw, with payload_key details and metadata body"},
			{"ocsf-1.9.0", "ocsf"},
			{"ocsf-1.8.0", "ocsf, with ocsf_version 1.8.0"},
			{"ecs", "ecs"},
		} {
			text := sections[event+"/"+section.name]
			if text == "" {
				t.Fatalf("there is no %s/%s", event, section.name)
			}
			b.WriteString("\n<details><summary>" + section.title + "</summary>\n\n```json\n" + text + "```\n\n</details>\n")
		}
	}
	if diff := cmp.Diff(b.String(), have); diff != "" {
		if *update {
			if err := os.WriteFile(name, []byte(before+marker+b.String()), 0o644); err != nil {
				t.Fatal(err)
			}
			return
		}
		t.Errorf("%s (-want +have); go test ./internal/record/format -update brings it up to date:\n%s", name, diff)
	}
}
