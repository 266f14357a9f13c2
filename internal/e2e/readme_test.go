//go:build linux

package e2e_test

import (
	"os"
	"path/filepath"
	"regexp"
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

// The configurations in README.md hold as they stand, with the lines that it adds for the simulator: all but the paths and
// the port. What they set besides, they set as those that are shipped do, on which the promises about a crash rest.
func TestREADMEConfigurations(t *testing.T) {
	t.Parallel()
	theHost(t)
	extra := block(t, "      # besides")
	yaml := strings.Replace(block(t, "# fluent-bit.yaml\n"), "      db: ", extra+"      db: ", 1)
	extra = regexp.MustCompile(`(?m)^ +#.*\n`).ReplaceAllString(extra, "")
	extra = regexp.MustCompile(`(?m)^ +(\w+): `).ReplaceAllString(extra, "    $1 ")
	classic := strings.Replace(block(t, "# fluent-bit.conf"), "    db  ", extra+"    db  ", 1)

	ours := settings(shipped(t, "fluent-bit.yaml"))
	for _, setting := range []string{"flush 1", "storage.sync full", "storage.type filesystem", "retry_limit no_limits"} {
		for name, text := range map[string]string{"YAML": yaml, "classic": classic} {
			if !slices.Contains(ours, setting) || !slices.Contains(settings(text), setting) {
				t.Errorf("%s does not stand in both conf/fluent-bit.yaml and README's configuration (%s)", setting, name)
			}
		}
	}
	for name, text := range map[string]string{"fluent-bit.yaml": yaml, "fluent-bit.conf": classic} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			events := livePage(t)
			a := serve(t, fakeopenai.Options{}, events...)
			library := theLibrary(t, programs.library)
			writeFile(t, filepath.Join(dir, "plugins.conf"), "[PLUGINS]\n    Path "+library+"\n")
			config := filepath.Join(dir, name)
			writeFile(t, config, strings.NewReplacer(
				"/fluent-bit/plugins/in_openai_audit.so", library, "/var/lib/fluent-bit", dir,
				"http://127.0.0.1:8080/v1", a.url, "sk-admin-demo", testKey,
			).Replace(text))
			p := start(t, config, launch{bare: true})
			p.wantPrinted(events)
		})
	}
}
