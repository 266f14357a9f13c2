package state_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"

	"fluent-bit-openai-audit/internal/state"
)

// findings returns what Inspect finds, one line each.
func findings(path string) (out []string) {
	for _, f := range state.Inspect(path) {
		if f.Err != nil {
			out = append(out, f.Part+" BAD: "+f.Err.Error())
		} else {
			out = append(out, f.Part+": "+f.Good)
		}
	}
	return out
}

func TestInspect(t *testing.T) {
	commit := discardCommit()
	for name, tt := range map[string]struct {
		change func(*bolt.Tx) error
		want   []string
	}{
		"good": {
			func(*bolt.Tx) error { return nil },
			[]string{
				"streams: records: 4, spans of covered time: 5, of owed time: 1, in order and apart",
				"ids: 1001, of which 1 of events without a time, all well-formed",
				"marks: 2, together 6 bytes",
			},
		},
		"stream records": {
			func(tx *bolt.Tx) error {
				return errors.Join(
					put("streams", "tenant\x00a\x00{}", "{")(tx),
					put("streams", "tenant\x00a\x00f", `{"name":"organization","source":"a","filters":"f"}`)(tx),
					put("streams", "tenant\x00b\x00{}", `{"name":"tenant","source":"b","filters":"{}","owed":[{"from":5,"to":9},{"from":9,"to":12}]}`)(tx),
					put("streams", "tenant\x00a\x00g", `{"name":"tenant","source":"a","filters":"g","covered":[{"from":5,"to":9},{"from":8,"to":12}]}`)(tx),
				)
			},
			[]string{
				`streams BAD: damaged: read stream record: it names "organization", its key another`,
				"streams BAD: damaged: read stream record of tenant: covered spans overlap or are out of order",
				"streams BAD: damaged: read stream record: unexpected end of JSON input",
				"streams BAD: damaged: read stream record of tenant: owed spans overlap or are out of order",
				"ids: 1001, of which 1 of events without a time, all well-formed",
				"marks: 2, together 6 bytes",
			},
		},
		"ids": {
			func(tx *bolt.Tx) error {
				_, err := tx.Bucket([]byte("ids")).CreateBucket([]byte("aaaa0123456789abcdef"))
				return errors.Join(
					err,
					put("ids", "short", "")(tx),
					put("ids", "bbbb0123456789abcdef", "value")(tx),
					put("ids", "\xff\xff\xff\xff0123456789abcdef", "")(tx),
				)
			},
			[]string{
				"streams: records: 4, spans of covered time: 5, of owed time: 1, in order and apart",
				"ids BAD: damaged: the id 30313233343536373839616263646566 is a bucket",
				"ids BAD: damaged: the id 30313233343536373839616263646566 has a value of 5 bytes",
				"ids BAD: damaged: an id's key has 5 bytes in place of 20",
				"ids BAD: damaged: the id 30313233343536373839616263646566 has a value of 0 bytes",
				"marks: 2, together 6 bytes",
			},
		},
		"marks": {
			func(tx *bolt.Tx) error {
				_, err := tx.Bucket([]byte("marks")).CreateBucket([]byte("b"))
				return errors.Join(err, put("marks", "a\nb", "")(tx))
			},
			[]string{
				"streams: records: 4, spans of covered time: 5, of owed time: 1, in order and apart",
				"ids: 1001, of which 1 of events without a time, all well-formed",
				`marks BAD: damaged: the name of a mark is empty, longer than 512 bytes, no UTF-8, or has a control character: "a\nb"`,
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := written(t, commit)
			change(t, path, tt.change)
			got := findings(path)
			if len(got) < 3 {
				t.Fatal(got)
			}
			// How many pages there are is bbolt's affair.
			for i, want := range []string{"file: ", "pages: ", "schema: 2"} {
				if !strings.HasPrefix(got[i], want) {
					t.Errorf("finding %q, want %q", got[i], want)
				}
			}
			if diff := cmp.Diff(tt.want, got[3:]); diff != "" {
				t.Error(diff)
			}
			for _, f := range state.Inspect(path) {
				if f.Err != nil && !errors.Is(f.Err, state.ErrDamaged) {
					t.Errorf("%v is no ErrDamaged", f.Err)
				}
			}
			if name == "good" {
				return
			}
			s := snapshot(t, path)
			_, errStreams := s.Streams()
			errIDs := s.EachID(func(state.Key, uint32) error { return nil })
			errMarks := s.EachMark(func(string, []byte) error { return nil })
			if !errors.Is(errors.Join(errStreams, errIDs, errMarks), state.ErrDamaged) {
				t.Errorf("reading it: %v, %v, %v", errStreams, errIDs, errMarks)
			}
		})
	}
}

func TestInspectListsDamagedPages(t *testing.T) {
	content := filled(t, 40_000)
	for _, page := range []int{20, 25, 30} {
		clear(content[page*4096 : (page+1)*4096])
	}
	path := filepath.Join(t.TempDir(), "a.db")
	must(t, os.WriteFile(path, content, 0o600))
	bad := 0
	for _, line := range findings(path) {
		if strings.HasPrefix(line, "pages BAD: damaged: page ") && strings.Contains(line, "its header names page 0") {
			bad++
		}
	}
	if bad != 3 {
		t.Errorf("%d bad pages, want 3: %q", bad, findings(path))
	}

	clear(content[8192:]) // all but the meta pages
	must(t, os.WriteFile(path, content, 0o600))
	if got := findings(path); len(got) != 2 || !strings.HasPrefix(got[1], "pages BAD: ") {
		t.Errorf("found %q", got)
	}
}

func TestInspectEndsALongList(t *testing.T) {
	content := filled(t, 40_000)
	for page := range 300 {
		if content[page*4096+8] == 2 { // a leaf, of the ids since those of the rest lie at the end
			content[page*4096+4]++ // its number
		}
	}
	path := filepath.Join(t.TempDir(), "a.db")
	must(t, os.WriteFile(path, content, 0o600))
	got := findings(path)
	if len(got) != 12 || got[11] != "pages BAD: damaged: more damage than is listed" {
		t.Errorf("found %q", got)
	}
}

func TestHeldOfNoFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	_, err := state.Held(path)
	want := "state file " + path + ": there is none; the property db of Fluent Bit's configuration names it"
	if err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

func TestSalvage(t *testing.T) {
	org := func(polled, from int64) *state.Stream {
		return &state.Stream{
			Name: "organization", Source: "a", Filters: `{"event_types":["x"]}`, Start: from,
			Covered: state.Ledger{{From: from, To: polled}}, Polled: polled,
		}
	}
	tenant := &state.Stream{Name: "tenant", Source: "a", Filters: "{}", Polled: 7, Covered: state.Ledger{{From: 1, To: 7}}}
	for i := range 20_000 { // larger than a page, and than what is read at once
		tenant.Covered = append(tenant.Covered, state.Span{From: int64(10 + 2*i), To: int64(11 + 2*i)})
	}
	path := written(t, state.Commit{Streams: []*state.Stream{org(100, 50)}}, state.Commit{IDs: keys(1, 5000)},
		state.Commit{Streams: []*state.Stream{org(200, 50), tenant}})
	content := contentOf(path)
	clear(content[:2*4096]) // both meta pages
	must(t, os.WriteFile(path, content, 0o600))

	got, err := state.Salvage(path)
	if err != nil {
		t.Fatal(err)
	}
	byName := func(s []*state.Stream) map[string]*state.Stream {
		m := make(map[string]*state.Stream)
		for _, one := range s {
			m[one.Name] = one
		}
		return m
	}
	if diff := cmp.Diff(byName([]*state.Stream{org(200, 50), tenant}), byName(got)); diff != "" {
		t.Error(diff)
	}

	// Of two from the same poll, as around a forget, the one that claims less is taken.
	must(t, os.WriteFile(path, []byte(`xx{"name":"tenant","covered":[{"from":0,"to":90}],"polled":90}{"name":"tenant","covered":[{"from":0,"to":40}],"polled":90}`+
		`{"name":"tenant","covered":[{"from":0,"to":90}],"polled":90}{"name":"x","polled":100,"covered":[{"from":9,"to":2}]}`+
		`{"name":"x","polled":100,"owed":[{"from":9,"to":2}]}{"name":"`), 0o600))
	got, err = state.Salvage(path)
	if diff := cmp.Diff([]*state.Stream{{Name: "tenant", Polled: 90, Covered: state.Ledger{{To: 40}}}}, got); diff != "" || err != nil {
		t.Error(diff, err)
	}

	// Nothing but begins of records does not keep it busy.
	must(t, os.WriteFile(path, bytes.Repeat([]byte(`{"name":"`), 1<<17), 0o600))
	if got, err := state.Salvage(path); len(got) != 0 || err != nil {
		t.Errorf("salvaged %v, %v", got, err)
	}
	if _, err := state.Salvage(path + "x"); !errors.Is(err, state.ErrMissing) {
		t.Errorf("missing file: %v", err)
	}
}
