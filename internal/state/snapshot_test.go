package state_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"
	"golang.org/x/sys/unix"

	"fluent-bit-openai-audit/internal/state"
)

func snapshot(t *testing.T, path string) *state.Snapshot {
	t.Helper()
	s, err := state.OpenSnapshot(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// written returns the path of a state file with the commits, which nobody holds.
func written(t *testing.T, commits ...state.Commit) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.db")
	db, err := state.Open(path, state.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range commits {
		if _, err := db.Commit(c); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

type idLine struct {
	Key  state.Key
	Seen uint32
}

func ids(t *testing.T, s *state.Snapshot) (out []idLine) {
	t.Helper()
	if err := s.EachID(func(k state.Key, seen uint32) error {
		out = append(out, idLine{k, seen})
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestSnapshotHoldsWhatWasCommitted(t *testing.T) {
	stream := &state.Stream{Name: "tenant", Source: "s", Filters: "{}", Start: 5, Covered: state.Ledger{{From: 5, To: 9}}, Polled: 9}
	untimed := state.Key{Time: state.Untimed, ID: state.IDOf([]byte("x"))}
	path := written(t, state.Commit{Streams: []*state.Stream{stream}, IDs: []state.Key{key(7, 1), untimed}, Seen: 70})
	db := open(t, path) // as Fluent Bit has it
	s := snapshot(t, path)
	if _, err := db.Commit(state.Commit{IDs: keys(100, 10)}); err != nil { // later than the snapshot
		t.Fatal(err)
	}

	streams, err := s.Streams()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]*state.Stream{stream}, streams); diff != "" {
		t.Error(diff)
	}
	want := []idLine{{Key: key(7, 1)}, {Key: untimed, Seen: 70}}
	if diff := cmp.Diff(want, ids(t, s)); diff != "" {
		t.Error(diff)
	}
	for k, want := range map[state.Key]bool{key(7, 1): true, key(8, 1): false, key(100, 0): false} {
		if got, err := s.Known(k); got != want || err != nil {
			t.Errorf("Known(%d) is %v, %v; want %v", k.Time, got, err, want)
		}
	}
	if n, err := s.IDs(); n != 2 || err != nil {
		t.Errorf("IDs() is %d, %v", n, err)
	}
	if v, err := s.Schema(); v != 2 || err != nil {
		t.Errorf("Schema() is %d, %v", v, err)
	}
	enough := errors.New("enough")
	if err := s.EachID(func(state.Key, uint32) error { return enough }); err != enough { //nolint:errorlint // as it is
		t.Errorf("EachID returned %v, not the error of its function", err)
	}

	// The copy itself is a state file, of the time of the snapshot.
	var b bytes.Buffer
	if n, err := s.WriteTo(&b); err != nil || n != s.Bytes() || int64(b.Len()) != n {
		t.Fatalf("WriteTo wrote %d of %d bytes, %v", n, s.Bytes(), err)
	}
	restored := filepath.Join(t.TempDir(), "restored.db")
	if err := os.WriteFile(restored, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := known(t, open(t, restored), key(7, 1), key(100, 0)); !cmp.Equal(got, []bool{true, false}) {
		t.Errorf("known in the restored copy: %v", got)
	}
}

// A writer makes a few commits while each snapshot is taken. Each commit adds ids all over the same time,
// and some drop all of them, so that pages are given up and used again; the stream record tells which
// ids there are.
func TestSnapshotWhileCommitsAreMade(t *testing.T) {
	const kept, each, ballast = 7, 50, 60_000
	path := filepath.Join(t.TempDir(), "a.db")
	db, err := state.Open(path, state.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Commit(state.Commit{IDs: keys(1_000_000, ballast)}); err != nil {
		t.Fatal(err)
	}
	key := func(n, i int) state.Key {
		return state.Key{Time: uint32((n*7919 + i*104729) % 50_000), ID: state.IDOf(fmt.Appendf(nil, "%d-%d", n, i))}
	}
	tokens := make(chan struct{}, 100) // each lets the writer make one commit
	done := make(chan error, 1)
	go func() {
		n := 0
		for range tokens {
			n++
			c := state.Commit{Streams: []*state.Stream{{Name: "organization", Events: uint64(n)}}}
			for i := range each {
				c.IDs = append(c.IDs, key(n, i))
			}
			if n%kept == 0 {
				c.Forget, c.ForgetLimit = state.Ledger{{From: 0, To: 50_000}}, 1<<30
			}
			if _, err := db.Commit(c); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()

	rng := rand.New(rand.NewPCG(1, 2))
	last := uint64(0)
	for range 60 {
		for range rng.IntN(6) {
			select {
			case tokens <- struct{}{}:
			case err := <-done:
				t.Fatalf("after commit %d: %v", last, err)
			}
		}
		s, err := state.OpenSnapshot(path)
		if err != nil {
			t.Fatalf("after commit %d: %v", last, err)
		}
		streams, err := s.Streams()
		if err != nil {
			t.Fatal(err)
		}
		n := uint64(0)
		if len(streams) > 0 {
			n = streams[0].Events
		}
		if n < last {
			t.Errorf("snapshot of commit %d after one of %d", n, last)
		}
		last = n
		want := make(map[state.Key]bool) // of the commits since the last one that dropped all
		for m := int(n); m > 0 && m%kept != 0; m-- {
			for i := range each {
				want[key(m, i)] = true
			}
		}
		got := 0
		for _, id := range ids(t, s) {
			if id.Key.Time < 1_000_000 {
				got++
				if !want[id.Key] {
					t.Fatalf("snapshot of commit %d has an id of another", n)
				}
			}
		}
		if total, err := s.IDs(); got != len(want) || total != got+ballast || err != nil {
			t.Fatalf("snapshot of commit %d has %d ids and %d in all, want %d, %v", n, got, total, len(want), err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	close(tokens)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	t.Logf("60 snapshots up to commit %d", last)
}

func TestSnapshotNeedsNoWritePermission(t *testing.T) {
	content, err := os.ReadFile(written(t, state.Commit{IDs: keys(1, 100)}))
	if err != nil {
		t.Fatal(err)
	}
	fd, err := unix.MemfdCreate("sealed", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		t.Fatal(err)
	}
	f := os.NewFile(uintptr(fd), "sealed")
	defer f.Close()
	if _, err := f.Write(content); err != nil {
		t.Fatal(err)
	}
	if _, err := unix.FcntlInt(f.Fd(), unix.F_ADD_SEALS, unix.F_SEAL_WRITE|unix.F_SEAL_GROW|unix.F_SEAL_SHRINK); err != nil {
		t.Fatal(err)
	}
	path := fmt.Sprintf("/proc/self/fd/%d", f.Fd())
	if got := len(ids(t, snapshot(t, path))); got != 100 {
		t.Errorf("%d ids, want 100", got)
	}
	for _, found := range state.Inspect(path) {
		if found.Err != nil {
			t.Errorf("%s: %v", found.Part, found.Err)
		}
	}
}

func TestSnapshotDoesNotLock(t *testing.T) {
	path := written(t)
	s := snapshot(t, path)
	if held, err := state.Held(path); held || err != nil {
		t.Errorf("held: %v, %v", held, err)
	}
	db := open(t, path)
	if _, err := db.Commit(state.Commit{IDs: keys(1, 1)}); err != nil {
		t.Error(err)
	}
	if held, err := state.Held(path); !held || err != nil {
		t.Errorf("held by an open DB: %v, %v", held, err)
	}
	// To ask was no disturbance.
	if _, err := db.Commit(state.Commit{IDs: keys(2, 1)}); err != nil {
		t.Error(err)
	}
	if got := ids(t, s); got != nil {
		t.Errorf("the snapshot changed: %v", got)
	}
}

func TestLargeSnapshotLiesInTemporaryFile(t *testing.T) {
	path := written(t, state.Commit{IDs: keys(1, 100)})
	if err := os.Truncate(path, state.CopyInMemory+1); err != nil { // as bbolt, which grows files ahead
		t.Fatal(err)
	}
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	s := snapshot(t, path)
	if got := len(ids(t, s)); got != 100 {
		t.Errorf("%d ids, want 100", got)
	}
	if entries, err := os.ReadDir(tmp); len(entries) != 0 || err != nil {
		t.Errorf("left in the folder: %v, %v", entries, err)
	}
	t.Setenv("TMPDIR", filepath.Join(tmp, "missing"))
	_, err := state.OpenSnapshot(path)
	want := "make a temporary file for a copy of 33554433 bytes (TMPDIR says where): "
	if err == nil || !bytes.Contains([]byte(err.Error()), []byte(want)) {
		t.Errorf("error %v, want %q in it", err, want)
	}
}

// change writes into a state file as another program could.
func change(t *testing.T, path string, f func(*bolt.Tx) error) {
	t.Helper()
	db, err := bolt.Open(path, 0o600, &bolt.Options{NoSync: true, NoFreelistSync: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Update(f), db.Close()); err != nil {
		t.Fatal(err)
	}
}

func put(bucket, key, value string) func(*bolt.Tx) error {
	return func(tx *bolt.Tx) error { return tx.Bucket([]byte(bucket)).Put([]byte(key), []byte(value)) }
}

func TestRefusedFiles(t *testing.T) {
	const restore = "it was left as it is: restore a copy, or move it away to fetch from start_from anew"
	good := filled(t, 4000)
	for name, tt := range map[string]struct {
		make func(t *testing.T, path string)
		want error
		text string // with PATH for the path
	}{
		"missing": {
			func(*testing.T, string) {}, state.ErrMissing,
			"state file PATH: there is none; the property db of Fluent Bit's configuration names it",
		},
		"folder": {
			func(t *testing.T, path string) { must(t, os.Mkdir(path, 0o700)) }, state.ErrForeign,
			"state file PATH: not a state file of this plugin: it is no regular file; db must name a file of its own",
		},
		"pipe": {
			func(t *testing.T, path string) { must(t, unix.Mkfifo(path, 0o600)) }, state.ErrForeign,
			"state file PATH: not a state file of this plugin: it is no regular file; db must name a file of its own",
		},
		"empty": {
			func(t *testing.T, path string) { must(t, os.WriteFile(path, nil, 0o600)) }, state.ErrEmpty,
			"state file PATH: empty: it was cut to nothing or never written; inspect it with 'openai-audit state check PATH'; " + restore,
		},
		"text": {
			func(t *testing.T, path string) {
				must(t, os.WriteFile(path, bytes.Repeat([]byte("text\n"), 1000), 0o600))
			},
			state.ErrForeign, "state file PATH: not a state file of this plugin; db must name a file of its own",
		},
		"cut": {
			func(t *testing.T, path string) { must(t, os.WriteFile(path, good[:8192], 0o600)) }, state.ErrDamaged,
			fmt.Sprintf("state file PATH: damaged: cut: it has 8192 bytes and needs %d; inspect it with 'openai-audit state check PATH'; ", len(good)/4096*4096) + restore,
		},
		"first page overwritten": {
			func(t *testing.T, path string) {
				must(t, os.WriteFile(path, append(bytes.Repeat([]byte{0x5a}, 4096), good[4096:]...), 0o600))
			}, state.ErrDamaged,
			"state file PATH: damaged: its first page was overwritten; inspect it with 'openai-audit state check PATH'; " + restore,
		},
		"newer schema": {
			func(t *testing.T, path string) {
				must(t, os.WriteFile(path, good, 0o600))
				change(t, path, put("openai_audit", "schema", "\x03"))
			}, state.ErrNewer,
			"state file PATH: written by a newer version of this plugin: schema 3, this one knows 2; run that version again, or move the file " +
				"away to fetch from start_from anew",
		},
		"no schema": {
			func(t *testing.T, path string) {
				must(t, os.WriteFile(path, good, 0o600))
				change(t, path, func(tx *bolt.Tx) error { return tx.Bucket([]byte("openai_audit")).Delete([]byte("schema")) })
			}, state.ErrDamaged,
			"state file PATH: damaged: it has no schema version; inspect it with 'openai-audit state check PATH'; " + restore,
		},
		"bucket missing": {
			func(t *testing.T, path string) {
				must(t, os.WriteFile(path, good, 0o600))
				change(t, path, func(tx *bolt.Tx) error { return tx.DeleteBucket([]byte("ids")) })
			}, state.ErrDamaged,
			"state file PATH: damaged: a bucket is missing; inspect it with 'openai-audit state check PATH'; " + restore,
		},
		"marks missing": {
			func(t *testing.T, path string) {
				must(t, os.WriteFile(path, good, 0o600))
				change(t, path, func(tx *bolt.Tx) error { return tx.DeleteBucket([]byte("marks")) })
			}, state.ErrDamaged,
			"state file PATH: damaged: a bucket is missing; inspect it with 'openai-audit state check PATH'; " + restore,
		},
		"another program's bbolt file": {
			func(t *testing.T, path string) { change(t, path, func(*bolt.Tx) error { return nil }) }, state.ErrForeign,
			"state file PATH: not a state file of this plugin: it is some other program's bbolt file; db must name a file of its own",
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "a.db")
			tt.make(t, path)
			before := contentOf(path)
			want := string(bytes.ReplaceAll([]byte(tt.text), []byte("PATH"), []byte(path)))
			_, err := state.OpenSnapshot(path)
			if !errors.Is(err, tt.want) || err.Error() != want {
				t.Errorf("OpenSnapshot:\n got %v\nwant %v", err, want)
			}
			if name != "missing" { // Open creates it
				if _, err := state.Open(path, state.Options{}); !errors.Is(err, tt.want) || err.Error() != want {
					t.Errorf("Open:\n got %v\nwant %v", err, want)
				}
			}
			if !bytes.Equal(before, contentOf(path)) {
				t.Error("the file was changed")
			}
			if found := state.Inspect(path); !errors.Is(found[len(found)-1].Err, tt.want) {
				t.Errorf("Inspect found %v, want %v", found, tt.want)
			}
		})
	}
}

// contentOf returns a file's content, nil for what is none.
func contentOf(path string) []byte {
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	return b
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestWriteToReportsFailure(t *testing.T) {
	s := snapshot(t, written(t))
	r, w := io.Pipe()
	failed := errors.New("disk full")
	r.CloseWithError(failed)
	if _, err := s.WriteTo(w); !errors.Is(err, failed) {
		t.Errorf("error %v, want %v", err, failed)
	}
}
