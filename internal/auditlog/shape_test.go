package auditlog_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fluent-bit-openai-audit/internal/fakeopenai"
)

// Each format comes to the host: events, one that is late, one that is malformed, and heartbeats, each once.
func TestFormats(t *testing.T) {
	key := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(key, []byte("the key of a test's hashes\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		properties map[string]string
		id         string   // where an event's id stands
		late       string   // what the late event has and no other
		heartbeat  string   // what a heartbeat has
		have       []string // what is in some record
		beside     bool     // whether the record's metadata names the stream
	}{
		"raw":     {nil, "id", "", `"object":"openai_audit.heartbeat"`, []string{`"login.failed":`, `"_malformed":`}, true},
		"details": {map[string]string{"payload_key": "details"}, "id", "", "openai_audit.heartbeat", []string{`"details":`}, true},
		"body": {
			map[string]string{"metadata": "body"},
			"id", `"late":true`, `"openai_audit":{"stream":"heartbeat","organization":"org-a"}`,
			[]string{`"openai_audit":{"stream":"organization","organization":"org-a"}`},
			false,
		},
		"off": {map[string]string{"metadata": "off"}, "id", "", "openai_audit.heartbeat", nil, false},
		"ocsf": {
			map[string]string{"format": "ocsf"},
			"metadata.uid", `"late"`, `"class_uid":0`,
			[]string{`"class_uid":3002`, `"tenant_uid":"org-a"`, "malformed event: "},
			false,
		},
		"ocsf 1.8.0": {map[string]string{"format": "ocsf", "ocsf_version": "1.8.0", "metadata": "on"}, "metadata.uid", `"late"`, `"class_uid":0`, []string{`"version":"1.8.0"`}, true},
		"ecs": {
			map[string]string{"format": "ecs", "include_original": "on"},
			"event.id", `"late":true`, `"kind":"state"`,
			[]string{`"category":["authentication"]`, `"kind":"pipeline_error"`, `"original":"{`},
			false,
		},
		"redacted": {
			map[string]string{"redact": "login.failed.error_message=hash,actor", "redact_key_file": key},
			"id", "", "openai_audit.heartbeat",
			[]string{"withheld"},
			true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			inScene(t, func(s scene) {
				now := time.Now()
				const payload = `{"error_code":"c","error_message":"Xq7secretX"}`
				add := func(id string, at time.Time, listed time.Time) {
					s.server.Add(fakeopenai.Event{
						ID: id, Type: "login.failed", EffectiveAt: at.Unix(), ListedAt: listed,
						Raw: []byte(`{"id":"` + id + `","type":"login.failed","effective_at":` + jsonTime(at) + `,"login.failed":` + payload + `}`),
					})
				}
				add("event-1", now.Add(-time.Minute), time.Time{})
				add("event-2", now.Add(5*time.Minute), now.Add(8*time.Minute))
				s.server.Add(fakeopenai.Event{ID: "odd", Type: "login.failed", EffectiveAt: now.Unix() - 30, Raw: []byte(`{"id":7,"effective_at":` + jsonTime(now.Add(-30*time.Second)) + `}`)})
				properties := map[string]string{"scope": "organization", "organization": "org-a", "heartbeat_interval": "5m"}
				for k, v := range tt.properties {
					properties[k] = v
				}
				s.collect(20*time.Minute, properties)
				ids, text := map[string]int{}, ""
				for _, d := range s.fb.delivered() {
					line := string(d.json)
					text += line + "\n"
					id := stringAt(s, d.json, tt.id)
					ids[strings.TrimRight(id, "0123456789")]++
					if (d.stream != "") != tt.beside {
						s.Errorf("the metadata names the stream %q: %s", d.stream, line)
					}
					if tt.late != "" && strings.Contains(line, tt.late) != (id == "event-2") {
						s.Errorf("late or not: %s", line)
					}
					if tt.heartbeat != "" && strings.HasPrefix(id, "heartbeat-") && !strings.Contains(line, tt.heartbeat) {
						s.Errorf("a heartbeat is %s", line)
					}
				}
				if ids["event-"] != 2 || ids["heartbeat-"] < 3 || ids[""] != 1 {
					s.Errorf("delivered were %v:\n%s", ids, text)
				}
				for _, part := range tt.have {
					if !strings.Contains(text, part) {
						s.Errorf("%s is in no record:\n%s", part, text)
					}
				}
				if redacted := tt.properties["redact"] != ""; redacted == strings.Contains(text, "Xq7secretX") {
					s.Errorf("what is to be redacted:\n%s", text)
				}
			})
		})
	}
}

func jsonTime(at time.Time) string {
	b, err := json.Marshal(at.Unix())
	if err != nil {
		panic(err)
	}
	return string(b)
}

// stringAt returns the text at a path of keys in a line of JSON, or "".
func stringAt(s scene, line []byte, path string) string {
	s.Helper()
	var v any
	if err := json.Unmarshal(line, &v); err != nil {
		s.Fatal(err)
	}
	for key := range strings.SplitSeq(path, ".") {
		m, _ := v.(map[string]any)
		v = m[key]
	}
	text, _ := v.(string)
	return text
}
