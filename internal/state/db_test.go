package state_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"

	"fluent-bit-openai-audit/internal/state"
)

func open(t *testing.T, path string) *state.DB {
	t.Helper()
	db, err := state.Open(path, state.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func key(at uint32, n int) state.Key {
	return state.Key{Time: at, ID: state.IDOf(fmt.Appendf(nil, "audit_log-%d", n))}
}

func keys(from uint32, n int) (out []state.Key) {
	for i := range n {
		out = append(out, key(from+uint32(i), i))
	}
	return out
}

func known(t *testing.T, db *state.DB, ks ...state.Key) []bool {
	t.Helper()
	out := make([]bool, len(ks))
	if err := db.Known(ks, out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestCommitSurvivesReopening(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	s := &state.Stream{
		Name: "organization", Source: "https://api.openai.com/v1", Filters: "{}", Start: 100,
		Covered: state.Ledger{{From: 100, To: 200}}, Polled: 200, Swept: 150, Events: 3, Oldest: 101, Newest: 199,
	}
	db, err := state.Open(path, state.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Commit(state.Commit{Streams: []*state.Stream{s}, IDs: keys(101, 50)}); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v; want 0600", info.Mode(), err)
	}

	db = open(t, path)
	got, err := db.Streams()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]*state.Stream{s}, got); diff != "" {
		t.Error(diff)
	}
	// Neither another id at a known time nor a known id at another time is known.
	if got := known(t, db, key(101, 0), key(101, 7), key(900, 0), key(150, 49)); !cmp.Equal(got, []bool{true, false, false, true}) {
		t.Errorf("known: %v", got)
	}
	entries, _ := os.ReadDir(filepath.Dir(path))
	if len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}

func TestForget(t *testing.T) {
	db := open(t, "")
	untimed := state.Key{Time: state.Untimed, ID: state.IDOf([]byte("x"))}
	if _, err := db.Commit(state.Commit{IDs: append(keys(1000, 100), untimed), Seen: 1010}); err != nil {
		t.Fatal(err)
	}
	covered := state.Ledger{{From: 1000, To: 1020}, {From: 1050, To: 1060}}
	n, err := db.Commit(state.Commit{Forget: covered, ForgetLimit: 25})
	if err != nil || n != 25 {
		t.Fatalf("forgot %d, %v; want 25 as limited", n, err)
	}
	n, err = db.Commit(state.Commit{Forget: covered, ForgetLimit: 1000})
	if err != nil || n != 6 {
		t.Fatalf("forgot %d, %v; want the 5 left and the one without time", n, err)
	}
	got := known(t, db, key(1019, 19), key(1020, 20), key(1059, 59), key(1060, 60), untimed)
	if !cmp.Equal(got, []bool{false, true, false, true, false}) {
		t.Errorf("known: %v", got)
	}
}

func TestSecondWriterIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	open(t, path)
	_, err := state.Open(path, state.Options{})
	if !errors.Is(err, state.ErrLocked) {
		t.Fatalf("second open: %v, want ErrLocked", err)
	}
	want := "state file " + path + ": held by another process or instance; give each instance its own db, or stop the other one"
	if err.Error() != want {
		t.Errorf("text %q, want %q", err, want)
	}
}

// filled returns the bytes of a state file with many ids, so that it has branch pages.
func filled(tb testing.TB, ids int) []byte {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "a.db")
	db, err := state.Open(path, state.Options{NoSync: true})
	if err != nil {
		tb.Fatal(err)
	}
	s := &state.Stream{Name: "organization", Covered: state.Ledger{{From: 1, To: 2}}}
	for i := range 4 {
		if _, err := db.Commit(state.Commit{Streams: []*state.Stream{s}, IDs: keys(uint32(1000*i), ids/4)}); err != nil {
			tb.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		tb.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func TestBadFilesAreRefusedAndLeftAlone(t *testing.T) {
	good := filled(t, 4000)
	damage := func(f func(b []byte)) []byte {
		b := bytes.Clone(good)
		f(b)
		return b
	}
	for name, tt := range map[string]struct {
		content []byte
		want    error
	}{
		"empty":             {nil, state.ErrEmpty},
		"text":              {[]byte("not a state file, but some text that somebody keeps here, longer than a page header\n"), state.ErrForeign},
		"short":             {[]byte("x"), state.ErrForeign},
		"cut":               {good[:len(good)/2], state.ErrDamaged},
		"cut to a page":     {good[:4096], state.ErrDamaged},
		"zeroed":            {make([]byte, len(good)), state.ErrDamaged},
		"half overwritten":  {damage(func(b []byte) { clear(b[len(b)/4:]) }), state.ErrDamaged},
		"pages overwritten": {damage(func(b []byte) { copy(b[3*4096:], bytes.Repeat([]byte{0xa5}, len(b)-3*4096)) }), state.ErrDamaged},
		"both metas bad":    {damage(func(b []byte) { b[40]++; b[4096+40]++ }), state.ErrDamaged},
		"later file format": {damage(func(b []byte) { b[20] = 3; b[4096+20] = 3 }), state.ErrDamaged},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "a.db")
			if err := os.WriteFile(path, tt.content, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := state.Open(path, state.Options{})
			if !errors.Is(err, tt.want) {
				t.Fatalf("error %v, want %v", err, tt.want)
			}
			if !strings.Contains(err.Error(), path) {
				t.Errorf("%q does not name the file", err)
			}
			if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, tt.content) {
				t.Errorf("the file was changed (%v)", err)
			}
		})
	}
}

func TestOneBadMetaPageIsNoDamage(t *testing.T) {
	for page := range 2 {
		b := filled(t, 400)
		binary.LittleEndian.PutUint64(b[page*4096+72:], 1) // its checksum: a write that a power cut broke off
		path := filepath.Join(t.TempDir(), "a.db")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		db, err := state.Open(path, state.Options{})
		if err != nil {
			t.Fatalf("meta page %d broken: %v", page, err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestForeignBoltFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	db, err := bolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := state.Open(path, state.Options{}); !errors.Is(err, state.ErrForeign) {
		t.Errorf("error %v, want ErrForeign", err)
	}
}

func TestFolderMustExist(t *testing.T) {
	path := filepath.Join(t.TempDir(), "missing", "a.db")
	_, err := state.Open(path, state.Options{})
	if err == nil || !strings.Contains(err.Error(), "its folder does not exist") {
		t.Errorf("error %v", err)
	}
}

// A file that is cut under a running plugin must not take the process down.
func TestFileCutUnderWay(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	if err := os.WriteFile(path, filled(t, 40000), 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := state.Open(path, state.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	var first error
	for range 3 {
		_, err := db.Commit(state.Commit{IDs: keys(500, 3000)})
		if err == nil {
			err = db.Known(keys(500, 3000), make([]bool, 3000))
		}
		if first == nil {
			first = err
		}
	}
	if !errors.Is(first, state.ErrBroken) {
		t.Errorf("error %v, want ErrBroken", first)
	}
	if err := db.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	if f, err := os.OpenFile(path, os.O_RDWR, 0); err == nil {
		defer f.Close()
		if err := os.WriteFile(path, filled(t, 40), 0o600); err != nil {
			t.Fatal(err)
		}
		db, err := state.Open(path, state.Options{}) // the lock is free
		if err != nil {
			t.Fatalf("open after the fault: %v", err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
}

func FuzzOpen(f *testing.F) {
	good := filled(f, 400)
	f.Add(uint32(0), byte(1), uint32(0))
	f.Add(uint32(4096*3), byte(0xff), uint32(100))
	f.Add(uint32(4096+40), byte(7), uint32(0))
	f.Fuzz(func(t *testing.T, at uint32, xor byte, cut uint32) {
		b := bytes.Clone(good)
		b[int(at)%len(b)] ^= xor
		b = b[:len(b)-int(cut)%len(b)]
		path := filepath.Join(t.TempDir(), "a.db")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		db, err := state.Open(path, state.Options{NoSync: true})
		if err != nil {
			return
		}
		// What is let through must be usable without a fault.
		_, err = db.Streams()
		if err == nil {
			_, err = db.Commit(state.Commit{IDs: keys(10, 200), Forget: state.Ledger{{From: 0, To: 5000}}, ForgetLimit: 300})
		}
		if errors.Is(err, state.ErrBroken) {
			t.Errorf("a file that was let through broke: %v", err)
		}
		if err := db.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
}

func BenchmarkCommit(b *testing.B) {
	for _, ids := range []int{1000, 1_000_000} {
		b.Run(fmt.Sprintf("ids=%d", ids), func(b *testing.B) {
			db, err := state.Open(filepath.Join(b.TempDir(), "a.db"), state.Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer db.Close()
			for n := 0; n < ids; n += 10_000 {
				if _, err := db.Commit(state.Commit{IDs: keys(uint32(n), min(ids, 10_000))}); err != nil {
					b.Fatal(err)
				}
			}
			at := uint32(ids)
			for b.Loop() {
				if _, err := db.Commit(state.Commit{IDs: keys(at, 100)}); err != nil {
					b.Fatal(err)
				}
				at += 100
			}
			if s, err := db.Stats(); err == nil {
				b.ReportMetric(float64(s.FileBytes)/float64(s.IDs)*100_000/1e6, "MB/100k-ids")
			}
		})
	}
}
