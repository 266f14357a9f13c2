package collect

import (
	"bytes"
	"cmp"
	"iter"
	"slices"

	"fluent-bit-openai-audit/internal/state"
)

// ticket stands for the keys of the events that one walk passes on together. Another walk that meets them
// leaves them to the first, and so its claim waits for the ticket: only when those events are delivered is
// its time complete.
//
// The keys are held until they are in the file: sorted, each page's for themselves, which takes a third of
// the memory that a map does and is found by binary search.
type ticket struct {
	pages     [][]state.Key
	low, high uint32 // times of the keys, at least

	batches int     // that it was passed on with and that have not settled
	left    int     // 1 until its own events are delivered, and 1 for a ticket that took some of them over
	before  *ticket // from which this one took some over, when others wait for that one
	met     bool    // by another walk
	dropped bool    // some of the keys were given up
	waiters []*claim
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

// add enters keys, which are sorted and not held.
func (t *ticket) add(keys []state.Key) {
	low, high := keys[0].Time, keys[len(keys)-1].Time
	if len(t.pages) == 0 {
		t.low, t.high = low, high
		t.left++
	}
	t.low, t.high = min(t.low, low), max(t.high, high)
	t.pages = append(t.pages, keys)
}

// keys returns the keys, page by page.
func (t *ticket) keys() iter.Seq[state.Key] {
	return func(yield func(state.Key) bool) {
		for _, keys := range t.pages {
			for _, k := range keys {
				if !yield(k) {
					return
				}
			}
		}
	}
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

// remove takes out keys, which are sorted.
func (t *ticket) remove(gone []state.Key) {
	for i, keys := range t.pages {
		t.pages[i] = slices.DeleteFunc(keys, func(k state.Key) bool { return contains(gone, k) })
	}
	t.pages = slices.DeleteFunc(t.pages, func(keys []state.Key) bool { return len(keys) == 0 })
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

// add enters keys, which are sorted and not held, with a ticket.
func (p *pending) add(t *ticket, keys []state.Key) {
	if len(t.pages) == 0 {
		*p = append(*p, t)
	}
	t.add(keys)
}

// sweep lets go of the tickets that have no keys any more.
func (p *pending) sweep() {
	*p = slices.DeleteFunc(*p, func(t *ticket) bool { return len(t.pages) == 0 })
}
