package storage

import (
	"slices"
	"sync"
	"time"
)

const (
	// claimTime is how long it is remembered what a Watch was last asked for.
	claimTime = 5 * time.Second
	// soon and late are how often the file descriptors are counted: a process with very many takes milliseconds for it.
	soon = 200 * time.Millisecond
	late = 5 * time.Second
	// plenty is how many times what is needed is far from a shortage.
	plenty = 8
)

// Host is what all Watches of a process share: its file descriptors, where its chunks were seen, and what is on its way
// in the others. It is safe for concurrent use.
type Host struct {
	sys system

	mu     sync.Mutex
	claims map[*Watch]claim
	roots  []string // where chunks were seen, ever: storage.path may be another one since

	counted     time.Time
	open, limit int64
	countErr    error
}

// claim is what one Watch was last asked for.
type claim struct {
	bytes int64
	at    time.Time
}

// NewHost returns what is known of this process. A process has one.
func NewHost() *Host { return newHost(realSystem()) }

func newHost(sys system) *Host { return &Host{sys: sys, claims: make(map[*Watch]claim)} }

// claim notes what is on its way in one Watch, and returns that of all.
func (h *Host) claim(w *Watch, bytes int64) (all int64) {
	now := time.Now()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.claims[w] = claim{bytes, now}
	for other, c := range h.claims {
		if now.Sub(c.at) > claimTime {
			delete(h.claims, other)
			continue
		}
		all += c.bytes
	}
	return all
}

func (h *Host) forget(w *Watch) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.claims, w)
}

// descriptors returns a shortage of file descriptors for so many files more; nil when there is none, or it cannot be
// known.
func (h *Host) descriptors(files int64) *Shortage {
	h.mu.Lock()
	defer h.mu.Unlock()
	needed := descriptorsNeeded(h.limit, files)
	wait := soon
	if h.limit-h.open > plenty*needed {
		wait = late
	}
	if time.Since(h.counted) >= wait {
		h.open, h.limit, h.countErr = h.sys.descriptors()
		h.counted = time.Now()
		needed = descriptorsNeeded(h.limit, files)
	}
	if left := h.limit - h.open; h.countErr == nil && left < needed {
		return &Shortage{Resource: Descriptors, Left: max(0, left), Needed: needed, Total: h.limit}
	}
	return nil
}

// seen notes folders below which chunks were seen.
func (h *Host) seen(roots []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, root := range roots {
		if len(h.roots) < maxFolders && !slices.Contains(h.roots, root) {
			h.roots = append(h.roots, root)
		}
	}
}

func (h *Host) everSeen() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.roots)
}
