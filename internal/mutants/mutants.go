package mutants

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Mutant is a change that makes a package wrong.
type Mutant struct {
	Name  string
	Seed  int // of the first schedule; 0 stands for 1
	Most  int // how many schedules, if it takes more than the others
	Edits []Edit
	// By is the test that finds it, where a random schedule hardly ever does; "" for the suite's.
	By string
}

// Edit replaces Old by New in a file.
type Edit struct {
	File     string // relative to the package's directory
	Old, New string
}

// Suite is what a package's mutants have in common.
type Suite struct {
	Test      string         // the test's name
	Schedules int            // how many it runs at most for each mutant; 0 only looks whether the mutants fit the sources
	Found     *regexp.Regexp // what the test says of a fault
	Seed      *regexp.Regexp // how it tells the seed of the schedule that failed, in its first group
}

// timeout bounds the run of one mutant.
const timeout = 10 * time.Minute

// Run runs the mutants one after the other, in the directory of the package that calls it. One that is not found, or does not
// fit the sources any more, fails t.
func (s *Suite) Run(t *testing.T, list []Mutant) {
	for _, m := range list {
		t.Run(m.Name, func(t *testing.T) {
			overlay, err := Overlay(t.TempDir(), m.Edits)
			if err != nil {
				t.Fatal(err)
			}
			if s.Schedules == 0 {
				return
			}
			m.Seed, m.Most = cmp.Or(m.Seed, 1), max(m.Most, s.Schedules)
			out, err := s.test(t, m, overlay)
			found, seed := s.Found.FindString(out), s.Seed.FindStringSubmatch(out)
			switch {
			case err == nil && m.By != "":
				t.Errorf("%s did not notice", m.By)
			case m.By != "" && (strings.Contains(out, "--- FAIL: "+m.By) || strings.Contains(out, "panic: test timed out")):
				t.Logf("found by %s", m.By)
			case err == nil:
				t.Errorf("%s did not notice in %d schedules", s.Test, m.Most)
			case found == "" || seed == nil:
				t.Errorf("failed for another reason: %v\n%s", err, out[max(0, len(out)-4000):])
			default:
				n, _ := strconv.Atoi(seed[1])
				t.Logf("found after %d schedules (seed %d): %s", n-m.Seed+1, n, strings.TrimSpace(found))
			}
		})
	}
}

// test runs the test against a mutant.
func (s *Suite) test(t *testing.T, m Mutant, overlay string) (out string, err error) {
	t.Helper()
	most := timeout
	if m.By != "" {
		most = time.Minute // its test may never end
	}
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	b, err := exec.CommandContext(ctx, "go", "test", "-overlay", overlay, "-run", "^"+cmp.Or(m.By, s.Test)+"$", "-failfast", "-parallel", "1", //nolint:gosec // a test
		"-timeout", most.String(), "-schedules", strconv.Itoa(m.Most), "-seed", strconv.Itoa(m.Seed), ".").CombinedOutput()
	return string(b), err
}

// Overlay writes edited copies of files into dir, and the file that has the go command take them for the real ones. It returns
// that file's name.
func Overlay(dir string, edits []Edit) (name string, err error) {
	replace := make(map[string]string)
	for _, e := range edits {
		path, err := filepath.Abs(e.File)
		if err != nil {
			return "", err
		}
		from := path
		copied, again := replace[path]
		if again {
			from = copied
		} else {
			copied = filepath.Join(dir, fmt.Sprintf("%d-%s", len(replace), filepath.Base(path)))
			replace[path] = copied
		}
		source, err := os.ReadFile(from)
		if err != nil {
			return "", err
		}
		if n := strings.Count(string(source), e.Old); n != 1 {
			return "", fmt.Errorf("%s holds %q %d times, want once: bring the mutant up to date", e.File, e.Old, n)
		}
		if err := os.WriteFile(copied, []byte(strings.Replace(string(source), e.Old, e.New, 1)), 0o600); err != nil { //nolint:gosec // our own source
			return "", err
		}
	}
	text, err := json.Marshal(map[string]map[string]string{"Replace": replace})
	if err != nil {
		return "", err
	}
	name = filepath.Join(dir, "overlay.json")
	return name, os.WriteFile(name, text, 0o600)
}
