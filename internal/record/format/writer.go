package format

import (
	"encoding/binary"
	"math"

	"fluent-bit-openai-audit/internal/record"
	"fluent-bit-openai-audit/internal/record/msgpack"
)

// writer appends msgpack to b. Maps are opened and closed; their members are counted. The zero value writes
// to a new buffer.
type writer struct {
	b    []byte
	maps []openMap // open maps, the innermost last
	deep bool      // values may be deeper than there is room for
	json []byte    // scratch
}

// openMap is a map that is being written.
type openMap struct {
	head int // where its head is
	key  int // where the key before it is
	n    int // members so far
}

// open starts a map.
func (w *writer) open() {
	w.maps = append(w.maps, openMap{head: len(w.b), key: len(w.b)})
	w.b = append(w.b, msgpack.FixMap)
}

// openKey starts a map that is a member of the innermost one.
func (w *writer) openKey(key string) {
	at := len(w.b)
	w.key(key)
	w.open()
	w.maps[len(w.maps)-1].key = at
}

// openKeyOf is openKey for a key of any length.
func (w *writer) openKeyOf(key []byte) {
	at := len(w.b)
	w.keyOf(key)
	w.open()
	w.maps[len(w.maps)-1].key = at
}

// close ends the innermost map. One without members that is a member itself is taken back with its key.
func (w *writer) close() {
	m := w.maps[len(w.maps)-1]
	w.maps = w.maps[:len(w.maps)-1]
	switch {
	case m.n == 0 && m.key < m.head:
		w.b = w.b[:m.key]
		w.maps[len(w.maps)-1].n--
	case m.n <= 15:
		w.b[m.head] |= byte(m.n)
	case m.n < 1<<16:
		w.b = append(w.b, 0, 0)
		copy(w.b[m.head+3:], w.b[m.head+1:])
		w.b[m.head] = msgpack.Map16
		binary.BigEndian.PutUint16(w.b[m.head+1:], uint16(m.n))
	default:
		w.b = append(w.b, 0, 0, 0, 0)
		copy(w.b[m.head+5:], w.b[m.head+1:])
		w.b[m.head] = msgpack.Map32
		binary.BigEndian.PutUint32(w.b[m.head+1:], uint32(m.n))
	}
}

// begun returns how many members the innermost map has.
func (w *writer) begun() int { return w.maps[len(w.maps)-1].n }

// key writes the key of a member, of at most 31 bytes.
func (w *writer) key(key string) {
	w.maps[len(w.maps)-1].n++
	w.b = append(append(w.b, msgpack.FixStr|byte(len(key))), key...)
}

// keyOf writes a key of any length.
func (w *writer) keyOf(key []byte) {
	w.maps[len(w.maps)-1].n++
	w.strHead(len(key))
	w.b = append(w.b, key...)
}

// block writes n members that are msgpack already.
func (w *writer) block(members string, n int) {
	w.maps[len(w.maps)-1].n += n
	w.b = append(w.b, members...)
}

// blockOf is block for a part of the event.
func (w *writer) blockOf(members []byte, n int) {
	w.maps[len(w.maps)-1].n += n
	w.b = append(w.b, members...)
}

// array starts an array of n elements, at most 15.
func (w *writer) array(n int) { w.b = append(w.b, msgpack.FixArray|byte(n)) }

// longArray starts an array of any number of elements.
func (w *writer) longArray(n int) {
	switch {
	case n <= 15:
		w.array(n)
	case n < 1<<16:
		w.b = binary.BigEndian.AppendUint16(append(w.b, msgpack.Array16), uint16(n))
	default:
		w.b = binary.BigEndian.AppendUint32(append(w.b, msgpack.Array32), uint32(n))
	}
}

// strs writes an array of at most 15 strings.
func (w *writer) strs(list []string) {
	w.array(len(list))
	for _, s := range list {
		w.str(s)
	}
}

func (w *writer) strHead(n int) {
	switch {
	case n <= 31:
		w.b = append(w.b, msgpack.FixStr|byte(n))
	case n < 1<<8:
		w.b = append(w.b, msgpack.Str8, byte(n))
	case n < 1<<16:
		w.b = append(w.b, msgpack.Str16, byte(n>>8), byte(n))
	default:
		w.b = append(w.b, msgpack.Str32, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
	}
}

func (w *writer) str(s string) {
	w.strHead(len(s))
	w.b = append(w.b, s...)
}

func (w *writer) strOf(s []byte) {
	w.strHead(len(s))
	w.b = append(w.b, s...)
}

func (w *writer) uint(u uint64) {
	switch {
	case u < 1<<7:
		w.b = append(w.b, byte(u))
	case u < 1<<8:
		w.b = append(w.b, msgpack.Uint8, byte(u))
	case u < 1<<16:
		w.b = binary.BigEndian.AppendUint16(append(w.b, msgpack.Uint16), uint16(u))
	case u < 1<<32:
		w.b = binary.BigEndian.AppendUint32(append(w.b, msgpack.Uint32), uint32(u))
	default:
		w.b = binary.BigEndian.AppendUint64(append(w.b, msgpack.Uint64), u)
	}
}

func (w *writer) float(v float64) {
	w.b = binary.BigEndian.AppendUint64(append(w.b, msgpack.Float64), math.Float64bits(v))
}

func (w *writer) bool(v bool) {
	if v {
		w.b = append(w.b, msgpack.True)
	} else {
		w.b = append(w.b, msgpack.False)
	}
}

// raw writes a value that is msgpack already and no container.
func (w *writer) raw(v []byte) { w.b = append(w.b, v...) }

// value writes a value that is msgpack already; what of it lies too deep, as JSON text.
func (w *writer) value(v []byte) { w.valueAt(v, len(w.maps)) }

// valueAt is value where so many containers are open.
func (w *writer) valueAt(v []byte, open int) {
	if !w.deep {
		w.b = append(w.b, v...)
		return
	}
	h := head(v, 0)
	switch {
	case h.kind != isMap && h.kind != isArray:
		w.b = append(w.b, v...)
		return
	case open == maxOpen:
		w.jsonOf(v)
		return
	}
	w.b = append(w.b, v[:h.size]...)
	i := h.size
	for range h.n {
		end, _ := skip(v, i, 0)
		if end < 0 { // cannot be: v was walked over before
			w.b = append(w.b, msgpack.Nil)
			continue
		}
		w.valueAt(v[i:end], open+1)
		i = end
	}
}

// jsonOf writes v as a string of its JSON text.
func (w *writer) jsonOf(v []byte) {
	w.json = appendJSON(w.json[:0], v)
	w.strOf(w.json)
}

// appendJSON appends v as JSON to dst.
func appendJSON(dst, v []byte) []byte {
	dst, err := record.AppendValueJSON(dst, v)
	if err != nil {
		// Only for what no Decoder wrote; and this is no place to lose the event.
		dst = append(dst, err.Error()...)
	}
	return dst
}
