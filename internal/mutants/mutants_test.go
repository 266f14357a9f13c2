package mutants_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fluent-bit-openai-audit/internal/mutants"
)

func TestOverlay(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.go")
	if err := os.WriteFile(path, []byte("one two two"), 0o600); err != nil {
		t.Fatal(err)
	}
	name, err := mutants.Overlay(t.TempDir(), []mutants.Edit{{File: path, Old: "one", New: "1"}, {File: path, Old: "1 two", New: "3"}})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var overlay struct{ Replace map[string]string }
	if err := json.Unmarshal(text, &overlay); err != nil {
		t.Fatal(err)
	}
	changed, err := os.ReadFile(overlay.Replace[path])
	if err != nil {
		t.Fatal(err)
	}
	if want := "3 two"; string(changed) != want {
		t.Errorf("the edits make %q, want %q", changed, want)
	}

	for _, old := range []string{"three", "two"} { // not there, and there twice
		if _, err := mutants.Overlay(t.TempDir(), []mutants.Edit{{File: path, Old: old}}); err == nil || !strings.Contains(err.Error(), old) {
			t.Errorf("replacing %q: %v, want an error that names it", old, err)
		}
	}
}
