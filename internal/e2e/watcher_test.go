//go:build linux

package e2e_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// watcher reads the file of out_file as it grows, over several runs of Fluent Bit.
type watcher struct {
	t      *testing.T
	path   string
	offset int64
	rest   []byte // the beginning of a line
	torn   int    // lines that a kill cut short

	ids  []string
	seen []time.Time // when, for each id
	last record
}

// watch watches the file that pipeline has its output write.
func watch(t *testing.T, dir string) *watcher {
	return &watcher{t: t, path: filepath.Join(dir, "events")}
}

// read takes up what was written since.
func (w *watcher) read() {
	w.t.Helper()
	f, err := os.Open(w.path)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err != nil {
		w.t.Fatal(err)
	}
	defer f.Close()
	more, err := io.ReadAll(io.NewSectionReader(f, w.offset, 1<<62))
	if err != nil {
		w.t.Fatal(err)
	}
	now := time.Now()
	w.offset += int64(len(more))
	w.rest = append(w.rest, more...)
	for {
		line, rest, ok := bytes.Cut(w.rest, []byte("\n"))
		if !ok {
			w.rest = bytes.Clone(w.rest)
			return
		}
		w.rest = rest
		w.line(string(line), now)
	}
}

// line takes up one line. One that a kill cut short has the next run's first record behind it.
func (w *watcher) line(line string, now time.Time) {
	w.t.Helper()
	r, err := fileRecord(line)
	if err != nil {
		w.torn++
		tag, _, _ := strings.Cut(line, ": [")
		r, err = fileRecord(line[max(0, strings.LastIndex(line, tag+": [")):])
	}
	if err != nil {
		w.t.Fatalf("%s: %v", w.path, err)
	}
	w.ids = append(w.ids, r.id)
	w.seen = append(w.seen, now)
	w.last = r
}

// has reports whether n records have been written.
func (w *watcher) has(n int) bool {
	w.read()
	return len(w.ids) >= n
}
