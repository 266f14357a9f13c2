package state_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"fluent-bit-openai-audit/internal/state"
)

// A file of one source is refused by every other, by name, and left as it is.
func TestSource(t *testing.T) {
	t.Parallel()
	former, _, _ := formerFile(t)
	for _, tt := range []struct{ written, want string }{
		{"", state.AuditLogs}, {state.AuditLogs, state.AuditLogs}, {"organization", "organization"}, {"former", state.AuditLogs},
	} {
		path := former
		if tt.written != "former" {
			path = filepath.Join(t.TempDir(), "a.db")
			db, err := state.Open(path, state.Options{NoSync: true, Source: tt.written})
			must(t, err)
			must(t, db.Close())
		}
		if got, err := snapshot(t, path).Source(); got != tt.want || err != nil {
			t.Errorf("written as %q: it is of %q, %v", tt.written, got, err)
		}
		for _, source := range []string{"", state.AuditLogs, "organization"} {
			before := contentOf(path)
			db, err := state.Open(path, state.Options{NoSync: true, Source: source})
			if source == "" || source == tt.want {
				must(t, err)
				must(t, db.Close())
				continue
			}
			other, ok := errors.AsType[*state.SourceError](err)
			if !ok || other.Is != tt.want || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "its own db") {
				t.Errorf("written as %q, opened as %q: %v", tt.written, source, err)
			}
			if string(before) != string(contentOf(path)) {
				t.Error("the refused file was changed")
			}
		}
	}
}
