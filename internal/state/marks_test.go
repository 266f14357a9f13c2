package state_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fluent-bit-openai-audit/internal/state"
)

func TestMarks(t *testing.T) {
	large := bytes.Repeat([]byte("large "), 1<<14) // many pages
	db := open(t, written(t,
		state.Commit{Marks: map[string][]byte{
			"inventory/a": []byte("1"), "inventory/b": large, "inventory/c": []byte("3"), "inventoryx": {}, "compliance": []byte("4"),
		}},
		state.Commit{Marks: map[string][]byte{"inventory/a": []byte("one"), "inventory/c": nil, "never": nil}},
		state.Commit{IDs: keys(1, 5)}, // which leaves them alone
	))
	for prefix, want := range map[string]map[string][]byte{
		"":             {"compliance": []byte("4"), "inventory/a": []byte("one"), "inventory/b": large, "inventoryx": {}},
		"inventory/":   {"inventory/a": []byte("one"), "inventory/b": large},
		"inventory/a":  {"inventory/a": []byte("one")},
		"inventory/az": {},
		"z":            {},
	} {
		got, err := db.Marks(prefix)
		must(t, err)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("prefix %q: %s", prefix, diff)
		}
	}

	// They are the caller's, beyond what later commits do to their pages.
	got, err := db.Marks("inventory/a")
	must(t, err)
	for i := range 10 {
		_, err := db.Commit(state.Commit{IDs: keys(uint32(i), 20), Marks: map[string][]byte{"inventory/a": fmt.Append(nil, i), "inventory/b": nil}})
		must(t, err)
	}
	if diff := cmp.Diff(map[string][]byte{"inventory/a": []byte("one")}, got); diff != "" {
		t.Error(diff)
	}
}

// One transaction writes marks, streams and ids: none without the others.
func TestMarksAreWrittenWithTheRest(t *testing.T) {
	path := written(t, state.Commit{Marks: map[string][]byte{"m": []byte("old")}})
	change(t, path, put("ids", "\xff\xff\xff\xffan ID of 16 byte", "x"))
	db := open(t, path)
	_, err := db.Commit(state.Commit{
		IDs: keys(1, 5), Marks: map[string][]byte{"m": []byte("new")}, Again: []state.Key{{Time: state.Untimed, ID: state.ID([]byte("an ID of 16 byte"))}},
	})
	if !errors.Is(err, state.ErrDamaged) {
		t.Fatalf("error %v, want ErrDamaged", err)
	}
	got, err := db.Marks("")
	must(t, err)
	if diff := cmp.Diff(map[string][]byte{"m": []byte("old")}, got); diff != "" {
		t.Error(diff)
	}
	if known(t, db, key(1, 0))[0] {
		t.Error("an id of the failed commit is there")
	}
}

func TestImpossibleMarksAreRefused(t *testing.T) {
	path := written(t, discardCommit())
	before := contentOf(path)
	db := open(t, path)
	const name = "not written to the state file: the name of a mark is empty, longer than 512 bytes, no UTF-8, or has a control character: "
	for _, tt := range []struct {
		name  string
		value []byte
		want  string
	}{
		{"", []byte("x"), name + `""`},
		{"", nil, name + `""`},
		{"a\x00b", []byte("x"), name + `"a\x00b"`},
		{"a\xff", []byte("x"), name + `"a\xff"`},
		{strings.Repeat("n", 513), []byte("x"), name + `"` + strings.Repeat("n", 40) + `"`},
		{"m", make([]byte, 64<<20+1), `not written to the state file: the mark "m" has 67108865 bytes, and may have 67108864`},
	} {
		_, err := db.Commit(state.Commit{IDs: keys(1, 5), Marks: map[string][]byte{tt.name: tt.value}})
		if err == nil || err.Error() != tt.want {
			t.Errorf("%.20q with %d bytes: error %v, want %s", tt.name, len(tt.value), err, tt.want)
		}
	}
	if !bytes.Equal(before, contentOf(path)) {
		t.Error("the file was changed")
	}
}

func TestEachMarkStops(t *testing.T) {
	s := snapshot(t, written(t, discardCommit()))
	enough, n := errors.New("enough"), 0
	err := s.EachMark(func(string, []byte) error { n++; return enough })
	if err != enough || n != 1 { //nolint:errorlint // as it is
		t.Errorf("EachMark returned %v after %d marks", err, n)
	}
}
