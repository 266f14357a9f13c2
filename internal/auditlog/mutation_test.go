package auditlog_test

import (
	"flag"
	"regexp"
	"testing"

	"fluent-bit-openai-audit/internal/mutants"
)

var mutantSchedules = flag.Int("mutants", 0, "run TestMutations with so many schedules for each mutant; 0 only looks whether they fit the sources (make mutants takes minutes)")

// TestMutations proves that TestModel can fail: each of these changes is a fault that a connector could have, and has had, and
// the model must find it. What breaks the order in which records and marks are saved, and what is concluded from the host, is
// tested in package delivery, whose model takes a hundredth of the time.
func TestMutations(t *testing.T) {
	suite := mutants.Suite{
		Test: "TestModel", Schedules: *mutantSchedules, Seed: regexp.MustCompile(`--- FAIL: TestModel/seed=(\d+) `),
		Found: regexp.MustCompile(`(lost|repeated|invented|overlap): .*`),
	}
	suite.Run(t, append(mutantsOfWalks(), mutantsOfWhatIsKnown()...))
}

// mutantsOfWalks are faults in what is asked for, and when a listing has come to its end.
func mutantsOfWalks() []mutants.Mutant {
	return []mutants.Mutant{
		{Name: "gt for gte", Edits: []mutants.Edit{
			{File: "../openai/query.go", Old: "effective_at%5Bgte%5D=", New: "effective_at%5Bgt%5D="},
		}},
		{Name: "done after the first page", Edits: []mutants.Edit{
			{File: "walk.go", Old: "\t\tcase !more:\n", New: "\t\tcase !more || k.pages == 1:\n"},
		}},
		{Name: "a failed page ends the walk well", Edits: []mutants.Edit{
			{File: "walk.go", Old: "\t\t\tk.out.err = err\n", New: "\t\t\tif k.pages == 0 {\n\t\t\t\tk.out.err = err\n\t\t\t}\n"},
		}},
		{Name: "has_more believed", Seed: 100, Edits: []mutants.Edit{
			{File: "page.go", Old: "case !full && !page.HasMore:", New: "case !page.HasMore:"},
		}},
		{Name: "an empty page is an end", Edits: []mutants.Edit{
			{File: "page.go", Old: "\tcase !again:\n\t\treturn true, nil\n", New: "\tcase !again:\n\t\treturn false, nil\n"},
		}},
		{Name: "a cursor that repeats is an end", Edits: []mutants.Edit{
			{File: "page.go", Old: `&stuck{"the API's cursor led back to a page that had been read"}`, New: "nil"},
			{File: "page.go", Old: `&stuck{"the API's cursor led back to events that had been read"}`, New: "nil"},
		}},
		{Name: "a dense window counts as read", Edits: []mutants.Edit{
			{File: "walk.go", Old: "\t\t\tk.out.err = errDense\n", New: ""},
		}},
		{Name: "the answers for another organization are taken", Edits: []mutants.Edit{
			{File: "fetch.go", Old: `known != "" && known != organization {`, New: `known != "" && known != organization && s == nil {`},
		}},
		{Name: "the planner ignores windows under way", Edits: []mutants.Edit{
			{File: "plan.go", Old: "\t\twanted = wanted.Remove(w.span)\n", New: "\t\t_ = w\n"},
		}},
		{Name: "an empty page that announces more is an end", By: "TestEmptyPagesThatAnnounceMore", Edits: []mutants.Edit{
			{File: "page.go", Old: "announces && k.short && k.c.announcesAlways(", New: "announces && k.short && again || k.c == nil && k.c.announcesAlways("},
		}},
		{Name: "an unfiltered poll ends in whatever order", By: "TestUnfilteredListingOldestFirst", Edits: []mutants.Edit{
			{File: "page.go", Old: "k.w.poll && k.out.outside && k.falling && ", New: "k.w.poll && k.out.outside && "},
		}},
		{Name: "a second stops for its density", By: "TestManyEventsInOneSecond", Edits: []mutants.Edit{
			{File: "plan.go", Old: "\t\tw.most = 0 // a second is not cut\n", New: ""},
		}},
		{Name: "a poll reads where others walk", Edits: []mutants.Edit{
			{File: "ledger.go", Old: "\t\tfrom = max(from, other.span.To)\n", New: "\t\t_ = other\n"},
		}},
	}
}

// mutantsOfWhatIsKnown are faults in what is known, owed, taken back and forgotten.
func mutantsOfWhatIsKnown() []mutants.Mutant {
	return []mutants.Mutant{
		{Name: "ids not looked up", Edits: []mutants.Edit{
			{File: "../state/db.go", Old: "known[i] = true", New: "known[i] = false"},
		}},
		{Name: "covered before its records have drained", Edits: []mutants.Edit{
			{File: "../delivery/save.go", Old: "d.all[d.drained].number <= d.marks[n].after {", New: "d.marks[n].after < 0 {"},
		}},
		{Name: "a loss leaves what is known as it was", Edits: []mutants.Edit{
			{File: "streams.go", Old: "\t\t\ts.rec = rec.Clone()\n", New: "\t\t\t_ = rec\n"},
		}},
		{Name: "a sweep forgets how long ago the last one was", Edits: []mutants.Edit{
			{File: "ledger.go", Old: "s.rec.Swept-window-sweepMargin", New: "s.rec.Polled-window-sweepMargin"},
		}},
		{Name: "nothing is taken back", By: "TestTakenBackWhileItIsWalked", Edits: []mutants.Edit{
			{File: "ledger.go", Old: "rec.Covered, rec.Owed = rec.Covered.Remove(wrong), rec.Owed.Remove(wrong)", New: "_ = wrong"},
		}},
		{Name: "what a wrong clock left out is not owed", By: "TestLateEventsWhileTheClockIsWrong", Edits: []mutants.Edit{
			{File: "ledger.go", Old: "\t\trec.Owe(missed)\n", New: ""},
		}},
		{Name: "what is taken back spares windows under way", By: "TestTakenBackWhileItIsWalked", Edits: []mutants.Edit{
			{File: "ledger.go", Old: "\ts.outdate(wrong)\n", New: ""},
		}},
		{Name: "what begins to be owed spares windows under way", By: "TestOwedWhileItIsWalked", Edits: []mutants.Edit{
			{File: "ledger.go", Old: "\ts.outdate(span)\n", New: ""},
		}},
		{Name: "a poll that gives up owes nothing", By: "TestPollThatGivesUp", Edits: []mutants.Edit{
			{File: "ledger.go", Old: "\t\ts.owe(state.Span{From: w.want, To: w.begin})\n", New: ""},
		}},
		{Name: "a poll that gives up covers what it read", By: "TestPollThatGivesUp", Edits: []mutants.Edit{
			{File: "ledger.go", Old: "\tcase failed:\n", New: "\tcase failed:\n\t\ts.cover(w, read)\n"},
		}},
		{Name: "a poll that gives up is begun again", By: "TestPollThatGivesUp", Edits: []mutants.Edit{
			{File: "ledger.go", Old: "\t\ts.harden(state.Span{From: min(w.want, read.From), To: read.To}, true)\n", New: ""},
		}},
		{Name: "a poll that is clipped owes nothing", By: "TestPollThatIsClipped", Edits: []mutants.Edit{
			{File: "ledger.go", Old: "\t\ts.owe(state.Span{From: w.want, To: min(read.From, read.To)})\n", New: ""},
		}},
		{Name: "a gap owes nothing", Edits: []mutants.Edit{
			{File: "ledger.go", Old: "\tif gap && s.rec.Polled > 0 {\n", New: "\tif gap && s.rec.Polled < 0 {\n"},
		}},
		{Name: "what is owed is not in the mark", Edits: []mutants.Edit{
			{
				File: "ledger.go", Old: "func (c *Collector) mark(s *stream) { c.Delivery.Mark(s.name, s.rec.Clone()) }",
				New: "func (c *Collector) mark(s *stream) {\n\trec := s.rec.Clone()\n\trec.Owed = nil\n\tc.Delivery.Mark(s.name, rec)\n}",
			},
		}},
		{Name: "a walk that fails owes nothing any more", Edits: []mutants.Edit{
			{File: "plan.go", Old: "\t\ts.fails++\n", New: "\t\ts.fails++\n\t\ts.rec.Owed = s.rec.Owed.Remove(w.span)\n"},
		}},
		{Name: "the start is saved with the first mark", Edits: []mutants.Edit{
			{
				File: "ledger.go", Old: "rec.Start, rec.Swept, rec.Identity = s.rec.Start, s.rec.Swept, s.rec.Identity",
				New: "_ = rec",
			},
		}},
		{Name: "ids are forgotten by one stream's time", Edits: []mutants.Edit{
			{File: "save.go", Old: "all.Intersect(covered)\n", New: "covered\n"},
		}},
		{Name: "ids of owed time are forgotten", Edits: []mutants.Edit{
			{File: "save.go", Old: "\t\t\th = min(h, l[0].From)\n", New: "\t\t\th = min(h, endOfTime)\n"},
		}},
		{Name: "ids are forgotten by a server that is ahead with its events", By: "TestTimeThatHadNotCome", Edits: []mutants.Edit{
			{File: "save.go", Old: "newest, time.Now().Unix())", New: "newest)"},
			{File: "ledger.go", Old: "min(rec.Swept, now), min(rec.Newest, now)", New: "min(rec.Swept, now), rec.Newest"},
		}},
		{Name: "what the other stream delivered is read with each poll", By: "TestPollsOfWhatTheOtherStreamHasDelivered", Edits: []mutants.Edit{
			{File: "page.go", Old: "\t\tif timed && ev.time <= now+clockSlack {", New: "\t\tif fresh && timed && ev.time <= now+clockSlack {"},
		}},
		{Name: "ids are forgotten by a clock", Edits: []mutants.Edit{
			{File: "save.go", Old: "min(rec.Polled-c.overlap(s), newest, time.Now().Unix())", New: "rec.Polled - c.overlap(s)"},
			{File: "../source/clock.go", Old: "\treturn middle(date.Add(-now.Sub(sent)).Unix()-1, sent.Unix()-1, c.newest)", New: "\treturn date.Add(-now.Sub(sent)).Unix() - 1"},
			{File: "../source/clock.go", Old: "\tcase c.at.IsZero():\n\t\treturn c.newest\n\t}\n\treturn middle(c.date.Add(now.Sub(c.at)).Unix(), now.Unix(), c.newest)", New: "\tcase c.at.IsZero():\n\t\treturn c.newest\n\t}\n\treturn c.date.Add(now.Sub(c.at)).Unix()"},
		}},
		{Name: "what is polled may have happened after it was asked", Edits: []mutants.Edit{
			{File: "../source/clock.go", Old: "middle(date.Add(-now.Sub(sent)).Unix()-1, sent.Unix()-1, c.newest)", New: "date.Unix() + 60"},
		}},
	}
}
