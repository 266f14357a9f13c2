package state_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"fluent-bit-openai-audit/internal/state"
)

func TestCurrent(t *testing.T) {
	stream := func(name, source, filters string, polled, swept int64) *state.Stream {
		return &state.Stream{Name: name, Source: source, Filters: filters, Polled: polled, Swept: swept}
	}
	for name, tt := range map[string]struct {
		all  []*state.Stream
		want []int // of all
	}{
		"none": {nil, nil},
		"one":  {[]*state.Stream{stream("tenant", "a", "{}", 0, 0)}, []int{0}},
		"both streams of one query, however long ago one was polled": {
			[]*state.Stream{stream("organization", "a", "{}", 900, 10), stream("tenant", "a", "{}", 5, 5)}, []int{0, 1},
		},
		"other filters": {
			[]*state.Stream{stream("organization", "a", "{}", 900, 10), stream("organization", "a", "f", 901, 10)}, []int{1},
		},
		"another source, begun and not polled yet": {
			[]*state.Stream{stream("organization", "a", "{}", 900, 10), stream("tenant", "a", "{}", 900, 10), stream("organization", "b", "{}", 0, 950)},
			[]int{2},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var want []*state.Stream
			for _, i := range tt.want {
				want = append(want, tt.all[i])
			}
			if diff := cmp.Diff(want, state.Current(tt.all)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestStreamCoverage(t *testing.T) {
	for name, tt := range map[string]struct {
		start   int64
		covered state.Ledger
		until   int64 // covered from the start on
		reach   int64
		holes   []state.Span
		inUntil int64 // the last time up to which it is complete; start when there is none
	}{
		"nothing yet":               {start: 100, until: 100, reach: 100, inUntil: 100},
		"whole":                     {100, state.Ledger{{From: 100, To: 200}}, 200, 200, nil, 200},
		"covered before the start":  {100, state.Ledger{{From: 50, To: 200}}, 200, 200, nil, 200},
		"ends before the start":     {100, state.Ledger{{From: 50, To: 100}}, 100, 100, nil, 100},
		"hole at the start":         {100, state.Ledger{{From: 150, To: 200}}, 100, 200, []state.Span{{From: 100, To: 150}}, 100},
		"hole of one second inside": {100, state.Ledger{{From: 100, To: 150}, {From: 151, To: 200}}, 150, 200, []state.Span{{From: 150, To: 151}}, 150},
	} {
		t.Run(name, func(t *testing.T) {
			s := &state.Stream{Start: tt.start, Covered: tt.covered}
			if got := s.CoveredUntil(); got != tt.until {
				t.Errorf("CoveredUntil() is %d, want %d", got, tt.until)
			}
			if got := s.Reach(); got != tt.reach {
				t.Errorf("Reach() is %d, want %d", got, tt.reach)
			}
			if diff := cmp.Diff(tt.holes, s.Holes()); diff != "" {
				t.Error(diff)
			}
			for at := tt.start - 20; at <= tt.reach+20; at++ {
				if got, want := s.CompleteUntil(at), at > tt.start && at <= tt.inUntil; got != want {
					t.Errorf("CompleteUntil(%d) is %v, want %v", at, got, want)
				}
			}
		})
	}
}
