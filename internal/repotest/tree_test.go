package repotest_test

import (
	"bytes"
	"errors"
	"flag"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "bring README.md and testdata up to date")

// root is where the repository lies, seen from the directory of this package.
const root = "../.."

// list returns the repository's files, tracked or not, without those that git ignores: slash-separated, sorted, relative
// to the root. Where there is no git, or the sources are no clone, everything but build/ counts.
func list(t *testing.T) []string {
	t.Helper()
	if _, err := os.Stat(filepath.Join(root, ".git")); err == nil {
		if _, err := exec.LookPath("git"); err == nil {
			return listByGit(t)
		}
	}
	var files []string
	err := fs.WalkDir(os.DirFS(root), ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case path == ".git" || path == "build":
			return skip(d)
		case !d.IsDir():
			files = append(files, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func skip(d fs.DirEntry) error {
	if d.IsDir() {
		return fs.SkipDir
	}
	return nil
}

func listByGit(t *testing.T) []string {
	t.Helper()
	// A clone may belong to somebody else than who tests it, as in a container.
	git := exec.Command("git", "-C", root, "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	out, err := git.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("%s: %v: %s", git, err, exit.Stderr)
		}
		t.Fatal(err)
	}
	files := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
	files = slices.DeleteFunc(files, func(name string) bool {
		info, err := os.Lstat(filepath.Join(root, name))
		return err != nil || info.IsDir() // deleted, but not yet in the index
	})
	slices.Sort(files)
	return slices.Compact(files)
}

// read returns a file of the repository.
func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// isText reports whether b looks like a text.
func isText(b []byte) bool { return !bytes.ContainsRune(b[:min(len(b), 8000)], 0) }

// The top level is what a stranger sees first.
func TestTopLevel(t *testing.T) {
	t.Parallel()
	allowed := []string{
		"plugin", "internal", "conf", "Dockerfile", "Makefile", "go.mod", "go.sum", "README.md",
		"LICENSE", "CHANGELOG.md", "SECURITY.md", "CONTRIBUTING.md",
		".gitignore", ".gitattributes", ".editorconfig", ".dockerignore", ".golangci.yml", ".github", ".ci",
	}
	seen := map[string]bool{}
	for _, name := range list(t) {
		top, _, _ := strings.Cut(name, "/")
		if !seen[top] && !slices.Contains(allowed, top) {
			t.Errorf("%s: the top level holds only %s", top, strings.Join(allowed, ", "))
		}
		seen[top] = true
	}
}

// A path of the machine that a file was written on means nothing to a reader, or leads elsewhere.
func TestNoPathsOfAMachine(t *testing.T) {
	t.Parallel()
	foreign := []string{"/work" + "/", "/tmp" + "/spec", ".." + "/shared"}
	for _, name := range list(t) {
		b, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Error(err)
			continue
		}
		if !isText(b) || filepath.Base(name) == "go.sum" {
			continue
		}
		for i, line := range strings.Split(string(b), "\n") {
			for _, path := range foreign {
				if at := strings.Index(line, path); at >= 0 && !within(line, at) {
					t.Errorf("%s:%d: %s is a path of somebody's machine", name, i+1, path)
				}
			}
		}
	}
}

// within reports whether the path that is found at an offset is the rest of a longer one, or of a URL.
func within(line string, at int) bool {
	if at == 0 || line[at] == '.' {
		return false
	}
	c := line[at-1]
	return c == '.' || c == '-' || c == '_' || c == '}' || c == ')' ||
		'0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

func TestScriptsAreExecutable(t *testing.T) {
	t.Parallel()
	for _, name := range list(t) {
		info, err := os.Stat(filepath.Join(root, name))
		if err != nil {
			t.Error(err)
			continue
		}
		if !info.Mode().IsRegular() || filepath.Ext(name) == ".txtar" {
			continue
		}
		text := read(t, name)
		if script := strings.HasPrefix(text, "#!"); script != (info.Mode()&0o111 != 0) {
			t.Errorf("%s: executable %v, begins with #! %v", name, !script, script)
		}
	}
}
