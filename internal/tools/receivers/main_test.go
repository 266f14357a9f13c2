package receivers_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// root is where the repository lies, seen from the directory of this package.
const root = "../../.."

// shared is what the tests share, each made when the first test asks for it.
var shared struct {
	dir          string
	fluentBit    func() (string, error)
	library      func() (string, error)
	command      func() (string, error)
	victoriaLogs func() (string, error)
	demo         func() (string, error)
}

// errAbsent says that this machine lacks something, without which a test is skipped.
var errAbsent = errors.New("not on this machine")

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	flag.Parse()
	given := map[string]bool{}
	flag.Visit(func(f *flag.Flag) { given[f.Name] = true })
	if !given["test.parallel"] {
		_ = flag.Set("test.parallel", "4") // the tests wait most of the time
	}
	dir, err := os.MkdirTemp("", "receivers")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	shared.dir = dir
	shared.fluentBit = sync.OnceValues(findFluentBit)
	shared.library = sync.OnceValues(func() (string, error) {
		if err := compiler(); err != nil {
			return "", err
		}
		return build("in_openai_audit.so", root, []string{"CGO_ENABLED=1"}, "-buildmode=c-shared", "./plugin")
	})
	shared.command = sync.OnceValues(func() (string, error) {
		return build("openai-audit", root, []string{"CGO_ENABLED=0"}, "./plugin")
	})
	shared.victoriaLogs = sync.OnceValues(func() (string, error) {
		return build("victoria-logs", ".", []string{"CGO_ENABLED=0"}, "github.com/VictoriaMetrics/VictoriaLogs/app/victoria-logs")
	})
	shared.demo = sync.OnceValues(func() (string, error) { return build("demo", ".", []string{"CGO_ENABLED=0"}, "./demo") })
	if _, err := shared.fluentBit(); err != nil {
		fmt.Fprintf(os.Stderr, "internal/tools/receivers: the tests in Fluent Bit are skipped: %v\n", err)
	}
	return m.Run()
}

func findFluentBit() (string, error) {
	name := os.Getenv("FLUENT_BIT")
	if name == "" {
		path, err := exec.LookPath("fluent-bit")
		if err != nil {
			return "", fmt.Errorf("fluent-bit: %w: set FLUENT_BIT to the program, or put it on the PATH", errAbsent)
		}
		return path, nil
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("FLUENT_BIT: %w", err)
	}
	return filepath.Abs(path)
}

// compiler looks for the C compiler that the library needs.
func compiler() error {
	cc, err := exec.Command("go", "env", "CC").Output()
	if err != nil {
		return fmt.Errorf("go env CC: %w", err)
	}
	if _, err := exec.LookPath(string(bytes.TrimSpace(cc))); err != nil {
		return fmt.Errorf("a C compiler: %w", errAbsent)
	}
	return nil
}

// build builds a program, and returns where it lies.
func build(name, dir string, env []string, args ...string) (string, error) {
	path := filepath.Join(shared.dir, name)
	cmd := exec.Command("go", append([]string{"build", "-C", dir, "-o", path}, args...)...)
	cmd.Env = append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%s: %w\n%s", cmd, err, out)
	}
	return path, nil
}

// need returns what find finds, and skips the test where this machine lacks it.
func need(t *testing.T, find func() (string, error)) string {
	t.Helper()
	path, err := find()
	if errors.Is(err, errAbsent) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// program looks for a program of the system, by its names.
func program(names ...string) func() (string, error) {
	return func() (string, error) {
		for _, name := range names {
			if path, err := exec.LookPath(name); err == nil {
				return path, nil
			}
			if found, err := filepath.Glob(name); err == nil && len(found) > 0 {
				return found[len(found)-1], nil
			}
		}
		return "", fmt.Errorf("%s: %w", strings.Join(names, ", "), errAbsent)
	}
}
