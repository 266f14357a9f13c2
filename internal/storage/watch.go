package storage

import (
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// Off is the Options.Folder of a Fluent Bit whose storage is not to be watched.
const Off = "off"

// Options say what is watched.
type Options struct {
	// Folder is Fluent Bit's storage.path as the user tells it; "" is to find it out, and Off to watch none.
	Folder string
	// State is the state file; "" is none.
	State string
	// Notice is told once when chunks are seen in a folder that was not known, in words for a log. It is called from a
	// goroutine of its own. nil is nobody.
	Notice func(text string)
}

// Watch watches the disks of one instance. It is safe for concurrent use.
type Watch struct {
	host   *Host
	opts   Options
	origin origin

	mu        sync.Mutex
	folders   []*folder
	confirmed bool // a chunk was seen where the storage is known to be
	searched  time.Time
	pause     time.Duration // before it is searched again
	looks     int           // that the search still takes
	timer     *time.Timer
	closed    bool
}

// New returns a Watch of a process's storage. It has to be closed.
func New(h *Host, opts Options) *Watch {
	return newWatch(h, opts, findOrigin)
}

func newWatch(h *Host, opts Options, find func() origin) *Watch {
	w := &Watch{host: h, opts: opts}
	switch opts.Folder {
	case Off:
	case "":
		w.origin = find()
		if w.origin.folder != "" {
			w.add(w.origin.folder, w.origin.from)
		}
	default:
		w.add(opts.Folder, "storage_path")
	}
	if opts.Folder == "" && len(w.folders) == 0 {
		for _, root := range h.everSeen() {
			w.add(root, fromChunk)
		}
	}
	if opts.State != "" {
		w.folders = append(w.folders, &folder{path: absolute(filepath.Dir(opts.State)), state: true})
	}
	return w
}

func (w *Watch) add(path, from string) {
	w.folders = append(w.folders, &folder{path: absolute(path), from: from})
}

// absolute returns a path that does not depend on the working directory, if that can be known.
func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

// Room reports whether Fluent Bit can store n more bytes of records now, while underWay bytes of this instance are on
// their way: accepted, and not seen to be stored. nil means yes, and also that nothing is known that speaks against it;
// else the error is a *Shortage. Ask right before each hand-over, and at least every few seconds while something is
// under way, with n 0 when nothing waits: other instances reckon with it.
//
// It costs a system call for each folder, and does not wait, unless the disk itself does.
func (w *Watch) Room(underWay, n int64) error {
	onTheWay := w.host.claim(w, underWay+n)
	if s := w.short(onTheWay); s != nil {
		w.host.claim(w, underWay)
		return s
	}
	if n > 0 {
		w.search()
	}
	return nil
}

func (w *Watch) short(onTheWay int64) *Shortage {
	for _, f := range w.watched() {
		way := onTheWay
		if f.state {
			way = 0 // a commit takes little, and is done again when it fails
		}
		if s := f.short(w.host.sys, way); s != nil {
			return s
		}
	}
	return w.host.descriptors(files(onTheWay))
}

func (w *Watch) watched() []*folder {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.folders)
}

// Close ends the Watch. Room goes on to answer.
func (w *Watch) Close() {
	w.host.forget(w)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	if w.timer != nil {
		w.timer.Stop()
	}
}
