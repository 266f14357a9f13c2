package compliance_test

import (
	"flag"
	"regexp"
	"testing"

	"fluent-bit-openai-audit/internal/mutants"
)

var mutantSchedules = flag.Int("mutants", 0, "run TestMutations with so many schedules for each mutant; 0 leaves it out")

// TestMutations proves that TestModel can fail: each of these changes is a fault that a collector of files could have, and
// the model must find it.
func TestMutations(t *testing.T) {
	if *mutantSchedules == 0 {
		t.Skip("takes minutes: run it with -mutants 40")
	}
	suite := mutants.Suite{
		Test: "TestModel", Schedules: *mutantSchedules, Seed: regexp.MustCompile(`--- FAIL: TestModel/(\d+) `),
		Found: regexp.MustCompile(`(missing: |not wanted: |came at |windows overlap|records came again).*`),
	}
	suite.Run(t, []mutants.Mutant{
		{Name: "a file is done before its records are put", Edits: []mutants.Edit{
			{File: "file.go", Old: "\tn, err := k.deliver(ctx, f)\n", New: "\tk.c.finish(k.s, f.file, 0)\n\tn, err := k.deliver(ctx, f)\n"},
		}},
		{Name: "a file that failed is covered", By: "TestWrongSum", Edits: []mutants.Edit{
			{File: "plan.go", Old: "\tfor _, t := range failed {\n\t\tsecond := state.Span{From: t, To: t + 1}\n", New: "\tfor _, t := range failed {\n\t\tsecond := state.Span{}\n\t\t_ = t\n"},
		}},
		{Name: "what is left alone is covered", By: "TestResting", Edits: []mutants.Edit{
			{File: "plan.go", Old: "\tfor _, t := range resting {\n\t\tsecond := state.Span{From: t, To: t + 1}\n", New: "\tfor _, t := range resting {\n\t\tsecond := state.Span{}\n\t\t_ = t\n"},
		}},
		{Name: "hashes are not compared", Edits: []mutants.Edit{
			{File: "file.go", Old: "case d.SHA256 != f.SHA256 && d.Plain != f.SHA256:", New: "case d.SHA256 != f.SHA256 && d.Plain != f.SHA256 && d.Size < 0:"},
		}},
		{Name: "no sweep", Edits: []mutants.Edit{
			{File: "plan.go", Old: "\tif now-s.rec.Swept < sweepInterval {", New: "\tif now-s.rec.Swept < 1000*sweepInterval {"},
		}},
		{Name: "the first page is all", Edits: []mutants.Edit{
			{File: "list.go", Old: "\t\tif !*page.More {\n", New: "\t\tif !*page.More || len(files) > 0 {\n"},
		}},
		{Name: "files are not remembered", Edits: []mutants.Edit{
			{File: "save.go", Old: "\t\tif m.done > s.saved {\n", New: "\t\tif m.done > s.saved && now < 0 {\n"},
			{File: "reader.go", Old: "r.Key = state.Key{Time: r.Time, ID: state.IDOf(ev.ID)}", New: "r.Key = state.Key{}"},
		}},
		{Name: "windows under way are walked again", Edits: []mutants.Edit{
			{File: "plan.go", Old: "\t\tbusy = busy.Add(u)\n", New: "\t\t_ = u\n"},
		}},
		{Name: "a poll that was given up covers its time", By: "TestGivenUpPoll", Edits: []mutants.Edit{
			{File: "poll.go", Old: "\tif whole {\n", New: "\tif whole || s != nil {\n"},
		}},
	})
}
