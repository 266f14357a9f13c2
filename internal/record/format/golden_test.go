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

	"fluent-bit-openai-audit/internal/record"
	"fluent-bit-openai-audit/internal/record/format"
)

var update = flag.Bool("update", false, "bring testdata/golden.txtar up to date")

// What comes out, to the letter: the files of testdata have events, and each in all formats.
func TestGolden(t *testing.T) {
	golden(t, "testdata/golden.txtar", []shaping{
		{"ocsf-1.9.0", format.Options{Format: format.OCSF}},
		{"ocsf-1.8.0", format.Options{Format: format.OCSF, OCSFVersion: format.OCSF18}},
		{"ecs", format.Options{Format: format.ECS}},
		{"raw+details+body", format.Options{PayloadKey: format.DetailsKey, Metadata: format.InBody}},
	}, func(event string, o format.Options) string { return shapedText(t, shaper(t, o), event, known) })
}

// The same for the other sources.
func TestGoldenLines(t *testing.T) {
	golden(t, "testdata/golden_lines.txtar", []shaping{
		{"ocsf-1.9.0", format.Options{Format: format.OCSF}},
		{"ecs", format.Options{Format: format.ECS}},
	}, func(line string, o format.Options) string {
		m := record.Metadata{Stream: "workspace"}
		o.Source = format.ComplianceLogs
		if strings.Contains(line, `"openai_audit.`) {
			o.Source, m = format.Organization, record.Metadata{Stream: "inventory", Organization: "org-abc123"}
		}
		_, text := shapeLine(t, shaper(t, o), line, m)
		return text
	})
}

// shaping is a way to shape events, with a name.
type shaping struct {
	name string
	format.Options
}

// golden compares what becomes of each event of a file with what stands there.
func golden(t *testing.T, name string, shapings []shaping, shaped func(event string, o format.Options) string) {
	t.Helper()
	archive, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
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
		for _, f := range shapings {
			var text bytes.Buffer
			if err := json.Indent(&text, []byte(shaped(line.String(), f.Options)), "", "  "); err != nil {
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
	if len(got.Files) < 5*len(shapings) {
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

// documentedLines are the records of the other sources that it shows.
var documentedLines = []string{"compliance logs: sign-in failed", "compliance logs: app published", "organization: user added", "organization: snapshot closed"}

// writeExamples writes what stands in a file for some events.
func writeExamples(t *testing.T, b *strings.Builder, name string, events []string, sections [][2]string) {
	t.Helper()
	archive, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, file := range archive.Files {
		texts[file.Name] = string(file.Data)
	}
	for _, event := range events {
		b.WriteString("\n### " + strings.ToUpper(event[:1]) + event[1:] + "\n")
		for _, section := range sections {
			text := texts[event+"/"+section[0]]
			if text == "" {
				t.Fatalf("there is no %s/%s", event, section[0])
			}
			b.WriteString("\n<details><summary>" + section[1] + "</summary>\n\n```json\n" + text + "```\n\n</details>\n")
		}
	}
}

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
	var b strings.Builder
	b.WriteString("\n" + format.MappingMarkdown() + "\n## Five events in each format\n")
	writeExamples(t, &b, "testdata/golden.txtar", documented, [][2]string{
		{"event", "raw"},
		{"raw+details+body", "raw, with payload_key details and metadata body"},
		{"ocsf-1.9.0", "ocsf"},
		{"ocsf-1.8.0", "ocsf, with ocsf_version 1.8.0"},
		{"ecs", "ecs"},
	})
	b.WriteString("\n## Records of the other sources\n")
	writeExamples(t, &b, "testdata/golden_lines.txtar", documentedLines, [][2]string{{"event", "raw"}, {"ocsf-1.9.0", "ocsf"}, {"ecs", "ecs"}})
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
