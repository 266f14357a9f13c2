package collect

import (
	"bytes"
	"cmp"
	"slices"

	"fluent-bit-openai-audit/internal/state"
)

// ticket stands for the keys that one walk found between two parts that it passed on. Another walk that
// meets them leaves them to the first, and so its claim waits for the ticket: only when those events are
// delivered is its time complete.
//
// The keys are held until all of them are in the file: sorted, each page's for themselves, which takes a
// third of the memory that a map does and is found by binary search.
type ticket struct {
	pages     [][]state.Key
	low, high uint32 // times of the keys, at least
	left      int    // keys that have not settled
	unsaved   int    // keys that are neither in the file nor given up
	dropped   bool   // some of them were given up
	waiters   []*claim
}

func compareKeys(a, b state.Key) int {
	if c := cmp.Compare(a.Time, b.Time); c != 0 {
		return c
	}
	return bytes.Compare(a.ID[:], b.ID[:])
}

// contains reports whether k is among keys, which are sorted.
func contains(keys []state.Key, k state.Key) bool {
	_, found := slices.BinarySearchFunc(keys, k, compareKeys)
	return found
}

// add enters the keys of a page, which are sorted and not held.
func (t *ticket) add(keys []state.Key) {
	low, high := keys[0].Time, keys[len(keys)-1].Time
	if len(t.pages) == 0 {
		t.low, t.high = low, high
	}
	t.low, t.high = min(t.low, low), max(t.high, high)
	t.pages = append(t.pages, keys)
	t.left += len(keys)
	t.unsaved += len(keys)
}

// holds reports whether k is among the ticket's keys.
func (t *ticket) holds(k state.Key) bool {
	if k.Time < t.low || k.Time > t.high {
		return false
	}
	for _, keys := range t.pages {
		if contains(keys, k) {
			return true
		}
	}
	return false
}

// remove takes out keys, which are sorted. Those who wait for them are the caller's.
func (t *ticket) remove(gone []state.Key) (removed int) {
	for i, keys := range t.pages {
		keep := slices.DeleteFunc(keys, func(k state.Key) bool { return contains(gone, k) })
		removed += len(keys) - len(keep)
		t.pages[i] = keep
	}
	t.pages = slices.DeleteFunc(t.pages, func(keys []state.Key) bool { return len(keys) == 0 })
	t.unsaved -= removed
	return removed
}

// pending holds the tickets of all keys that were found but are not in the file yet.
type pending []*ticket

// near returns the tickets that may hold some of the keys.
func (p pending) near(keys []state.Key) (tickets []*ticket) {
	if len(keys) == 0 {
		return nil
	}
	low, high := keys[0].Time, keys[0].Time
	for _, k := range keys[1:] {
		low, high = min(low, k.Time), max(high, k.Time)
	}
	for _, t := range p {
		if t.low <= high && t.high >= low {
			tickets = append(tickets, t)
		}
	}
	return tickets
}

// holder returns which of the tickets holds k; nil when none does.
func holder(tickets []*ticket, k state.Key) *ticket {
	for _, t := range tickets {
		if t.holds(k) {
			return t
		}
	}
	return nil
}

// put enters a ticket that has keys, unless it is there.
func (p *pending) put(t *ticket) {
	if !slices.Contains(*p, t) {
		*p = append(*p, t)
	}
}

// sweep lets go of tickets all of whose keys are in the file or given up.
func (p *pending) sweep() {
	*p = slices.DeleteFunc(*p, func(t *ticket) bool { return t.unsaved == 0 })
}
