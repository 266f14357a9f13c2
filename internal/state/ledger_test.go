package state_test

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fluent-bit-openai-audit/internal/state"
)

// A ledger must behave as the set of seconds it stands for.
func TestLedgerIsASetOfSeconds(t *testing.T) {
	const width = 40
	rng := rand.New(rand.NewPCG(1, 2))
	for round := range 3000 {
		var l state.Ledger
		var set [width]bool
		for range rng.IntN(12) {
			s := state.Span{From: rng.Int64N(width), To: rng.Int64N(width + 1)}
			if rng.IntN(3) == 0 {
				l = l.Remove(s)
				mark(&set, s, false)
			} else {
				l = l.Add(s)
				mark(&set, s, true)
			}
		}
		if !l.Valid() {
			t.Fatalf("round %d: %v is not in order", round, l)
		}
		seconds := int64(0)
		for at, in := range set {
			if l.Contains(int64(at)) != in {
				t.Fatalf("round %d: %v contains %d: %v, want %v", round, l, at, !in, in)
			}
			if in {
				seconds++
			}
		}
		if got := l.Seconds(); got != seconds {
			t.Fatalf("round %d: %v has %d seconds, want %d", round, l, got, seconds)
		}
		within := state.Span{From: rng.Int64N(width), To: rng.Int64N(width + 1)}
		var holes [width]bool
		for _, h := range l.Holes(within) {
			if h.Empty() {
				t.Fatalf("round %d: empty hole", round)
			}
			mark(&holes, h, true)
		}
		all := true
		for at := range set {
			inside := within.Contains(int64(at))
			if holes[at] != (inside && !set[at]) {
				t.Fatalf("round %d: holes of %v in %v are %v", round, l, within, l.Holes(within))
			}
			all = all && (!inside || set[at])
		}
		if l.Covers(within) != all {
			t.Fatalf("round %d: %v covers %v: %v", round, l, within, !all)
		}
	}
}

func mark(set *[40]bool, s state.Span, to bool) {
	for at := s.From; at < s.To; at++ {
		set[at] = to
	}
}

func TestLedgerIntersect(t *testing.T) {
	a := state.Ledger{{From: 0, To: 10}, {From: 20, To: 30}, {From: 40, To: 50}}
	b := state.Ledger{{From: 5, To: 25}, {From: 29, To: 41}}
	want := state.Ledger{{From: 5, To: 10}, {From: 20, To: 25}, {From: 29, To: 30}, {From: 40, To: 41}}
	if diff := cmp.Diff(want, a.Intersect(b)); diff != "" {
		t.Error(diff)
	}
}

func TestLedgerMergesWhatTouches(t *testing.T) {
	var l state.Ledger
	l = l.Add(state.Span{From: 10, To: 20})
	l = l.Add(state.Span{From: 30, To: 40})
	before := l
	l = l.Add(state.Span{From: 20, To: 30})
	if diff := cmp.Diff(state.Ledger{{From: 10, To: 40}}, l); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(state.Ledger{{From: 10, To: 20}, {From: 30, To: 40}}, before); diff != "" {
		t.Errorf("the old ledger changed: %s", diff)
	}
}
