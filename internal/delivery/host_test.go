package delivery_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"fluent-bit-openai-audit/internal/host"
)

// fakeHost is a host as far as delivery goes. Its thread takes entries out of a ring buffer, counts them, filters them,
// and writes them to a chunk. What has not come so far at a kill is gone. A record's body is its number.
type fakeHost struct {
	mu      sync.Mutex
	ring    [][]int
	work    []int     // taken out and counted, in the filters until done
	done    time.Time // when the filters are
	out     uint64
	stored  map[int]int // how often each record has come to a chunk
	refuse  bool
	paused  bool
	stalled bool
	behind  bool // stood still, and has not come round since: the kernel shows it as running
	slow    time.Duration
	drop    func() bool          // an entry, uncounted
	dropped map[int]int          // how often each entry was, by its first record: less often than tells of a processor
	process func(in []int) []int // in append, as a processor does
	twice   bool                 // counts each record twice
	mute    bool                 // counts nothing
	lines   []string
}

func newFakeHost() *fakeHost { return &fakeHost{stored: make(map[int]int), dropped: make(map[int]int)} }

func (h *fakeHost) Name() string { return "test" }

func (h *fakeHost) Log(level host.Level, text string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.lines = append(h.lines, fmt.Sprintf("[%s] %s", level, text))
}

func (h *fakeHost) said(part string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return strings.Count(strings.Join(h.lines, "\n"), part)
}

func (h *fakeHost) append(records []byte) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.refuse {
		return errors.New("append refused")
	}
	entry := numbers(records)
	if h.process != nil {
		entry = h.process(entry)
	}
	if len(entry) > 0 {
		h.ring = append(h.ring, entry)
	}
	return nil
}

// turn is one turn of the thread's event loop.
func (h *fakeHost) turn() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.behind = h.stalled; h.stalled {
		return
	}
	if h.work != nil && !time.Now().Before(h.done) {
		h.store(h.work)
		h.work = nil
	}
	for len(h.ring) > 0 && h.work == nil && !h.paused {
		entry := h.ring[0]
		h.ring = h.ring[1:]
		if h.drop != nil && h.dropped[entry[0]] < 4 && h.drop() {
			h.dropped[entry[0]]++
			continue
		}
		h.out += uint64(len(entry))
		if h.twice {
			h.out += uint64(len(entry))
		}
		if h.slow > 0 {
			h.work, h.done = entry, time.Now().Add(h.slow)
		} else {
			h.store(entry)
		}
	}
}

// finish comes to the end of the filters.
func (h *fakeHost) finish() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.store(h.work)
	h.work = nil
}

func (h *fakeHost) store(entry []int) {
	for _, n := range entry {
		h.stored[n]++
	}
}

// kill loses what has not come to a chunk, and begins the next life.
func (h *fakeHost) kill() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ring, h.work, h.out, h.paused, h.stalled, h.behind = nil, nil, 0, false, false, false
}

func (h *fakeHost) has(n int) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.stored[n] > 0
}

// change changes the host.
func (h *fakeHost) change(f func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f()
}

func (h *fakeHost) Out() (uint64, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.out, !h.mute
}

func (h *fakeHost) Rests() (rests, known bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return !h.stalled && !h.behind && h.work == nil, true
}
