package compliance_test

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fluent-bit-openai-audit/internal/fakeopenai/logfiles"
)

// Each format comes to the host, each record once.
func TestFormats(t *testing.T) {
	for _, tt := range []struct {
		properties []string
		id         string // where the id stands
		have       []string
	}{
		{[]string{"format=ocsf"}, "metadata.uid", []string{`"class_uid":3002`, `"class_uid":6003`, `"class_uid":0`}},
		{[]string{"format=ocsf", "ocsf_version=1.8.0", "include_original=on"}, "metadata.uid", []string{`"version":"1.8.0"`, `"raw_data":"{`}},
		{[]string{"format=ecs", "redact=actor.user_email"}, "event.id", []string{`"dataset":"openai.compliance"`, `"kind":"state"`}},
		{[]string{"metadata=body"}, "event_id", []string{`"openai_audit":{"stream":`}},
	} {
		t.Run(strings.Join(tt.properties, " "), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLab(t, 1, logfiles.Options{})
				want := l.want(time.Now().AddDate(0, 0, -1))
				c := l.open(append(tt.properties, "heartbeat_interval=1m")...)
				c.Start()
				l.run(c, 5*time.Minute)
				c.Stop()
				seen, text := map[string]int{}, strings.Builder{}
				for _, g := range l.host.records() {
					var v any
					if err := json.Unmarshal([]byte(g.text), &v); err != nil {
						t.Fatal(err)
					}
					for key := range strings.SplitSeq(tt.id, ".") {
						m, _ := v.(map[string]any)
						v = m[key]
					}
					id, _ := v.(string)
					seen[id]++
					text.WriteString(g.text)
				}
				if len(want) < 20 {
					t.Fatalf("only %d records are there", len(want))
				}
				for id := range want {
					if seen[id] != 1 {
						t.Fatalf("%s was delivered %d times", id, seen[id])
					}
				}
				for _, part := range tt.have {
					if !strings.Contains(text.String(), part) {
						t.Errorf("%s is in no record", part)
					}
				}
				if strings.Contains(text.String(), `"user_email"`) && tt.properties[len(tt.properties)-1] == "redact=actor.user_email" {
					t.Error("what is redacted is there")
				}
			})
		})
	}
}
