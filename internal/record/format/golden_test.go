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
