package state_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"fluent-bit-openai-audit/internal/state"
)

// formerFile returns the path of a copy of testdata/schema1.db, which the last version of schema 1 wrote, and
// what it put into it.
func formerFile(t *testing.T) (path string, streams []*state.Stream, lines []idLine) {
	t.Helper()
	content, err := os.ReadFile("testdata/schema1.db")
	must(t, err)
	path = filepath.Join(t.TempDir(), "a.db")
	must(t, os.WriteFile(path, content, 0o600))
	const source = "https://api.openai.com/v1 organization org-a"
	streams = []*state.Stream{
		{
			Name: "organization", Source: source, Filters: `{"event_types":["login.failed"]}`, Start: 500,
			Covered: state.Ledger{{From: 500, To: 1500}}, Polled: 1500, Swept: 900, Newest: 1400,
		},
		{
			Name: "organization", Source: source, Filters: "{}", Start: 1000,
			Covered: state.Ledger{{From: 1000, To: 1500}, {From: 1600, To: 9000}}, Polled: 9000, Swept: 8000, Forgotten: 5000,
			Events: 20, Late: 2, Oldest: 1001, Newest: 8999,
		},
		{Name: "tenant", Source: source, Filters: "{}", Covered: state.Ledger{{From: 0, To: 9001}}, Polled: 9001, Swept: 8001},
	}
	for _, k := range keys(8000, 5) {
		lines = append(lines, idLine{Key: k})
	}
	return path, streams, append(lines, idLine{Key: state.Key{Time: state.Untimed, ID: state.IDOf([]byte("x"))}, Seen: 8600})
}

// holds compares what a file holds, by a snapshot of it.
func holds(t *testing.T, path string, schema int, streams []*state.Stream, lines []idLine, marks map[string]string) {
	t.Helper()
	s := snapshot(t, path)
	if v, err := s.Schema(); v != schema || err != nil {
		t.Errorf("schema %d, %v; want %d", v, err, schema)
	}
	got, err := s.Streams()
	must(t, err)
	if diff := cmp.Diff(streams, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(lines, ids(t, s)); diff != "" {
		t.Error(diff)
	}
	found := make(map[string]string)
	must(t, s.EachMark(func(name string, value []byte) error { found[name] = string(value); return nil }))
	if diff := cmp.Diff(marks, found); diff != "" {
		t.Error(diff)
	}
	for _, f := range state.Inspect(path) {
		if f.Err != nil {
			t.Errorf("%s: %v", f.Part, f.Err)
		}
	}
}

// A file of schema 1 is read as it is, by who only reads and by who opens it to write. The first commit, and
// nothing before it, makes it one of schema 2, with all that was in it.
func TestFormerSchemaGoesOn(t *testing.T) {
	path, streams, lines := formerFile(t)
	before := contentOf(path)
	holds(t, path, 1, streams, lines, map[string]string{})

	db, err := state.Open(path, state.Options{})
	must(t, err)
	got, err := db.Streams()
	must(t, err)
	if diff := cmp.Diff(streams, got); diff != "" {
		t.Error(diff)
	}
	if got := known(t, db, lines[0].Key, key(9000, 1), lines[5].Key); !cmp.Equal(got, []bool{true, false, true}) {
		t.Errorf("known: %v", got)
	}
	if m, err := db.Marks(""); len(m) != 0 || err != nil {
		t.Errorf("marks: %v, %v", m, err)
	}
	must(t, db.Close())
	if !bytes.Equal(before, contentOf(path)) {
		t.Error("opening the file and reading it changed it")
	}

	db = open(t, path)
	streams[1].Owed, streams[1].Overlap, streams[1].Identity = state.Ledger{{From: 5000, To: 8000}}, 7200, "org-a"
	_, err = db.Commit(state.Commit{Streams: streams[1:2], Marks: map[string][]byte{"inventory": []byte("m")}})
	must(t, err)
	holds(t, path, 2, streams, lines, map[string]string{"inventory": "m"})
	for range 3 { // as little changes later on
		_, err = db.Commit(state.Commit{})
		must(t, err)
	}
	holds(t, path, 2, streams, lines, map[string]string{"inventory": "m"})
}

// What a discard writes, it writes into a file of schema 2.
func TestDiscardInFormerSchema(t *testing.T) {
	path, streams, lines := formerFile(t)
	span := state.Span{From: 1600, To: 8002}
	_, err := state.DiscardIn(path, state.Discard{Streams: []string{"tenant"}, Time: state.Ledger{span}}, state.Options{NoSync: true})
	must(t, err)
	streams[2].Covered = streams[2].Covered.Remove(span)
	holds(t, path, 2, streams, lines[2:], map[string]string{})
}

// A commit that fails leaves the schema as it is.
func TestFailedCommitKeepsTheSchema(t *testing.T) {
	path, _, _ := formerFile(t)
	change(t, path, put("ids", "short", ""))
	db := open(t, path)
	if _, err := db.Commit(state.Commit{Forget: state.Ledger{{From: 0, To: 1 << 33}}, ForgetLimit: 100}); !errors.Is(err, state.ErrDamaged) {
		t.Errorf("error %v, want ErrDamaged", err)
	}
	if v, err := snapshot(t, path).Schema(); v != 1 || err != nil {
		t.Errorf("schema %d, %v", v, err)
	}
}

// A record that Open would refuse to read is not written, nor is anything of its commit.
func TestImpossibleRecordsAreNotWritten(t *testing.T) {
	for name, spoil := range map[string]func(*state.Stream){
		"covered out of order": func(s *state.Stream) { s.Covered = state.Ledger{{From: 5, To: 9}, {From: 1, To: 2}} },
		"owed out of order":    func(s *state.Stream) { s.Owed = state.Ledger{{From: 5, To: 9}, {From: 9, To: 12}} },
		"owed before all time": func(s *state.Stream) { s.Owed = state.Ledger{{From: -1, To: 9}} },
		"owed beyond it":       func(s *state.Stream) { s.Owed = state.Ledger{{From: 1, To: 1<<40 + 1}} },
		"negative overlap":     func(s *state.Stream) { s.Overlap = -1 },
		"endless overlap":      func(s *state.Stream) { s.Overlap = 1 << 41 },
		"long identity":        func(s *state.Stream) { s.Identity = string(make([]byte, 257)) },
		"identity no text":     func(s *state.Stream) { s.Identity = "org-\xff" },
	} {
		t.Run(name, func(t *testing.T) {
			path := written(t, discardCommit())
			before := contentOf(path)
			db := open(t, path)
			s := &state.Stream{Name: "organization", Source: "a", Filters: "{}"}
			spoil(s)
			if _, err := db.Commit(state.Commit{Streams: []*state.Stream{s}, IDs: keys(1, 5)}); err == nil {
				t.Error("it was written")
			}
			if !bytes.Equal(before, contentOf(path)) {
				t.Error("the file was changed")
			}
		})
	}
}

// FuzzStreamRecord checks that a record that is let through is one that can be written again as it is, and
// that no sum over its owed time and its overlap overflows.
func FuzzStreamRecord(f *testing.F) {
	f.Add([]byte(`{"name":"tenant","source":"a","filters":"{}","start":5,"covered":[{"from":5,"to":9}],"polled":9}`))
	f.Add([]byte(`{"name":"tenant","source":"a","filters":"{}","owed":[{"from":5,"to":9},{"from":10,"to":1099511627776}],"overlap":60,"identity":"org-a"}`))
	f.Add([]byte(`{"name":"tenant","source":"a","filters":"{}","owed":[{"from":-9223372036854775808,"to":9223372036854775807}]}`))
	f.Add([]byte(`{"name":"tenant","source":"a","filters":"{}","overlap":-1,"identity":"\xff"}`))
	f.Fuzz(func(t *testing.T, record []byte) {
		key := []byte("tenant\x00a\x00{}")
		s, err := state.DecodeStream(key, record)
		if err != nil {
			return
		}
		if n := s.Owed.Seconds(); n < 0 || n > 1<<40 || s.Overlap < 0 || s.Polled <= 1<<40 && s.Polled-s.Overlap > s.Polled {
			t.Errorf("let through: %d seconds owed, overlap %d", n, s.Overlap)
		}
		again, err := json.Marshal(s)
		must(t, err)
		got, err := state.DecodeStream(key, again)
		must(t, err)
		if diff := cmp.Diff(s, got, cmpopts.EquateEmpty()); diff != "" {
			t.Error(diff)
		}
	})
}
