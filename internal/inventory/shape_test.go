package inventory_test

import (
	"strings"
	"testing"
	"time"
)

// Each format comes to the host: every object, and the record that closes the snapshot.
func TestFormats(t *testing.T) {
	for name, tt := range map[string]struct {
		given  map[string]string
		object string // what each object's record has
		closes string // what the record that closes a snapshot has
		beside bool   // whether the record's metadata names the stream
	}{
		"ocsf": {map[string]string{"format": "ocsf"}, `"class_uid":3004`, `"class_uid":0`, false},
		"ecs":  {map[string]string{"format": "ecs", "metadata": "on"}, `"kind":"asset"`, `"kind":"state"`, true},
		"body": {map[string]string{"metadata": "body", "redact": "data.email"}, `"openai_audit":{"stream":"inventory"}`, `openai_audit.snapshot`, false},
	} {
		t.Run(name, func(t *testing.T) {
			dir := organization(40, 3)
			in(t, dir, tt.given, func(w *world) {
				w.start()
				w.run(5 * time.Minute) // half an interval
				objects, closed, text := 0, 0, ""
				for _, r := range w.fb.records() {
					if (r.stream != "") != tt.beside {
						t.Errorf("the metadata names the stream %q", r.stream)
					}
					switch {
					case strings.Contains(r.text, "openai_audit.snapshot") && strings.Contains(r.text, tt.closes):
						closed++
					case strings.Contains(r.text, tt.object):
						objects++
					default:
						t.Errorf("what is %s?", r.text)
					}
					text += r.text
				}
				if want := len(there(t, dir)); objects != want || closed != 1 {
					t.Errorf("%d objects and %d snapshots, want %d and 1", objects, closed, want)
				}
				if strings.Contains(text, "person.7@") != (tt.given["redact"] == "") {
					t.Error("an address is there though it is redacted, or not though it is not")
				}
			})
		})
	}
}
