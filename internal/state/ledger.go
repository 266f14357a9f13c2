package state

import (
	"slices"
	"sort"
)

// Span is a range of whole seconds: From is in it, To is not.
type Span struct {
	From int64 `json:"from"`
	To   int64 `json:"to"`
}

// Empty reports whether no second lies in the span.
func (s Span) Empty() bool { return s.From >= s.To }

// Seconds returns the span's length.
func (s Span) Seconds() int64 { return max(0, s.To-s.From) }

// Contains reports whether second t lies in the span.
func (s Span) Contains(t int64) bool { return s.From <= t && t < s.To }

// Intersect returns what both spans hold; it may be empty.
func (s Span) Intersect(o Span) Span { return Span{max(s.From, o.From), min(s.To, o.To)} }

// Ledger is a set of covered seconds: spans in ascending order that neither overlap nor touch. The zero
// value covers nothing. Methods return a new ledger or change none.
type Ledger []Span

// Add returns the ledger with s covered too.
func (l Ledger) Add(s Span) Ledger {
	if s.Empty() {
		return l
	}
	// Those spans that overlap or touch s melt into it.
	i := sort.Search(len(l), func(i int) bool { return l[i].To >= s.From })
	j := sort.Search(len(l), func(j int) bool { return l[j].From > s.To })
	if i < j {
		s.From = min(s.From, l[i].From)
		s.To = max(s.To, l[j-1].To)
	}
	return slices.Concat(l[:i], Ledger{s}, l[j:])
}

// Remove returns the ledger with s not covered.
func (l Ledger) Remove(s Span) Ledger {
	if s.Empty() {
		return l
	}
	var out Ledger
	for _, c := range l {
		if left := (Span{c.From, min(c.To, s.From)}); !left.Empty() {
			out = append(out, left)
		}
		if right := (Span{max(c.From, s.To), c.To}); !right.Empty() {
			out = append(out, right)
		}
	}
	return out
}

// Contains reports whether second t is covered.
func (l Ledger) Contains(t int64) bool {
	i := sort.Search(len(l), func(i int) bool { return l[i].To > t })
	return i < len(l) && l[i].From <= t
}

// Covers reports whether every second of s is covered.
func (l Ledger) Covers(s Span) bool {
	if s.Empty() {
		return true
	}
	i := sort.Search(len(l), func(i int) bool { return l[i].To > s.From })
	return i < len(l) && l[i].From <= s.From && l[i].To >= s.To
}

// Holes returns the parts of within that are not covered, oldest first.
func (l Ledger) Holes(within Span) []Span {
	var out []Span
	at := within.From
	for _, c := range l {
		if c.To <= at {
			continue
		}
		if c.From >= within.To {
			break
		}
		if hole := (Span{at, c.From}); !hole.Empty() {
			out = append(out, hole)
		}
		at = c.To
	}
	if rest := (Span{at, within.To}); !rest.Empty() {
		out = append(out, rest)
	}
	return out
}

// Intersect returns what both ledgers cover.
func (l Ledger) Intersect(o Ledger) Ledger {
	var out Ledger
	for i, j := 0, 0; i < len(l) && j < len(o); {
		if s := l[i].Intersect(o[j]); !s.Empty() {
			out = append(out, s)
		}
		if l[i].To < o[j].To {
			i++
		} else {
			j++
		}
	}
	return out
}

// Seconds returns how many seconds are covered.
func (l Ledger) Seconds() int64 {
	n := int64(0)
	for _, s := range l {
		n += s.Seconds()
	}
	return n
}

// Valid reports whether the spans are in order, apart, and none is empty.
func (l Ledger) Valid() bool {
	for i, s := range l {
		if s.Empty() || i > 0 && l[i-1].To >= s.From {
			return false
		}
	}
	return true
}
