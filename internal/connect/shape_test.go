package connect_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"fluent-bit-openai-audit/internal/config"
	"fluent-bit-openai-audit/internal/connect"
	"fluent-bit-openai-audit/internal/record/format"
)

func TestShaper(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	hashed := format.Options{Redact: []string{"project=hash"}}
	for name, tt := range map[string]struct {
		records format.Options
		file    string
		none    bool
		wrong   string
	}{
		"raw":           {none: true},
		"metadata off":  {records: format.Options{Metadata: format.Nowhere}, none: true},
		"ocsf":          {records: format.Options{Format: format.OCSF}},
		"hash":          {records: hashed, file: write("good", " Xq7secretX-0123456789\n")},
		"no file":       {records: hashed, file: dir + "/none", wrong: "no such file or directory"},
		"a folder":      {records: hashed, file: dir, wrong: "is not a regular file"},
		"a pipe":        {records: hashed, file: pipe, wrong: "is not a regular file"},
		"a short key":   {records: hashed, file: write("short", "Xq7secretX"), wrong: "the key has 10 bytes; it takes at least 16"},
		"a wrong file":  {records: hashed, file: write("log", strings.Repeat("Xq7secretX", 10_000)), wrong: "has more than 65536 bytes"},
		"a wrong value": {records: format.Options{Format: "cef"}, wrong: "format: "},
	} {
		got, err := connect.Shaper(&config.Config{Records: tt.records, RedactKeyFile: tt.file})
		switch {
		case tt.wrong == "" && (err != nil || (got == nil) != tt.none):
			t.Errorf("%s: %v, %v", name, got, err)
		case tt.wrong != "" && (err == nil || !strings.Contains(err.Error(), tt.wrong) || !strings.Contains(err.Error(), tt.file) || strings.Contains(err.Error(), "Xq7")):
			t.Errorf("%s: the error is %v, want %q", name, err, tt.wrong)
		}
	}
}
