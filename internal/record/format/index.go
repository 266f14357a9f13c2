package format

import (
	"strings"

	"fluent-bit-openai-audit/internal/record/msgpack"
)

// node is an object of the event that has fields in the list, or objects that have.
type node struct {
	key      string
	parent   int
	children []child
}

// child is a member of a node: a slot, or a node of its own.
type child struct {
	key  string
	node int // 0 for a slot
	slot slot
}

// The nodes that have names of their own here.
const (
	nodeRoot = iota
	nodePayload
)

// maxRest is how many members without a place a Shaper has memory for between events.
const maxRest = 1 << 10

// index finds in an event what the shaped formats use. It refers to the body it was filled from.
type index struct {
	nodes []node

	slots   [slots][]byte // values; nil where there is none, or an empty one
	present uint64        // a bit for each slot that has a value
	strings uint64        // a bit for each whose value is a string
	used    uint64        // a bit for each that was written somewhere
	objects [][]byte      // per node, the object itself
	rest    []stray       // members that no field stands for, in the order of the event
	deepest int
	payload []byte // the payload's key, which is the type; nil where the event has no payload that is an object

	place place
	odd   uint64 // a bit for each node in or below which something stands where the list, or a mapping by it, has another kind of value

	home        [slots]int // each slot's node
	nodeChanges int        // the payload's changes_requested
}

// A stray is a member that no field of the list stands for.
type stray struct {
	node       int
	key, value []byte
	used       bool // it was written somewhere
}

// newIndex makes the tree of a list's paths.
func newIndex(list []field) *index {
	x := &index{nodes: []node{nodeRoot: {}, nodePayload: {key: "$"}}}
	for _, f := range list {
		at, path := nodeRoot, f.path
		for {
			key, rest, more := strings.Cut(path, ".")
			if !more {
				x.nodes[at].children = append(x.nodes[at].children, child{key: key, slot: f.slot})
				x.home[f.slot] = at
				break
			}
			at, path = x.descend(at, key), rest
		}
	}
	x.objects = make([][]byte, len(x.nodes))
	x.nodeChanges = x.descend(nodePayload, "changes_requested")
	return x
}

// descend returns the node below at with that key, which it makes where there is none.
func (x *index) descend(at int, key string) int {
	if at == nodeRoot && key == "$" {
		return nodePayload
	}
	for _, c := range x.nodes[at].children {
		if c.node != 0 && c.key == key {
			return c.node
		}
	}
	x.nodes = append(x.nodes, node{key: key, parent: at})
	n := len(x.nodes) - 1
	x.nodes[at].children = append(x.nodes[at].children, child{key: key, node: n})
	return n
}

// fill indexes body, a map in msgpack, whose payload's key is kind. The index is empty before.
func (x *index) fill(body, kind []byte) error {
	if x.walk(body, 0, nodeRoot, 0, kind) != len(body) {
		return errBody
	}
	x.locate()
	return nil
}

// reset empties the index, and lets go of what an unusual event has left.
func (x *index) reset() {
	clear(x.slots[:])
	clear(x.objects)
	clear(x.rest)
	x.rest = x.rest[:0]
	if cap(x.rest) > maxRest {
		x.rest = nil
	}
	x.present, x.strings, x.used, x.deepest, x.payload = 0, 0, 0, 1, nil
	x.place, x.odd = place{}, 0
}

// mark says that something in a node is odd.
func (x *index) mark(at int) {
	for ; at != nodeRoot; at = x.nodes[at].parent {
		x.odd |= 1 << at
	}
}

// walk indexes the object at b[i], around which open containers are open, and returns the index after it, or
// -1 for what is no map.
func (x *index) walk(b []byte, i, at, open int, kind []byte) int {
	h := head(b, i)
	if h.kind != isMap || h.size == 0 || open == maxOpen {
		return -1
	}
	x.objects[at] = b[i:]
	start := i
	i += h.size
	open++
	x.deepest = max(x.deepest, open)
	hint := 0
	for range h.n / 2 {
		var key []byte
		if key, i = keyAt(b, i); i < 0 {
			return -1
		}
		var c child
		c, hint = x.find(at, hint, key, kind)
		var end int
		switch {
		case uint(i) < uint(len(b)) && b[i]&0xe0 == msgpack.FixStr: // most of all values
			if end = i + 1 + int(b[i]&0x1f); end > len(b) {
				return -1
			}
			x.take(at, c, key, b[i:end])
		case c.node != 0 && x.objects[c.node] == nil && head(b, i).kind == isMap:
			if c.node == nodePayload {
				x.payload = key
			}
			end = x.walk(b, i, c.node, open, kind)
		default:
			var deep int
			if end, deep = skip(b, i, open); end >= 0 {
				x.deepest = max(x.deepest, deep)
				x.take(at, c, key, b[i:end])
			}
		}
		if end < 0 {
			return -1
		}
		i = end
	}
	x.objects[at] = b[start:i]
	return i
}

// noSlot is the slot of a key that no field stands for.
const noSlot = slots

// keyAt returns the string at b[i] and the index after it, or -1.
func keyAt(b []byte, i int) ([]byte, int) {
	if uint(i) < uint(len(b)) && b[i]&0xe0 == msgpack.FixStr {
		end := i + 1 + int(b[i]&0x1f)
		if end > len(b) {
			return nil, -1
		}
		return b[i+1 : end], end
	}
	h := head(b, i)
	end := i + h.size + h.n
	if h.kind != isString || h.size == 0 || end > len(b) {
		return nil, -1
	}
	return b[i+h.size : end], end
}

// find returns what a key of a node stands for, and where to begin with the next key: they mostly come in the
// order of the list.
func (x *index) find(at, hint int, key, kind []byte) (child, int) {
	children := x.nodes[at].children
	for n := range children {
		i := n + hint
		if i >= len(children) {
			i -= len(children)
		}
		if c := &children[i]; len(c.key) == len(key) && c.key == string(key) {
			return *c, i + 1
		}
	}
	if at == nodeRoot && len(kind) > 0 && string(key) == string(kind) {
		return child{node: nodePayload}, hint
	}
	return child{slot: noSlot}, hint
}

// take keeps the value of a member.
func (x *index) take(at int, c child, key, value []byte) {
	if c.node == 0 && c.slot != noSlot {
		bit := uint64(1) << c.slot
		if old := x.slots[c.slot]; old != nil {
			x.rest = append(x.rest, stray{at, key, old, false})
			x.slots[c.slot] = nil
			x.present &^= bit
			x.strings &^= bit
			x.mark(at)
		}
		switch {
		case empty(value):
			if value[0] != msgpack.Nil && c.slot < slotPayloadID {
				x.mark(at)
			}
		default:
			x.slots[c.slot] = value
			x.present |= bit
			switch first := value[0]; {
			case first&0xe0 == msgpack.FixStr || first >= msgpack.Str8 && first <= msgpack.Str32:
				x.strings |= bit
			case first >= msgpack.FixMap && first < msgpack.FixStr || first >= msgpack.Array16 && first < msgpack.NegFix:
				if c.slot < slotPayloadID {
					x.mark(at)
				}
			}
		}
		return
	}
	if c.node != 0 {
		if value[0] != msgpack.Nil {
			x.mark(at)
		}
		if empty(value) {
			return // an object of the list that is nothing
		}
	}
	x.rest = append(x.rest, stray{at, key, value, false})
}

// stray returns the member of the event itself with a key, that no field of the list stands for, or nil.
func (x *index) stray(key string) *stray {
	for i := range x.rest {
		if r := &x.rest[i]; r.node == nodeRoot && string(r.key) == key {
			return r
		}
	}
	return nil
}

// use marks a slot's value as written.
func (x *index) use(s slot) { x.used |= 1 << s }

// str returns the value of a slot where it is a string that is not empty, in msgpack, or nil.
func (x *index) str(s slot) []byte {
	if x.strings&(1<<s) == 0 {
		return nil
	}
	return x.slots[s]
}

// first returns the first of the slots that holds a string, and its value, or nil.
func (x *index) first(of ...slot) (slot, []byte) {
	for _, s := range of {
		if v := x.str(s); v != nil {
			return s, v
		}
	}
	return 0, nil
}
