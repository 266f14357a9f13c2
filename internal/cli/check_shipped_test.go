package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"fluent-bit-openai-audit/internal/cli"
)

// In the configurations that are shipped, and in that of README.md, check finds nothing wrong, and no setting that loses
// records.
func TestShippedConfigurationsLoseNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	files := []string{
		"../../conf/fluent-bit.conf", "../../conf/fluent-bit.yaml", "../../conf/compliance.yaml", "../../conf/organization.yaml", "../../conf/all-sources.yaml",
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	const begin = "# fluent-bit.yaml\n"
	_, text, found := strings.Cut(string(readme), "\n"+begin)
	text, _, ends := strings.Cut(text, "\n```\n")
	if !found || !ends {
		t.Fatalf("README.md has no block that begins with %q", begin)
	}
	path := filepath.Join(dir, "fluent-bit.yaml")
	if err := os.WriteFile(path, []byte(begin+text+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	files = append(files, path)
	destinations, err := filepath.Glob("../../conf/destinations/*.yaml")
	if err != nil || len(destinations) < 16 {
		t.Fatalf("conf/destinations has %d configurations, error %v", len(destinations), err)
	}
	files = append(files, destinations...)
	taken := regexp.MustCompile(`(?m)^ok      pipeline            the tag openai\.\w+ goes to \w+\.0$`)
	wrong := regexp.MustCompile(`(?m)^(?:warning|problem) +(?:configuration|pipeline)`)
	env := map[string]string{
		"OPENAI_ADMIN_KEY": "sk-admin-x", "OPENAI_AUDIT_DB": filepath.Join(dir, "state.db"), "OPENAI_AUDIT_STORAGE": dir,
		"OPENAI_WORKSPACE_ID": "3f0a6c1e", "OPENAI_OBJECTS_DB": filepath.Join(dir, "objects.db"), "OPENAI_COMPLIANCE_DB": filepath.Join(dir, "logs.db"),
	}
	getenv := func(name string) (string, bool) {
		value, set := env[name]
		return value, set
	}
	for _, file := range files {
		var stdout, stderr bytes.Buffer
		cli.Main(t.Context(), []string{"check", "-offline", "-c", file}, cli.Env{Getenv: getenv}, nil, &stdout, &stderr)
		got := stdout.String()
		if stderr.Len() > 0 || !taken.MatchString(got) || wrong.MatchString(got) {
			t.Errorf("%s:\n%s%s", file, got, &stderr)
		}
	}
}
