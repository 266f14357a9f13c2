package format_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"fluent-bit-openai-audit/internal/record"
	"fluent-bit-openai-audit/internal/record/format"
)

// texts adds the texts of an event that are long enough to tell to set, by their paths.
func texts(v any, path string, set map[string]string) {
	switch v := v.(type) {
	case map[string]any:
		for key, member := range v {
			texts(member, strings.TrimPrefix(path+"."+key, "."), set)
		}
	case []any:
		for _, element := range v {
			texts(element, path, set)
		}
	case string:
		if len(v) >= 6 {
			set[path] = v
		}
	}
}

// Whatever path is redacted, of whatever source, its value is in no place of what comes out, if it is in no other of the event.
func TestAnyPathIsGone(t *testing.T) {
	tried := 0
	for _, from := range []struct {
		source format.Source
		list   []string
		shape  func(s *format.Shaper, line string) string
	}{
		{format.AuditLogs, append(liveEvents(t), typed("invite.sent", bySession, `"invite.sent":{"id":"invite-1234","data":{"email":"new@example.org","role":"owner"}}`)), func(s *format.Shaper, line string) string { return string(shapedBody(t, s, line, known)) }},
		{format.ComplianceLogs, lines(t, "testdata/compliance.jsonl"), func(s *format.Shaper, line string) string { return linesBody(t, s, line) }},
		{format.Organization, inventoryLines()[:12], func(s *format.Shaper, line string) string { return linesBody(t, s, line) }},
	} {
		shapers := map[string][]*format.Shaper{}
		for _, line := range from.list {
			var tree any
			if err := json.Unmarshal([]byte(line), &tree); err != nil {
				t.Fatal(err)
			}
			set := map[string]string{}
			texts(tree, "", set)
			for path, value := range set {
				quoted, err := json.Marshal(value)
				if err != nil {
					t.Fatal(err)
				}
				if strings.Count(line, strings.Trim(string(quoted), `"`)) != 1 || format.CheckRedact([]string{path}) != nil {
					continue
				}
				if shapers[path] == nil {
					if len(shapers) == 60 {
						continue // as many paths of a source are enough
					}
					for i, o := range []format.Options{
						{Format: format.OCSF, IncludeOriginal: true},
						{Format: format.OCSF, OCSFVersion: format.OCSF18},
						{Format: format.ECS, IncludeOriginal: true},
						{Metadata: format.InBody},
					} {
						o.Source, o.Redact = from.source, []string{path + []string{"", "=hash"}[(i+len(shapers))%2]}
						o.RedactKey = key
						shapers[path] = append(shapers[path], shaper(t, o))
					}
				}
				for _, s := range shapers[path] {
					tried++
					got := from.shape(s, line)
					if strings.Contains(got, value) && !strings.Contains(from.shape(s, strings.Replace(line, value, "", 1)), value) { // nor is it a word of the format's own
						t.Fatalf("%s of %s is redacted, and %q is there: %q", path, line, value, got)
					}
				}
			}
		}
	}
	if tried < 2000 {
		t.Errorf("only %d were tried", tried)
	}
}

// linesBody returns what s makes of a line.
func linesBody(t *testing.T, s *format.Shaper, line string) string {
	t.Helper()
	var d record.Decoder
	page, _ := d.Lines([]byte(line), false)
	body, err := s.Shape(nil, &page.Events[0], known)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// Categories and types of every record in ECS are pairs that its version 9 expects.
func TestPairsOfLines(t *testing.T) {
	allowed := map[string]string{
		"authentication": "end info start",
		"configuration":  "access change creation deletion info",
		"iam":            "admin change creation deletion group info user",
		"session":        "end info start",
	}
	for source, list := range map[format.Source][]string{format.ComplianceLogs: complianceLines(t), format.Organization: inventoryLines()} {
		s := shaper(t, format.Options{Source: source, Format: format.ECS})
		for _, line := range list {
			tree, text := shapeLine(t, s, line, known)
			kind := at(tree, "event kind")
			categories, _ := tree["event"].(map[string]any)["category"].([]any)
			types, _ := tree["event"].(map[string]any)["type"].([]any)
			if kind != "pipeline_error" && kind != "state" && (len(categories) == 0 || len(types) == 0) {
				t.Errorf("no category or type: %s", text)
			}
			for _, ty := range types {
				ok := false
				for _, c := range categories {
					ok = ok || strings.Contains(" "+allowed[fmt.Sprint(c)]+" ", fmt.Sprintf(" %s ", ty))
				}
				if !ok {
					t.Errorf("%v is no type of %v: %s", ty, categories, text)
				}
			}
		}
	}
}
