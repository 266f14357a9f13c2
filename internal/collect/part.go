package collect

import (
	"cmp"
	"slices"
	"time"

	"fluent-bit-openai-audit/internal/record"
	"fluent-bit-openai-audit/internal/state"
)

// batchSize is how many bytes of records go to the host in one call: a chunk of Fluent Bit is closed at
// about 2 MB.
const batchSize = 1_900_000

// partSize returns how many bytes of events a walk gathers before it passes them on. Each worker holds a
// part, so those of many workers are small.
func partSize(workers int) int {
	const all, largest = 2 << 20, 384 << 10
	return min(all/workers, largest)
}

// headRoom is what a record needs beside its event, with metadata of the usual length.
const headRoom = 96

// batch is whole records that go to the host in one call, and what is known once they are accepted.
type batch struct {
	kind    string  // of a record of our own; empty for events
	stream  *stream // nil for a record of our own
	claim   *claim
	ticket  *ticket
	records []byte
	classes []classCount
	count   int // records; excluded events have none
	late    int
	oldest  int64
	newest  int64

	handed time.Time // when the host accepted it
	size   int       // bytes of its records, also when they are gone
	end    int64     // how many records the host had accepted with it
	since  time.Time // when it was seen to have left the host's ring buffer
}

// classCount is how many events of a class (the type up to its first dot) a batch holds.
type classCount struct {
	class string
	n     int
}

// part gathers the events of a walk until they are passed on in time order. Bodies are copied: a page
// lives only until the next is decoded.
type part struct {
	buffers *buffers
	bodies  []byte
	items   []item
	taken   []item // what take returned last
}

type item struct {
	time       int64 // 0 when the event has none
	key        state.Key
	start, end int // of the body; equal for an event that is excluded
	class      string
	late       bool
}

// untimed reports whether the event has no time of its own.
func (it item) untimed() bool { return it.key.Time == state.Untimed }

func (p *part) add(it item, body []byte) {
	it.start = len(p.bodies)
	p.bodies = append(p.buffers.grow(p.bodies, len(body)), body...)
	it.end = len(p.bodies)
	p.items = append(p.items, it)
}

// itemSize is about what an event takes beside its body.
const itemSize = 80

// size returns the bytes gathered.
func (p *part) size() int { return len(p.bodies) + len(p.items)*itemSize }

// held returns the bytes of memory that the part takes.
func (p *part) held() int64 { return int64(cap(p.bodies) + (cap(p.items)+cap(p.taken))*itemSize) }

// take removes the items for which yes holds and returns them oldest first, in a slice that is good until
// the next call. Events of one second come in the reverse of the order in which they were listed, since
// the API lists the newest first.
func (p *part) take(yes func(item) bool) []item {
	out := p.taken[:0]
	keep := p.items[:0]
	for _, it := range p.items {
		if yes(it) {
			out = append(out, it)
		} else {
			keep = append(keep, it)
		}
	}
	clear(p.items[len(keep):])
	p.items = keep
	slices.Reverse(out)
	slices.SortStableFunc(out, func(a, b item) int { return cmp.Compare(a.time, b.time) })
	p.taken = out
	return out
}

// compact moves the bodies of the items that are left to the front. An empty part holds no memory.
func (p *part) compact() {
	if len(p.items) == 0 {
		p.clear()
		return
	}
	n := 0
	for i := range p.items {
		it := &p.items[i]
		m := copy(p.bodies[n:], p.bodies[it.start:it.end])
		it.start, it.end = n, n+m
		n += m
	}
	p.bodies = p.bodies[:n]
}

// keys returns the keys of the items.
func (p *part) keys() []state.Key {
	keys := make([]state.Key, len(p.items))
	for i := range p.items {
		keys[i] = p.items[i].key
	}
	return keys
}

// clear gives up what was gathered.
func (p *part) clear() {
	p.buffers.put(p.bodies)
	p.bodies, p.items, p.taken = nil, nil, nil
}

// shape makes batches of the items. now dates records of events without time.
func (p *part) shape(s *stream, items []item, now int64) []*batch {
	var out []*batch
	var b *batch
	total := 0 // of the records to come, so that a buffer is made once
	for _, it := range items {
		total += it.end - it.start + headRoom
	}
	for _, it := range items {
		size := it.end - it.start
		if b == nil || len(b.records)+size > batchSize && len(b.records) > 0 {
			b = &batch{stream: s, records: p.buffers.get(min(total, batchSize+headRoom))}
			out = append(out, b)
		}
		if size == 0 {
			continue
		}
		at, late := it.time, 0
		if it.untimed() {
			at = now
		} else {
			if b.oldest == 0 || at < b.oldest {
				b.oldest = at
			}
			b.newest = max(b.newest, at)
		}
		if it.late {
			late = 1
			b.late++
		}
		b.records = record.AppendHead(b.records, uint32(at), 0, s.metadata[late]) //nolint:gosec // the decoder lets no other times pass
		b.records = append(b.records, p.bodies[it.start:it.end]...)
		b.count++
		total -= size + headRoom
		b.countClass(it.class)
	}
	return out
}

func (b *batch) countClass(class string) {
	for i := range b.classes {
		if b.classes[i].class == class {
			b.classes[i].n++
			return
		}
	}
	b.classes = append(b.classes, classCount{class, 1})
}
