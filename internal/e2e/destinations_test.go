//go:build linux

package e2e_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// destinations returns the configurations of conf/destinations by their names.
func destinations(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("../../conf/destinations/*")
	if err != nil || len(files) == 0 {
		t.Fatalf("conf/destinations: %q, %v", files, err)
	}
	texts := map[string]string{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		texts[filepath.Base(file)] = string(data)
	}
	return texts
}

// A destination's configuration sets all that fluent-bit.yaml sets for the service and the input, which explains it. Only
// where it has a reason, it gives the outputs longer to end, or begins elsewhere.
func TestDestinationsAreAsShipped(t *testing.T) {
	ours, _, _ := strings.Cut(shipped(t, "fluent-bit.yaml"), "\n  outputs:")
	want := settings(ours)
	varies := regexp.MustCompile(`^(?:grace|start_from|plugins_file) `)
	for name, text := range destinations(t) {
		have := settings(text)
		for _, setting := range want {
			if !varies.MatchString(setting) && !slices.Contains(have, setting) {
				t.Errorf("%s lacks %s", name, setting)
			}
		}
	}
}

// Every variable that a destination's configuration uses of its own is explained in it, and no other.
func TestDestinationVariables(t *testing.T) {
	for name, text := range destinations(t) {
		_, table, found := strings.Cut(text, "# Its own variables:\n#\n")
		table, body, ends := strings.Cut(table, "\n\n")
		if !found || !ends {
			t.Fatalf("%s explains no variables", name)
		}
		explained, used := map[string]bool{}, map[string]bool{}
		for line := range strings.Lines(table) {
			names, _, _ := strings.Cut(strings.TrimPrefix(line, "#   "), "  ")
			for variable := range strings.SplitSeq(names, ", ") {
				explained[variable] = true
			}
		}
		for _, m := range regexp.MustCompile(`\$\{([A-Z0-9_]+)`).FindAllStringSubmatch(body, -1) {
			if !strings.HasPrefix(m[1], "OPENAI_") && m[1] != "HOSTNAME" {
				used[m[1]] = true
			}
		}
		for variable := range explained {
			// What the AWS library reads by itself.
			if strings.HasPrefix(variable, "AWS_") {
				delete(explained, variable)
			}
		}
		if !maps.Equal(explained, used) {
			t.Errorf("%s uses %q and explains %q", name, slices.Sorted(maps.Keys(used)), slices.Sorted(maps.Keys(explained)))
		}
	}
}
