//go:build linux

package e2e_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

var (
	killCount = flag.Int("kills", 10, "how many times the crash tests kill Fluent Bit")
	naiveToo  = flag.Bool("naive", false, "run the crash test also with a plugin that counts records as delivered when it "+
		"hands them over, and report what that loses")
)

// shared is what the tests share: the programs, each looked for or built when the first test asks for it.
type shared struct {
	dir     string
	program func() (host, error)
	library func() (string, error)
	naive   func() (string, error)
}

var programs shared

// errAbsent says what this machine lacks.
var errAbsent = errors.New("no Fluent Bit here: set FLUENT_BIT to the program, or put fluent-bit on the PATH")

// errNoCompiler says that the library cannot be built here.
var errNoCompiler = errors.New("no C compiler")

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	flag.Parse()
	given := map[string]bool{}
	flag.Visit(func(f *flag.Flag) { given[f.Name] = true })
	if !given["test.parallel"] {
		_ = flag.Set("test.parallel", "8") // the tests wait most of the time
	}
	dir, err := os.MkdirTemp("", "e2e")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o755); err != nil { // also for the test that runs as another user
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	programs = shared{
		dir:     dir,
		program: sync.OnceValues(findFluentBit),
		library: sync.OnceValues(func() (string, error) { return buildLibrary(dir, "in_openai_audit.so") }),
		naive: sync.OnceValues(func() (string, error) {
			return buildLibrary(dir, "naive.so", "-tags", "settleatonce")
		}),
	}
	if _, err := programs.program(); err != nil {
		fmt.Fprintf(os.Stderr, "internal/e2e: the tests in Fluent Bit are skipped: %v\n", err)
	}
	code := m.Run()
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	return code
}

// host is the Fluent Bit that the tests run.
type host struct {
	path    string
	version [3]int
}

func (h host) atLeast(major, minor, patch int) bool {
	want := [3]int{major, minor, patch}
	for i := range want {
		if h.version[i] != want[i] {
			return h.version[i] > want[i]
		}
	}
	return true
}

func findFluentBit() (host, error) {
	name := os.Getenv("FLUENT_BIT")
	named := name != ""
	if !named {
		name = "fluent-bit"
	}
	path, err := exec.LookPath(name)
	switch {
	case err != nil && named:
		return host{}, fmt.Errorf("FLUENT_BIT: %w", err)
	case err != nil:
		return host{}, errAbsent
	}
	if path, err = filepath.Abs(path); err != nil {
		return host{}, err
	}
	out, err := exec.Command(path, "--version").Output()
	if err != nil {
		return host{}, fmt.Errorf("%s --version: %w", path, err)
	}
	m := regexp.MustCompile(`v(\d+)\.(\d+)\.(\d+)`).FindSubmatch(out)
	if m == nil {
		return host{}, fmt.Errorf("%s --version: %q names no version", path, out)
	}
	h := host{path: path}
	for i := range h.version {
		if h.version[i], err = strconv.Atoi(string(m[i+1])); err != nil {
			return host{}, err
		}
	}
	return h, nil
}

func buildLibrary(dir, name string, args ...string) (string, error) {
	cc, err := exec.Command("go", "env", "CC").Output()
	if err != nil {
		return "", fmt.Errorf("go env CC: %w", err)
	}
	if _, err := exec.LookPath(string(bytes.TrimSpace(cc))); err != nil {
		return "", errNoCompiler
	}
	path := filepath.Join(dir, name)
	args = append([]string{"build", "-C", "../..", "-buildmode=c-shared", "-o", path}, args...)
	build := exec.Command("go", append(args, "./plugin")...)
	build.Env = append(os.Environ(), "CGO_ENABLED=1")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%s: %w\n%s", build, err, out)
	}
	return path, nil
}

// theHost returns the Fluent Bit to test with, or skips the test.
func theHost(t *testing.T) host {
	t.Helper()
	h, err := programs.program()
	if errors.Is(err, errAbsent) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// theLibrary returns a library that is built, or skips the test.
func theLibrary(t *testing.T, build func() (string, error)) string {
	t.Helper()
	path, err := build()
	if errors.Is(err, errNoCompiler) {
		t.Skip("the library cannot be built: ", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}
