package storage

import (
	"fmt"
	"path/filepath"
	"slices"
	"time"
)

// What is handed over is in a chunk a quarter of a second later, and if its output fails, that chunk is mapped no longer
// than until the next flush, which may come at once. So the memory map is looked at often for a while after a hand-over,
// and again later and later, until a chunk was seen: with storage in memory none ever is.
const (
	lookEvery  = 20 * time.Millisecond // a look takes some 0.3 ms
	lookCount  = 150
	firstPause = 10 * time.Second
	mostPause  = 10 * time.Minute
)

// fromChunk is where a folder is known from that was found.
const fromChunk = "a chunk was seen there"

// search looks for chunks after a hand-over, unless that was done or is being done.
func (w *Watch) search() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.opts.Folder == Off || w.closed || w.confirmed || w.looks > 0 || time.Since(w.searched) < w.pause {
		return
	}
	w.searched, w.looks = time.Now(), lookCount
	w.pause = min(max(2*w.pause, firstPause), mostPause)
	w.timer = time.AfterFunc(lookEvery, w.look)
}

// look takes one look at the memory map.
func (w *Watch) look() {
	maps, err := w.host.sys.maps()
	if err != nil {
		maps = nil // as on a system without it: nothing will be found
	}
	for _, text := range w.take(chunkFolders(maps)) {
		if w.opts.Notice != nil {
			w.opts.Notice(text)
		}
	}
}

// take takes note of folders with chunks, and returns what is to be said of them.
func (w *Watch) take(found []string) (notices []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return nil
	}
	for _, path := range found {
		known := func(f *folder) bool { return !f.state && f.holds(path) }
		w.confirmed = true
		if slices.ContainsFunc(w.folders, known) || len(w.folders) >= maxFolders {
			continue
		}
		root := filepath.Dir(path) // storage.path holds a folder for each input
		notice := fmt.Sprintf("Fluent Bit stores records in %s: its disk is watched from now on", root)
		if w.opts.Folder != "" {
			notice = fmt.Sprintf("Fluent Bit stores records in %s, and storage_path is %s: both disks are watched; set storage_path to what "+
				"storage.path is", root, w.opts.Folder)
		}
		notices = append(notices, notice)
		w.add(root, fromChunk)
		w.host.seen([]string{root})
	}
	if w.looks--; w.confirmed {
		w.looks = 0
	}
	if w.looks > 0 {
		w.timer.Reset(lookEvery)
	}
	return notices
}
