package receivers_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// reconcile proves with openai-audit reconcile that what a destination's query exports is what the API lists; and that it
// would be found out if an event were missing.
func reconcile(t *testing.T, api *api, name, export string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "conf/destinations", name))
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`openai-audit reconcile -have - -id ([\w.]+)`).FindSubmatch(text)
	if m == nil {
		t.Fatalf("%s does not say where the id stands", name)
	}
	out, err := exec.CommandContext(t.Context(), "sh", "-c", export).Output()
	if err != nil {
		t.Fatalf("%s: %v", export, err)
	}
	dir := t.TempDir()
	key, whole, cut := filepath.Join(dir, "key"), filepath.Join(dir, "whole"), filepath.Join(dir, "cut")
	lines := strings.SplitAfterN(string(out), "\n", 2)
	writeFile(t, key, testKey)
	writeFile(t, whole, string(out))
	writeFile(t, cut, lines[1])
	now := time.Now().UTC()
	for _, c := range []struct {
		have   string
		status int
		says   string
	}{{whole, 0, "\n     0  missing "}, {cut, 1, "\n     1  missing "}} {
		cmd := exec.CommandContext(t.Context(), need(t, shared.command), "reconcile", "-have", c.have, "-id", string(m[1]),
			"-from", now.Add(-7*time.Hour).Format(time.RFC3339), "-to", now.Add(-30*time.Second).Format(time.RFC3339),
			"-p", "base_url="+api.url, "-p", "api_key_file="+key)
		cmd.Env = append(os.Environ(), "TMPDIR="+dir)
		out, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		if got := cmd.ProcessState.ExitCode(); got != c.status || !strings.Contains(string(out), c.says) {
			t.Errorf("openai-audit reconcile ends with %d, not %d:\n%.2000s", got, c.status, out)
		}
	}
}
