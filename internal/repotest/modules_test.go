package repotest_test

import (
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A replaced module is not the one whose version stands in go.mod, and `go install` refuses it.
func TestNothingIsReplaced(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"go.mod", "internal/tools/go.mod"} {
		for line := range strings.Lines(read(t, name)) {
			if word := strings.Fields(line); len(word) > 0 && (word[0] == "replace" || word[0] == "exclude") {
				t.Errorf("%s: %s", name, strings.TrimSpace(line))
			}
		}
	}
}

// What is linked into the library runs in somebody's Fluent Bit, beside their keys: each package more is a decision,
// ours too. The simulator, the command line and YAML are the command's alone.
func TestLinkedPackages(t *testing.T) {
	t.Parallel()
	const golden = "internal/repotest/testdata/linked.txt"
	list := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", "./plugin")
	list.Dir = root
	list.Env = append(os.Environ(), "CGO_ENABLED=1", "GOOS=linux", "GOARCH=amd64")
	out, err := list.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("%s: %v: %s", list, err, exit.Stderr)
		}
		t.Fatal(err)
	}
	linked := strings.Fields(string(out))
	slices.Sort(linked)
	text := strings.Join(linked, "\n") + "\n"
	if *update {
		write(t, golden, text)
	}
	if diff := cmp.Diff(strings.Fields(read(t, golden)), linked); diff != "" {
		t.Errorf("the library is linked from other packages than %s says (-says +is):\n%s"+
			"If that is meant, run go test ./internal/repotest -update, and give the reason in the commit message.", golden, diff)
	}
}
