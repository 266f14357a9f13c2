package format_test

import (
	"fmt"
	"strings"
	"testing"

	"fluent-bit-openai-audit/internal/record"
	"fluent-bit-openai-audit/internal/record/format"
)

// What the network sends does not make a Shaper keep ever more.
func TestBounds(t *testing.T) {
	s := shaper(t, format.Options{Format: format.OCSF, IncludeOriginal: true, Redact: []string{"never.there"}})
	for i := range 3 * format.MaxGuesses {
		shapedBody(t, s, typed(fmt.Sprintf("unknown%d.created", i), bySession), known)
		if s.Guesses() > format.MaxGuesses {
			t.Fatalf("%d guesses are kept", s.Guesses())
		}
	}
	long := typed("x.created", `"long":"`+strings.Repeat("x", 2*format.MaxScratch)+`"`)
	shapedBody(t, s, long, known)
	if s.Scratch() > format.MaxScratch {
		t.Errorf("%d bytes are kept", s.Scratch())
	}
	var many strings.Builder
	for i := range 3 * format.MaxRest {
		fmt.Fprintf(&many, `,"k%d":1`, i)
	}
	shapedBody(t, s, typed("x.created", `"a":1`+many.String()), known)
	shapedBody(t, s, typed("x.created", `"a":1`), known)
	if s.Rest() > format.MaxRest {
		t.Errorf("memory for %d members is kept", s.Rest())
	}
}

// Once its buffers have grown, a Shaper allocates nothing for an event.
func TestAllocations(t *testing.T) {
	for name, s := range fuzzed(t) {
		for _, event := range []string{
			typed("login.succeeded", bySession), typed("quantum.entangled", byService, `"quantum.entangled":{"id":"x"}`),
			typed("user.updated", byKey, `"user.updated":{"id":"x","changes_requested":{}}`),
			typed("role.assignment.created", byKey, `"role.assignment.created":{"id":"x","principal_type":"group"}`),
			typed("api_key.created", strings.Replace(bySession, `"64496"`, `""`, 1), `"api_key.created":{"id":"x","data":{"scopes":["a"]}}`, `"odd":{"a":[1]}`),
		} {
			e := eventOf(t, event)
			var out []byte
			got := testing.AllocsPerRun(20, func() {
				var err error
				if out, err = s.Shape(out[:0], e, known); err != nil {
					t.Fatal(err)
				}
			})
			if got > 0 {
				t.Errorf("%s of %s: %v allocations", name, event, got)
			}
		}
	}
}

// Nor for a record of the other sources, but for one: an object's.
func TestAllocationsOfLines(t *testing.T) {
	var d record.Decoder
	for name, s := range otherShapers(t) {
		for i, line := range append(lines(t, "testdata/compliance.jsonl")[:40], inventoryLines()[:40]...) {
			page, _ := d.Lines([]byte(line), false)
			e := page.Events[0]
			var out []byte
			got := testing.AllocsPerRun(20, func() {
				var err error
				if out, err = s.Shape(out[:0], &e, known); err != nil {
					t.Fatal(err)
				}
			})
			if got > 1 {
				t.Errorf("%s, record %d: %v allocations", name, i, got)
			}
		}
	}
}
