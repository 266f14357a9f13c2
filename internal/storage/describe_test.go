package storage_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fluent-bit-openai-audit/internal/storage"
)

func TestDescribe(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	none := environment(nil)
	for _, tt := range []struct {
		name   string
		folder string
		args   []string
		want   string
		known  bool
	}{
		{
			"property", "/s",
			[]string{"-b", "/other"},
			"Fluent Bit stores records in /s (storage_path): 20 MB free of 256 MB, and handing over stops below 16 MB", true,
		},
		{"option", "", []string{"-b", "/s"}, "Fluent Bit stores records in /s (the option -b): 20 MB free of 256 MB, and handing over stops below 16 MB", true},
		{"off", "off", []string{"-b", "/s"}, "storage_path is off: when Fluent Bit's disk is full, it loses what it accepted", true},
		{"none", "", []string{"-i", "openai_audit"}, "Fluent Bit was started without storage.path: it keeps records in memory, and loses those " +
			"that no output has taken when it ends", false},
		{"YAML", "", []string{"-c", "a.yaml"}, "Fluent Bit's storage folder is not known (a.yaml is YAML, which is not read for it): set storage_path " +
			"to what storage.path is, so that handing over stops before its disk is full", false},
		{
			"YAML and option", "",
			[]string{"-c", "a.yaml", "-b", "/s"},
			"Fluent Bit stores records in /s (the option -b): 20 MB free of 256 MB, and handing over stops below 16 MB", true,
		},
		{"unreadable", "", []string{"-c", dir}, fmt.Sprintf("Fluent Bit's storage folder is not known (read configuration: %s is no regular file): "+
			"set storage_path to what storage.path is, so that handing over stops before its disk is full", dir), false},
	} {
		m := newMachine(map[string]storage.Disk{"/s": {Free: 20 * mega, Total: 256 * mega}})
		w := storage.NewStarted(m.host(), storage.Options{Folder: tt.folder}, none, tt.args...)
		line, known := w.Describe()
		w.Close()
		if diff := cmp.Diff(tt.want, line); diff != "" || known != tt.known {
			t.Errorf("%s: known %v (-want +got):\n%s", tt.name, known, diff)
		}
	}
}
