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
	ring    []entry
	work    *entry    // taken out and counted, in the filters until done
	done    time.Time // when the filters are
	out     uint64
	stored  map[int]int       // how often each record has come to a chunk
	last    map[int]time.Time // when it last did
	clear   time.Time         // when all that was accepted had come to a chunk, and the thread rested, last
	came    time.Time         // when something was taken out and counted, last
	refuse  bool
	paused  bool
	rested  bool // has stored all that it accepted while it was not paused, in this life
	stalled bool
	behind  bool // stood still, and has not come round since: the kernel shows it as running
	slow    time.Duration
	full    bool                 // has no room to store anything: drops all entries, uncounted
	drop    func() bool          // an entry, uncounted
	dropped map[int]int          // how often each entry was, by its first record: less often than tells of a processor
	process func(in []int) []int // in append, as a processor does
	twice   bool                 // counts each record twice
	mute    bool                 // counts nothing
	lines   []string
	wrong   []string // what the delivery must not do, and did
}

// entry is what was given in one call, and when.
type entry struct {
	records []int
	at      time.Time
}

// patience bounds how long the delivery goes on while nothing comes out: it holds the hand-over after two seconds, and what
// comes out may be evidence for what was accepted before, by which they begin anew.
const patience = 3200 * time.Millisecond

func newFakeHost() *fakeHost {
	return &fakeHost{stored: make(map[int]int), last: make(map[int]time.Time), dropped: make(map[int]int), clear: time.Now()}
}

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
	given := numbers(records)
	if at, waits := h.since(); waits && time.Since(at) > patience {
		h.wrong = append(h.wrong, fmt.Sprintf("given %v, while nothing has come out for %s", given, time.Since(at)))
	}
	if h.process != nil {
		given = h.process(given)
	}
	if len(given) > 0 {
		h.ring = append(h.ring, entry{given, time.Now()})
	}
	return nil
}

// since returns since when something waits and nothing has come out.
func (h *fakeHost) since() (at time.Time, waits bool) {
	switch {
	case h.work != nil:
		at = h.work.at
	case len(h.ring) > 0:
		at = h.ring[0].at
	default:
		return at, false
	}
	if h.came.After(at) {
		at = h.came
	}
	return at, true
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
		e := h.ring[0]
		h.ring = h.ring[1:]
		if h.full {
			continue
		}
		if first := e.records[0]; h.drop != nil && h.dropped[first] < 4 && h.drop() {
			h.dropped[first]++
			continue
		}
		h.came = time.Now()
		h.out += uint64(len(e.records))
		if h.twice {
			h.out += uint64(len(e.records))
		}
		if h.slow > 0 {
			h.work, h.done = &e, time.Now().Add(h.slow)
		} else {
			h.store(&e)
		}
	}
	if len(h.ring) > 0 || h.work != nil {
		return
	}
	h.rested = h.rested || h.out > 0 && !h.paused
	if h.rested || !h.paused { // else its count may be a half, counted twice
		h.clear = time.Now()
	}
}

// finish comes to the end of the filters.
func (h *fakeHost) finish() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.work != nil {
		h.store(h.work)
		h.work = nil
	}
}

func (h *fakeHost) store(e *entry) {
	for _, n := range e.records {
		h.stored[n]++
		h.last[n] = time.Now()
	}
}

// kill loses what has not come to a chunk, and begins the next life.
func (h *fakeHost) kill() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ring, h.work, h.out, h.paused, h.stalled, h.behind, h.full = nil, nil, 0, false, false, false, false
	h.clear, h.rested = time.Now(), false
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
