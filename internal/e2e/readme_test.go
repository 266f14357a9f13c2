//go:build linux

package e2e_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fluent-bit-openai-audit/internal/fakeopenai"
)

// block returns the block of code in README.md that begins with a text.
func block(t *testing.T, begin string) string {
	t.Helper()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(readme), "\n"+begin)
	text, _, ends := strings.Cut(rest, "\n```\n")
	if !found || !ends {
		t.Fatalf("README.md has no block that begins with %q", begin)
	}
	return begin + text + "\n"
}

// The configuration in README.md holds as it stands, with the lines that it adds for the simulator: all but the paths and
// the port. What it sets besides, it sets as those that are shipped do, on which the promises about a crash rest.
func TestREADMEConfiguration(t *testing.T) {
	t.Parallel()
	theHost(t)
	text := strings.Replace(block(t, "# fluent-bit.yaml\n"), "      db: ", block(t, "      # besides")+"      db: ", 1)
	ours := settings(shipped(t, "fluent-bit.yaml"))
	for _, setting := range []string{"flush 1", "storage.sync full", "storage.type filesystem", "retry_limit no_limits"} {
		if !slices.Contains(ours, setting) || !slices.Contains(settings(text), setting) {
			t.Errorf("%s does not stand in both conf/fluent-bit.yaml and README's configuration", setting)
		}
	}
	dir := t.TempDir()
	events := livePage(t)
	a := serve(t, fakeopenai.Options{}, events...)
	config := filepath.Join(dir, "fluent-bit.yaml")
	writeFile(t, config, strings.NewReplacer(
		"/fluent-bit/plugins/in_openai_audit.so", theLibrary(t, programs.library), "/var/lib/fluent-bit", dir,
		"http://127.0.0.1:8080/v1", a.url, "sk-admin-demo", testKey,
	).Replace(text))
	p := start(t, config, launch{bare: true})
	p.wantPrinted(events)
}
