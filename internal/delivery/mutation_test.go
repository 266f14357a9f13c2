package delivery_test

import (
	"flag"
	"regexp"
	"testing"

	"fluent-bit-openai-audit/internal/mutants"
)

var mutantSchedules = flag.Int("mutants", 0, "run TestMutations with so many schedules for each mutant; 0 only looks whether they fit the sources (make mutants takes minutes)")

// TestMutations proves that TestModel can fail. The conditions are those under which the package's invariants hold.
func TestMutations(t *testing.T) {
	suite := mutants.Suite{
		Test: "TestModel", Schedules: *mutantSchedules, Seed: regexp.MustCompile(`(?m)^ +\S+ seed (\d+):$`),
		Found: regexp.MustCompile(`(lost|repeated|not revised|not held): .*|.* (lies in no chunk|never comes to an end).*`),
	}
	suite.Run(t, append(mutantsOfOrder(), mutantsOfEvidence()...))
}

// mutantsOfOrder are faults in what is known when.
func mutantsOfOrder() []mutants.Mutant {
	const waits = "if d.drained < len(d.all) && d.all[d.drained].number <= d.marks[n].after {"
	const known = "\td.known = make(map[state.Key]struct{})\n"
	return []mutants.Mutant{
		{Name: "a mark is saved before its records have drained", Edits: []mutants.Edit{
			{File: "save.go", Old: waits, New: "if d.drained < 0 {"},
		}},
		{Name: "a mark waits for one lane only", Edits: []mutants.Edit{
			{File: "save.go", Old: waits, New: "if slices.ContainsFunc(d.all, func(b *batch) bool {\n" +
				"return !b.drained && b.number <= d.marks[n].after && b.lane == Backfill }) {"},
		}},
		{Name: "a mark waits for the records of its own stream only", Edits: []mutants.Edit{
			{File: "save.go", Old: `"slices"`, New: "\"slices\"\n\"strings\""},
			{File: "save.go", Old: waits, New: "if slices.ContainsFunc(d.all, func(b *batch) bool {\n" +
				"return !b.drained && b.number <= d.marks[n].after && strings.Contains(b.of, d.marks[n].stream) }) {"},
			{File: "queue.go", Old: "\tclosed   bool", New: "\tof       string\n\tclosed   bool"},
			{File: "queue.go", Old: "\t\tb.count++\n", New: "\t\tb.count++\n\t\tb.of += string(r.Metadata)\n"},
		}},
		{Name: "drained is a position", Edits: []mutants.Edit{
			{
				File: "save.go", Old: "for d.drained < len(d.all) && d.all[d.drained].drained {",
				New: "for d.drained < len(d.all) && slices.ContainsFunc(d.all[d.drained:], func(b *batch) bool { return b.drained }) {",
			},
		}},
		{Name: "ids are saved before their records have drained", Edits: []mutants.Edit{
			{File: "save.go", Old: "\t\tif b.drained {\n", New: "\t\tif b != nil {\n"},
		}},
		{Name: "ids are saved with a mark only", Edits: []mutants.Edit{
			{File: "save.go", Old: "case d.unsaved > 0 ||", New: "case d.unsaved > 0 && len(d.ready) > 0 ||"},
		}},
		{Name: "ids are saved only when nothing before them waits", Edits: []mutants.Edit{
			{File: "save.go", Old: "case d.unsaved > 0 ||", New: "case d.drained > 0 ||"},
		}},
		{Name: "a mark takes the place of an older one, whatever lies between", Edits: []mutants.Edit{
			{File: "delivery.go", Old: "i >= 0 && d.marks[i].after == d.last; i--", New: "i >= 0; i--"},
		}},
		{Name: "ids are known before their records are queued", Edits: []mutants.Edit{
			{File: "queue.go", Old: "\td.add(lane, records, fresh, accepted)\n", New: `
	for i := range records {
		if fresh[i] {
			d.known[records[i].Key] = true
		}
	}
	d.mu.Unlock()
	time.Sleep(time.Second)
	d.mu.Lock()
	for i := range records {
		if fresh[i] {
			delete(d.known, records[i].Key)
		}
	}
	d.add(lane, records, fresh, accepted)
`},
		}},
		{Name: "ids are looked up before, and apart", Edits: []mutants.Edit{
			{File: "queue.go", Old: "\td.add(lane, records, fresh, accepted)\n", New: "\td.mu.Unlock()\n\ttime.Sleep(time.Second)\n\td.mu.Lock()\n" +
				"\td.add(lane, records, fresh, accepted)\n"},
			{File: "queue.go", Old: "\t\tif _, twice := d.known[r.Key]; twice { // among them\n", New: "\t\tif _, twice := d.known[r.Key]; twice && i < 0 {\n"},
		}},
		{Name: "Revise waits in the queue", Edits: []mutants.Edit{
			{File: "delivery.go", Old: "\td.saved[stream] = f(d.saved[stream])\n", New: `
	now := d.saved[stream]
	if m, ok := d.ready[stream]; ok {
		now = m
	}
	for _, m := range d.marks {
		if m.stream == stream {
			now = m.value
		}
	}
	d.closeTail()
	d.marks = append(d.marks, mark{stream, f(now), d.last})
	d.settle()
	d.poke()
	if d != nil {
		return
	}
`},
		}},
		{Name: "Revise leaves out what is on its way", Edits: []mutants.Edit{
			{File: "delivery.go", Old: "\t\t\td.marks[i].value = f(d.marks[i].value)\n", New: "\t\t\t_ = f(d.marks[i].value)\n"},
		}},
		{Name: "Revise leaves out what has drained", Edits: []mutants.Edit{
			{File: "delivery.go", Old: "\t\td.ready[stream] = f(m)\n", New: "\t\t_ = f(m)\n"},
		}},
		{Name: "Revise is saved with the next mark", Edits: []mutants.Edit{
			{File: "delivery.go", Old: "\td.now[stream] = true\n", New: ""},
		}},
		{Name: "what was revised is forgotten when it could not be saved", Edits: []mutants.Edit{
			{File: "save.go", Old: "\t\tmaps.Copy(d.now, revised)\n", New: ""},
		}},
		{Name: "what is revised while it is saved counts as saved", Edits: []mutants.Edit{
			{File: "save.go", Old: "\t\tif d.now[stream] {\n\t\t\tcontinue", New: "\t\tif delete(d.now, stream); len(stream) == 0 {\n\t\t\tcontinue"},
		}},
		{Name: "a mark that comes while another is saved counts as saved", Edits: []mutants.Edit{
			{File: "save.go", Old: "\t\tif d.ready[stream] == m {\n", New: "\t\tif m != nil {\n"},
		}},
		{Name: "what drains while something is saved counts as saved", Edits: []mutants.Edit{
			{File: "save.go", Old: "return b.saved })", New: "return b.saved || b.drained })"},
		}},
		{Name: "Reset keeps ids", Edits: []mutants.Edit{
			{File: "delivery.go", Old: known + "\td.ready = make", New: "\td.ready = make"},
		}},
		{Name: "Reset keeps marks", Edits: []mutants.Edit{
			{File: "delivery.go", Old: "d.lanes, d.all, d.marks, d.drained, d.unsaved, d.queued = [lanes][]*batch{}, nil, nil, 0, 0, 0", New: "d.lanes, d.all, d.drained, d.unsaved, d.queued = [lanes][]*batch{}, nil, 0, 0, 0"},
		}},
		{Name: "live records always go first", Edits: []mutants.Edit{
			{File: "queue.go", Old: "if d.turn >= backfillTurn {", New: "if d.turn < 0 {"},
		}},
	}
}

// mutantsOfEvidence are faults in what is concluded from what the host shows.
func mutantsOfEvidence() []mutants.Mutant {
	return []mutants.Mutant{
		{Name: "delivered without a look at the ring buffer", Edits: []mutants.Edit{
			{File: "ring.go", Old: "\tif r.host == nil {\n\t\td.drain", New: "\tif len(r.waiting) > 0 {\n\t\td.drain"},
		}},
		{Name: "a short count tells which", Edits: []mutants.Edit{
			{File: "ring.go", Old: "\tswitch {\n\tcase sure && out == r.taken && (idle", New: `
	n, sum := 0, uint64(0)
	for ; n < len(r.waiting) && sum+uint64(r.waiting[n].count) <= out; n++ {
		sum += uint64(r.waiting[n].count)
	}
	if n > 0 && n < len(r.waiting) && rests {
		r.base += sum
		out -= sum
		d.drain(n, now)
	}
	switch {
	case sure && out == r.taken && (idle`},
		}},
		{Name: "a full count is enough", Edits: []mutants.Edit{
			{File: "ring.go", Old: "(idle || rests && r.count == proven || r.exit):", New: "(!r.paused || r.count == proven || r.exit):"},
		}},
		{Name: "rest is enough", Edits: []mutants.Edit{
			{File: "ring.go", Old: "case sure && out == r.taken && (idle || rests && r.count == proven || r.exit):", New: "case sure && (idle || rests && r.count == proven || out == r.taken && r.exit):"},
		}},
		{Name: "the count that rises proves all that was accepted", Edits: []mutants.Edit{
			{File: "ring.go", Old: "\t\td.drain(r.equal, now)\n", New: "\t\td.drain(len(r.waiting), now)\n"},
		}},
		{Name: "a count of the half, twice, is a full count", Edits: []mutants.Edit{
			{File: "ring.go", Old: "(idle || rests && r.count == proven || r.exit):", New: "(rests || r.exit):"},
			{File: "ring.go", Old: "out > r.equalAt && (r.count == proven || r.blind)", New: "out > r.equalAt"},
		}, Most: 20000, Seed: 16000},
		{Name: "some time is enough for a host that does not count", Edits: []mutants.Edit{
			{File: "ring.go", Old: "idle && r.called.Sub(r.still) >= emptied", New: "(idle || !counts) && r.called.Sub(r.still) >= emptied"},
		}},
		{Name: "rest is enough while the input is paused", Edits: []mutants.Edit{
			{File: "ring.go", Old: "idle && r.called.Sub(r.still) >= emptied", New: "rests && r.called.Sub(r.still) >= emptied"},
		}},
		{Name: "a pause that the host has not told yet is none", Edits: []mutants.Edit{
			{File: "ring.go", Old: "r.called.Sub(r.still) >= emptied", New: "now.Sub(r.still) >= emptied"},
		}},
		{Name: "a pause does not begin the wait anew", Edits: []mutants.Edit{
			{File: "ring.go", Old: "d.ring.paused, d.ring.still = false, time.Now()", New: "d.ring.paused = false"},
		}},
		{Name: "what does not come out in a second was dropped", Edits: []mutants.Edit{
			{File: "ring.go", Old: "idle && r.called.Sub(r.still) >= emptied", New: "r.called.Sub(r.still) >= emptied"},
		}},
		{Name: "what is short was dropped by a processor", Edits: []mutants.Edit{
			{File: "careful.go", Old: "\t\td.giveUp(out)\n", New: "\t\td.came(now, count)\n"},
		}},
		{Name: "what is missing once was dropped by a processor", Edits: []mutants.Edit{
			{File: "careful.go", Old: "if b.tries >= fewest && r.out > b.last {", New: "if b.tries >= 1 {"},
		}},
		{Name: "what is missing often was dropped, though nothing else came out", Edits: []mutants.Edit{
			{File: "careful.go", Old: "if b.tries >= fewest && r.out > b.last {", New: "if b.tries >= fewest {"},
		}},
		{Name: "what has come out in part is handed over again", Edits: []mutants.Edit{
			{File: "careful.go", Old: "\tif out > 0 {\n", New: "\tif out > r.taken {\n"},
		}},
		{Name: "no careful mode", Edits: []mutants.Edit{
			{File: "careful.go", Old: "r.careful, r.stopped = true, true", New: "r.stopped = true"},
		}},
		{Name: "several batches at a time in careful mode", Edits: []mutants.Edit{
			{File: "ring.go", Old: "(r.careful || now.Sub(r.first) >= longest)", New: "now.Sub(r.first) >= longest"},
		}},
		{Name: "the hand-over goes on without evidence", Edits: []mutants.Edit{
			{File: "ring.go", Old: "(r.careful || now.Sub(r.first) >= longest)", New: "r.careful"},
		}},
		{Name: "all that was accepted counts as delivered at an exit", Edits: []mutants.Edit{
			{File: "ring.go", Old: "\tsure, empty :=", New: "\tif r.exit {\n\t\td.came(now, count)\n\t}\n\tsure, empty :="},
		}},
	}
}
