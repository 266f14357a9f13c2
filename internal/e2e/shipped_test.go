//go:build linux

package e2e_test

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func shipped(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../../conf", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// settings returns the properties of a configuration, in their order, as NAME VALUE.
func settings(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		line = strings.TrimPrefix(strings.TrimSpace(line), "- ")
		name, value, ok := strings.Cut(line, " ")
		if ok && !strings.HasPrefix(line, "#") {
			out = append(out, strings.TrimSuffix(name, ":")+" "+strings.TrimSpace(value))
		}
	}
	return out
}

// The two formats say the same.
func TestShippedConfigurationsAgree(t *testing.T) {
	classic, yaml := settings(shipped(t, "fluent-bit.conf")), settings(shipped(t, "fluent-bit.yaml"))
	if len(classic) < 20 || !slices.Equal(classic, yaml) {
		t.Errorf("fluent-bit.conf has\n%q\nand fluent-bit.yaml\n%q", classic, yaml)
	}
}

// Every variable that a configuration uses is explained in it, and compose.yaml sets no other.
func TestEnvironmentVariables(t *testing.T) {
	names := func(pattern, text string) []string {
		set := map[string]bool{}
		for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
			set[m[1]] = true
		}
		return slices.Sorted(maps.Keys(set))
	}
	known := []string{"OPENAI_ADMIN_KEY"} // read by the plugin itself
	for _, name := range []string{"fluent-bit.conf", "fluent-bit.yaml", "compliance.yaml", "organization.yaml", "all-sources.yaml"} {
		text := shipped(t, name)
		used := append(names(`\$\{(OPENAI_\w+)`, text), "OPENAI_ADMIN_KEY")
		slices.Sort(used)
		if explained := names(`#.*?\b(OPENAI_[A-Z_]+)`, strings.ReplaceAll(text, ", OPENAI_", "\n# OPENAI_")); !slices.Equal(used, explained) {
			t.Errorf("%s uses %q and explains %q", name, used, explained)
		}
		known = append(known, used...)
	}
	for _, name := range names(`(?m)^ +(OPENAI_\w+):`, shipped(t, "compose.yaml")) {
		if !slices.Contains(known, name) {
			t.Errorf("compose.yaml sets %s, which no configuration uses", name)
		}
	}
}

// What compose.yaml builds is a stage of the Dockerfile. (TestImage finds the simulator's program there.)
func TestComposeTarget(t *testing.T) {
	text := shipped(t, "compose.yaml")
	if !strings.Contains(text, "target: builder") || !strings.Contains(text, `["/src/build/openai-audit", "simulate"]`) {
		t.Fatal("compose.yaml does not run the simulator of the builder")
	}
	d := readDockerfile(t, "../../Dockerfile")
	if !slices.ContainsFunc(d.stages, func(s stage) bool { return s.name == "builder" }) {
		t.Error("the Dockerfile has no stage builder")
	}
}

// The file that compose.yaml takes the admin key from goes neither into a commit nor into the image, whose layers keep
// what was in them once; nor does a copy of it, or anything else that was put beside what is shipped.
func TestKeyFileStaysOutside(t *testing.T) {
	m := regexp.MustCompile(`file: \$\{OPENAI_ADMIN_KEY_FILE:-\./(\w+)\}`).FindStringSubmatch(shipped(t, "compose.yaml"))
	if m == nil {
		t.Fatal("compose.yaml names no file with the key")
	}
	patterns, err := os.ReadFile("../../.dockerignore")
	if err != nil {
		t.Fatal(err)
	}
	_, noCheckout := os.Stat("../../.git")
	for _, name := range []string{m[1], m[1] + ".old", m[1] + "~"} {
		name = "conf/" + name
		if !ignored(string(patterns), name) {
			t.Errorf("%s goes into the image's build", name)
		}
		if noCheckout != nil {
			continue
		}
		git := exec.CommandContext(t.Context(), "git", "-c", "safe.directory=*", "-C", "../..", "check-ignore", "--quiet", "--no-index", name)
		if err := git.Run(); err != nil {
			t.Errorf("%s: %v: git does not ignore %s", git, err, name)
		}
	}
	if name := "conf/key.txt"; !ignored(string(patterns), name) {
		t.Errorf("%s goes into the image's build", name)
	}
}
