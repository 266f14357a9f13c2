package state_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fluent-bit-openai-audit/internal/state"
)

// commit commits ids, and says whether they are in the open file then.
func commit(t *testing.T, db *state.DB, at uint32) error {
	t.Helper()
	_, err := db.Commit(state.Commit{IDs: keys(at, 3)})
	if got := known(t, db, key(at, 0)); got[0] != (err == nil) {
		t.Errorf("the commit returned %v, and that its ids are in the file is %v", err, got[0])
	}
	return err
}

// The file is taken away or replaced while it is in use: commits fail, say why, and go on when it is back.
func TestFileTakenAwayUnderWay(t *testing.T) {
	const removed = "state file PATH: removed or renamed while in use; while this process runs it can be read as /proc/"
	const replaced = "state file PATH: another file was put in its place while it was in use; put the former one back, and it is " +
		"written again; or restart Fluent Bit, which then goes on from the new one; another Fluent Bit needs a db of its own"
	for name, tt := range map[string]struct {
		take func(t *testing.T, path, aside string)
		give func(t *testing.T, path, aside string) // nil where nothing brings it back
		want error
		text string // or its begin
	}{
		"removed": {
			take: func(t *testing.T, path, _ string) { must(t, os.Remove(path)) },
			want: state.ErrRemoved, text: removed,
		},
		"renamed": {
			take: func(t *testing.T, path, aside string) { must(t, os.Rename(path, aside)) },
			give: func(t *testing.T, path, aside string) { must(t, os.Rename(aside, path)) },
			want: state.ErrRemoved, text: removed,
		},
		"its folder renamed": {
			take: func(t *testing.T, path, aside string) { must(t, os.Rename(filepath.Dir(path), aside)) },
			give: func(t *testing.T, path, aside string) { must(t, os.Rename(aside, filepath.Dir(path))) },
			want: state.ErrRemoved, text: removed,
		},
		"its folder replaced by a file": {
			take: func(t *testing.T, path, aside string) {
				must(t, os.Rename(filepath.Dir(path), aside))
				must(t, os.WriteFile(filepath.Dir(path), nil, 0o600))
			},
			give: func(t *testing.T, path, aside string) {
				must(t, os.Remove(filepath.Dir(path)))
				must(t, os.Rename(aside, filepath.Dir(path)))
			},
			want: state.ErrRemoved, text: removed,
		},
		"replaced by another state file": {
			take: func(t *testing.T, path, aside string) {
				must(t, os.Rename(path, aside))
				must(t, os.Rename(written(t, discardCommit()), path))
			},
			give: func(t *testing.T, path, aside string) { must(t, os.Rename(aside, path)) },
			want: state.ErrReplaced, text: replaced,
		},
		"replaced by a copy of itself": {
			take: func(t *testing.T, path, aside string) {
				content := contentOf(path)
				must(t, os.Rename(path, aside))
				must(t, os.WriteFile(path, content, 0o600))
			},
			give: func(t *testing.T, path, aside string) { must(t, os.Rename(aside, path)) },
			want: state.ErrReplaced, text: replaced,
		},
		"replaced by a folder": {
			take: func(t *testing.T, path, aside string) {
				must(t, os.Rename(path, aside))
				must(t, os.Mkdir(path, 0o700))
			},
			give: func(t *testing.T, path, aside string) {
				must(t, os.Remove(path))
				must(t, os.Rename(aside, path))
			},
			want: state.ErrReplaced, text: replaced,
		},
		"a name that leads nowhere": {
			take: func(t *testing.T, path, aside string) {
				must(t, os.Rename(path, aside))
				must(t, os.Symlink(path+"x", path))
			},
			give: func(t *testing.T, path, aside string) {
				must(t, os.Remove(path))
				must(t, os.Symlink(aside, path)) // which is the file, too
			},
			want: state.ErrRemoved, text: removed,
		},
	} {
		t.Run(name, func(t *testing.T) {
			top := t.TempDir()
			path, aside := filepath.Join(top, "folder", "a.db"), filepath.Join(top, "aside")
			must(t, os.Mkdir(filepath.Dir(path), 0o700))
			db := open(t, path)
			must(t, commit(t, db, 1000))

			tt.take(t, path, aside)
			for i := range uint32(2) {
				err := commit(t, db, 2000+i*10)
				want := strings.ReplaceAll(tt.text, "PATH", path)
				if !errors.Is(err, tt.want) || !strings.HasPrefix(err.Error(), want) {
					t.Errorf("error %v, want %s", err, want)
				}
				var fault *state.FileError
				if !errors.As(err, &fault) || !strings.Contains(fault.Remedy(), "restart Fluent Bit") {
					t.Errorf("the error %v has no remedy for it", err)
				}
			}
			if _, err := db.Discard(state.Discard{Time: state.Ledger{state.Span{From: 1, To: 2}}}); !errors.Is(err, tt.want) {
				t.Errorf("a discard: %v", err)
			}
			if got := known(t, db, key(1000, 0)); !got[0] { // it can still be read
				t.Error("what was committed before is gone")
			}
			if tt.give != nil {
				tt.give(t, path, aside)
				must(t, commit(t, db, 3000))
			}
		})
	}
}

// Once a second Fluent Bit has made a file of its own at the path, the first writes no more, and the second
// loses nothing to it.
func TestSecondFluentBitWithANewFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	first := open(t, path)
	must(t, commit(t, first, 1000))
	must(t, os.Remove(path))
	second := open(t, path)
	must(t, commit(t, second, 2000))
	if err := commit(t, first, 3000); !errors.Is(err, state.ErrReplaced) {
		t.Errorf("the first commits: %v", err)
	}
	must(t, commit(t, second, 4000))
	if got := known(t, second, key(1000, 0), key(2000, 0), key(3000, 0), key(4000, 0)); !cmp.Equal(got, []bool{false, true, false, true}) {
		t.Errorf("known to the second: %v", got)
	}
}

// What was removed can still be read as the error says.
func TestRemovedFileIsReadable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	db := open(t, path)
	must(t, commit(t, db, 1000))
	must(t, os.Remove(path))
	err := commit(t, db, 2000)
	var pid, fd int
	if err == nil {
		t.Fatal("the commit went through")
	}
	_, at, _ := strings.Cut(err.Error(), " as ")
	if _, err := fmt.Sscanf(at, "/proc/%d/fd/%d;", &pid, &fd); err != nil {
		t.Fatal(err)
	}
	s := snapshot(t, fmt.Sprintf("/proc/%d/fd/%d", pid, fd))
	if known, err := s.Known(key(1000, 0)); !known || err != nil {
		t.Errorf("known is %v, %v", known, err)
	}
}

// A path that is relative means the folder in which the process was when it opened the file.
func TestRelativePath(t *testing.T) {
	t.Chdir(t.TempDir())
	db := open(t, "a.db")
	t.Chdir("/")
	must(t, commit(t, db, 1000))
}

// Where the path cannot be looked at, nobody knows what lies there.
func TestPathThatCannotBeLookedAt(t *testing.T) {
	top := t.TempDir()
	path := filepath.Join(top, "folder", "a.db")
	must(t, os.Mkdir(filepath.Dir(path), 0o700))
	db := open(t, path)
	must(t, os.Rename(filepath.Dir(path), filepath.Join(top, "aside")))
	must(t, os.Symlink(filepath.Dir(path), filepath.Dir(path))) // a loop
	err := commit(t, db, 1000)
	if err == nil || errors.Is(err, state.ErrRemoved) || errors.Is(err, state.ErrReplaced) ||
		!strings.Contains(err.Error(), "look at the path: ") || !strings.HasSuffix(err.Error(), "; check the path, its folder's permissions and the space on the disk") {
		t.Errorf("error %v", err)
	}
}
