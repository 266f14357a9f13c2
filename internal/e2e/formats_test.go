//go:build linux

package e2e_test

import (
	"encoding/json"
	"strings"
	"testing"

	"fluent-bit-openai-audit/internal/fakeopenai"
)

// A page of the real API in every format: through Fluent Bit and its JSON writer comes each event once, under the id that it
// has there, and no key that is none of the schema's.
func TestFormats(t *testing.T) {
	events := livePage(t)
	for name, tt := range map[string]struct {
		properties []string
		id         string // where the id stands
		have       string // what each record has
	}{
		"ocsf":       {[]string{"format", "ocsf", "organization", "org-e2e"}, "metadata.uid", `"version":"1.9.0"`},
		"ocsf 1.8.0": {[]string{"format", "ocsf", "ocsf_version", "1.8.0", "include_original", "on"}, "metadata.uid", `"raw_data":"{`},
		"ecs":        {[]string{"format", "ecs"}, "event.id", `"dataset":"openai.audit"`},
		"details":    {[]string{"payload_key", "details", "metadata", "body", "redact", "actor"}, "id", `"openai_audit":{"stream":"organization"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			theHost(t)
			dir := t.TempDir()
			c := pipeline(dir, serve(t, fakeopenai.Options{}, events...), tt.properties...)
			c.outputs = []props{toStdout()}
			p := start(t, c.write(t, dir, "yaml"), launch{})
			p.await("100 records", func() bool { return len(p.stdout.lines()) >= len(events) })
			p.terminate()
			var ids []string
			for _, line := range p.stdout.lines() {
				if !strings.Contains(line, tt.have) || strings.Contains(line, "__internal__") || strings.Contains(line, `"actor":`) && name == "details" {
					t.Errorf("a record is %s", line)
				}
				var v any
				if err := json.Unmarshal([]byte(line), &v); err != nil {
					t.Fatal(err)
				}
				for key := range strings.SplitSeq(tt.id, ".") {
					m, _ := v.(map[string]any)
					v = m[key]
				}
				id, _ := v.(string)
				ids = append(ids, id)
			}
			wantEach(t, events, ids)
		})
	}
}
