package state_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"fluent-bit-openai-audit/internal/state"
)

// discardCommit is a file with two streams, an earlier query on the same log, and one on another.
func discardCommit() state.Commit {
	return state.Commit{
		Streams: []*state.Stream{
			{Name: "organization", Source: "a", Filters: "{}", Start: 1000, Covered: state.Ledger{{From: 1000, To: 2000}}, Polled: 2000},
			{Name: "tenant", Source: "a", Filters: "{}", Start: 1000, Covered: state.Ledger{{From: 1000, To: 1100}, {From: 1200, To: 2000}}, Polled: 2000, Owed: state.Ledger{{From: 1240, To: 1400}}},
			{Name: "organization", Source: "a", Filters: "f", Start: 500, Covered: state.Ledger{{From: 500, To: 1500}}, Polled: 1500},
			{Name: "organization", Source: "b", Filters: "{}", Start: 500, Covered: state.Ledger{{From: 500, To: 1500}}, Polled: 1500},
		},
		IDs: append(keys(1000, 1000), state.Key{Time: state.Untimed, ID: state.IDOf([]byte("x"))}), Seen: 1300,
		Marks: map[string][]byte{"a/1": []byte("one"), "b/1": []byte("two")},
	}
}

func TestDiscard(t *testing.T) {
	type want struct {
		ids       int
		covered   map[string]state.Ledger // by name, source and filters; those that change
		owed      map[string]state.Ledger
		start     map[string]int64
		uncovered []int64 // of the streams in order
	}
	for name, tt := range map[string]struct {
		discard state.Discard
		want    want
	}{
		"both streams": {
			state.Discard{Streams: []string{"organization", "tenant"}, Time: state.Ledger{state.Span{From: 1050, To: 1250}}},
			want{
				ids: 200,
				covered: map[string]state.Ledger{
					"organization a {}": {{From: 1000, To: 1050}, {From: 1250, To: 2000}},
					"tenant a {}":       {{From: 1000, To: 1050}, {From: 1250, To: 2000}},
					"organization a f":  {{From: 500, To: 1050}, {From: 1250, To: 1500}},
				},
				owed:      map[string]state.Ledger{"tenant a {}": {{From: 1250, To: 1400}}},
				uncovered: []int64{200, 100},
			},
		},
		"one stream, with the time at which an event without one was seen": {
			state.Discard{Streams: []string{"tenant"}, Time: state.Ledger{state.Span{From: 1300, To: 1301}}},
			want{
				ids:       2,
				covered:   map[string]state.Ledger{"tenant a {}": {{From: 1000, To: 1100}, {From: 1200, To: 1300}, {From: 1301, To: 2000}}},
				owed:      map[string]state.Ledger{"tenant a {}": {{From: 1240, To: 1300}, {From: 1301, To: 1400}}},
				uncovered: []int64{1},
			},
		},
		"before the start and beyond the end": {
			state.Discard{Streams: []string{"organization"}, Time: state.Ledger{state.Span{From: 700, To: 5000}}},
			want{
				ids:       1001,
				covered:   map[string]state.Ledger{"organization a {}": nil, "organization a f": {{From: 500, To: 700}}},
				start:     map[string]int64{"organization a {}": 700},
				uncovered: []int64{1000},
			},
		},
		"before the start alone": {
			state.Discard{Streams: []string{"tenant"}, Time: state.Ledger{state.Span{From: 1, To: 2}}},
			want{start: map[string]int64{"tenant a {}": 1}, uncovered: []int64{0}},
		},
		"a hole": {
			state.Discard{Streams: []string{"tenant"}, Time: state.Ledger{state.Span{From: 1100, To: 1200}}},
			want{ids: 100, uncovered: []int64{0}},
		},
		"nothing": {
			state.Discard{Streams: []string{"organization", "tenant"}, Time: state.Ledger{state.Span{From: 2000, To: 3000}}},
			want{uncovered: []int64{0, 0}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := written(t, discardCommit())
			s := snapshot(t, path)
			before, err := s.Streams()
			if err != nil {
				t.Fatal(err)
			}
			plan, err := s.PlanDiscard(tt.discard)
			if err != nil {
				t.Fatal(err)
			}
			done, err := state.DiscardIn(path, tt.discard, state.Options{NoSync: true})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(plan, done, cmpopts.IgnoreUnexported(state.Discarded{})); diff != "" {
				t.Errorf("done is not as planned: %s", diff)
			}
			if done.IDs != tt.want.ids {
				t.Errorf("%d ids left, want %d", done.IDs, tt.want.ids)
			}
			nothing := tt.want.ids == 0 && tt.want.covered == nil && tt.want.start == nil
			if done.Nothing() != nothing {
				t.Errorf("Nothing() is %v", done.Nothing())
			}
			var uncovered []int64
			for _, d := range done.Streams {
				uncovered = append(uncovered, d.Uncovered())
			}
			if diff := cmp.Diff(tt.want.uncovered, uncovered); diff != "" {
				t.Error(diff)
			}

			var want []*state.Stream
			for _, one := range before {
				one = one.Clone()
				id := one.Name + " " + one.Source + " " + one.Filters
				if l, ok := tt.want.covered[id]; ok {
					one.Covered = l
				}
				if l, ok := tt.want.owed[id]; ok {
					one.Owed = l
				}
				if at, ok := tt.want.start[id]; ok {
					one.Start = at
				}
				want = append(want, one)
			}
			after := snapshot(t, path)
			got, err := after.Streams()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
			wantIDs := 0
			for _, id := range ids(t, s) {
				at := int64(id.Key.Time)
				if id.Key.Time == state.Untimed {
					at = int64(id.Seen)
				}
				known, err := after.Known(id.Key)
				if err != nil {
					t.Fatal(err)
				}
				if known == tt.discard.Time.Contains(at) {
					t.Errorf("the id at %d: known is %v", at, known)
				}
				wantIDs++
			}
			if n, err := after.IDs(); n != wantIDs-tt.want.ids || err != nil {
				t.Errorf("%d ids are left, %v", n, err)
			}
		})
	}
}

func TestDiscardOfManyIDs(t *testing.T) {
	path := written(t,
		state.Commit{Streams: []*state.Stream{{Name: "organization", Polled: 1}}, IDs: keys(0, 50_000)},
		state.Commit{IDs: keys(50_000, 50_000)})
	done, err := state.DiscardIn(path, state.Discard{Streams: []string{"organization"}, Time: state.Ledger{state.Span{From: 10_000, To: 95_000}}}, state.Options{NoSync: true})
	if err != nil || done.IDs != 85_000 {
		t.Fatalf("%d ids left, %v", done.IDs, err)
	}
	s := snapshot(t, path)
	left := ids(t, s)
	if len(left) != 15_000 || left[9_999].Key.Time != 9_999 || left[10_000].Key.Time != 95_000 {
		t.Errorf("%d ids are left", len(left))
	}
	for _, f := range state.Inspect(path) {
		if f.Err != nil {
			t.Errorf("%s: %v", f.Part, f.Err)
		}
	}
}

func TestDiscardIsRefused(t *testing.T) {
	d := state.Discard{Streams: []string{"organization"}, Time: state.Ledger{state.Span{From: 1, To: 9000}}}
	missing := filepath.Join(t.TempDir(), "a.db")
	if _, err := state.DiscardIn(missing, d, state.Options{}); !errors.Is(err, state.ErrMissing) {
		t.Errorf("missing file: %v", err)
	}
	if _, err := os.Stat(missing); err == nil {
		t.Error("the missing file was created")
	}

	path := written(t, discardCommit())
	content := contentOf(path)
	d.Streams = []string{"organization", "chat"}
	_, err := state.DiscardIn(path, d, state.Options{NoSync: true})
	if want := "no such stream in the state file: chat"; !errors.Is(err, state.ErrNoStream) || errors.Unwrap(err).Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	db := open(t, path)
	d.Streams = d.Streams[:1]
	if _, err := state.DiscardIn(path, d, state.Options{}); !errors.Is(err, state.ErrLocked) {
		t.Errorf("file in use: %v", err)
	}
	if diff := cmp.Diff(content, contentOf(path)); diff != "" {
		t.Error("the file was changed")
	}
	if _, err := db.Discard(d); err != nil { // who holds it, can
		t.Error(err)
	}
}
