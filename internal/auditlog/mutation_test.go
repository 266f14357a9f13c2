package auditlog_test

import (
	"context"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

var mutants = flag.Int("mutants", 0, "run TestMutations with so many schedules for each mutant; 0 leaves it out")

// TestMutations proves that TestModel can fail: each of these changes is a fault that a connector could
// have, and has had, and the model must find it. The changed file replaces the real one for one run only.
func TestMutations(t *testing.T) {
	if *mutants == 0 {
		t.Skip("takes minutes: run it with -mutants 120 (make mutants)")
	}
	for _, m := range []struct {
		name, file, old, new string
		seed                 int // of the first schedule
	}{
		{
			"delivered without a look at the ring buffer", "ring.go",
			"bt.end = r.taken\n", "bt.end = 0\n", 1,
		},
		{
			"gt for gte", "../openai/query.go",
			"effective_at%5Bgte%5D=", "effective_at%5Bgt%5D=", 1,
		},
		{
			"done after the first page", "walk.go",
			"if err == nil && more {\n\t\t\tcontinue", "if err == nil && more && w.pages > 1 {\n\t\t\tcontinue", 1,
		},
		{
			"a failed page ends the walk well", "walk.go",
			"if err := w.pagesToEnd(ctx); err != nil {", "if err := w.pagesToEnd(ctx); err != nil && w.pages == 0 {", 1,
		},
		{
			"ids not looked up", "../state/db.go",
			"known[i] = true", "known[i] = false", 1,
		},
		{
			"covered before it is accepted", "book.go",
			"if !c.closed || c.broken || c.left > 0 || c.waits > 0 {", "if !c.closed || c.broken || c.waits > 0 {", 1,
		},
		{
			"events of another walk taken for delivered", "book.go",
			"met[other] = true", "_ = other", 1,
		},
		{
			"a sweep forgets how long ago the last one was", "schedule.go",
			"s.rec.Swept-window-sweepMargin", "s.rec.Polled-window-sweepMargin", 1,
		},
		{
			"has_more believed", "listing.go",
			"case !page.HasMore && !full:", "case !page.HasMore && (full || !full):", 1000,
		},
		{
			"a pause does not start settling anew", "ring.go",
			"for _, bt := range r.batches {\n\t\t\tbt.since = now", "for _, bt := range r.batches[:0] {\n\t\t\tbt.since = now", 1,
		},
		{
			"all that was accepted counts as delivered at an exit", "ring.go",
			"r.look(now)\n\treturn r.release(r.passed)", "r.pass(r.taken, now)\n\treturn r.release(r.passed)", 1,
		},
	} {
		t.Run(m.name, func(t *testing.T) {
			out, err := runMutant(t, m.file, m.old, m.new, m.seed)
			switch {
			case err == nil:
				t.Errorf("the model did not notice in %d schedules", *mutants)
			case !strings.Contains(out, "lost: ") && !strings.Contains(out, "repeated: "):
				t.Errorf("failed for another reason: %v\n%s", err, out)
			default:
				t.Logf("found: %d events lost, %d repeated", strings.Count(out, "lost: "), strings.Count(out, "repeated: "))
			}
		})
	}
}

// runMutant runs the model with a file in which old is replaced by new.
func runMutant(t *testing.T, file, old, changed string, seed int) (out string, err error) {
	t.Helper()
	path, err := filepath.Abs(file)
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(source), old); n == 0 {
		t.Fatalf("%s does not hold %q any more: bring the mutant up to date", file, old)
	}
	replacement := filepath.Join(t.TempDir(), filepath.Base(file))
	if err := os.WriteFile(replacement, []byte(strings.ReplaceAll(string(source), old, changed)), 0o600); err != nil {
		t.Fatal(err)
	}
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {path: replacement}})
	if err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(t.TempDir(), "overlay.json")
	if err := os.WriteFile(list, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	b, err := exec.CommandContext(ctx, "go", "test", "-overlay", list, "-run", "^TestModel$", "-failfast",
		"-schedules", strconv.Itoa(*mutants), "-seed", strconv.Itoa(seed), ".").CombinedOutput()
	return string(b), err
}
