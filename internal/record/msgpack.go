package record

import (
	"encoding/binary"
	"math"

	"fluent-bit-openai-audit/internal/record/msgpack"
)

const (
	maxFixMap = 15 // members, also of a msgpack.FixArray
	maxFixStr = 31 // bytes
)

// slack is how many bytes beyond p a function here may write without asking for
// room, unless it says otherwise: a head or a number, or a whole short string.
const slack = 80

// putUint writes v to out at p and returns the end of it.
func putUint(out []byte, p int, v uint64) int {
	switch {
	case v < 1<<7:
		out[p] = byte(v)
		return p + 1
	case v < 1<<8:
		out[p], out[p+1] = msgpack.Uint8, byte(v)
		return p + 2
	case v < 1<<16:
		out[p] = msgpack.Uint16
		binary.BigEndian.PutUint16(out[p+1:], uint16(v))
		return p + 3
	case v < 1<<32:
		out[p] = msgpack.Uint32
		binary.BigEndian.PutUint32(out[p+1:], uint32(v))
		return p + 5
	default:
		out[p] = msgpack.Uint64
		binary.BigEndian.PutUint64(out[p+1:], v)
		return p + 9
	}
}

// putInt writes v to out at p and returns the end of it.
func putInt(out []byte, p int, v int64) int {
	switch {
	case v >= 0:
		return putUint(out, p, uint64(v))
	case v >= -1<<5:
		out[p] = byte(v)
		return p + 1
	case v >= math.MinInt8:
		out[p], out[p+1] = msgpack.Int8, byte(v)
		return p + 2
	case v >= math.MinInt16:
		out[p] = msgpack.Int16
		binary.BigEndian.PutUint16(out[p+1:], uint16(v))
		return p + 3
	case v >= math.MinInt32:
		out[p] = msgpack.Int32
		binary.BigEndian.PutUint32(out[p+1:], uint32(v))
		return p + 5
	default:
		out[p] = msgpack.Int64
		binary.BigEndian.PutUint64(out[p+1:], uint64(v))
		return p + 9
	}
}

// putFloat writes v to out at p and returns the end of it.
func putFloat(out []byte, p int, v float64) int {
	out[p] = msgpack.Float64
	binary.BigEndian.PutUint64(out[p+1:], math.Float64bits(v))
	return p + 9
}

// strHead writes the head of a string of n bytes to out at p and returns the
// end of it.
func strHead(out []byte, p, n int) int {
	switch {
	case n <= maxFixStr:
		out[p] = msgpack.FixStr | byte(n)
		return p + 1
	case n < 1<<8:
		out[p], out[p+1] = msgpack.Str8, byte(n)
		return p + 2
	case n < 1<<16:
		out[p] = msgpack.Str16
		binary.BigEndian.PutUint16(out[p+1:], uint16(n))
		return p + 3
	default:
		out[p] = msgpack.Str32
		binary.BigEndian.PutUint32(out[p+1:], uint32(n))
		return p + 5
	}
}

// maxStrHead is the length of the longest head strHead writes.
const maxStrHead = 5

// strBytes returns the content of the msgpack string at the start of b.
func strBytes(b []byte) []byte {
	switch b[0] {
	case msgpack.Str8:
		return b[2:][:b[1]]
	case msgpack.Str16:
		return b[3:][:binary.BigEndian.Uint16(b[1:])]
	case msgpack.Str32:
		return b[5:][:binary.BigEndian.Uint32(b[1:])]
	default:
		return b[1:][:b[0]&^msgpack.FixStr]
	}
}

// putString writes text, which is valid UTF-8, to out at p, makes room for it,
// and returns the end of it.
func (d *Decoder) putString(p int, text []byte) int {
	out := d.out
	if p+len(text)+slack > len(out) {
		out = d.grow(p, len(text))
	}
	p = strHead(out, p, len(text))
	return p + copy(out[p:], text)
}

// wideHead replaces the one-byte head at out[head] of a container that turned
// out to have more members than fit there, and moves what was written since, up
// to p. It returns the new end.
func (d *Decoder) wideHead(head, p, count int, isMap bool) int {
	kind := byte(msgpack.Array16)
	if isMap {
		kind = msgpack.Map16
	}
	wide := 2
	if count >= 1<<16 {
		wide, kind = 4, kind+1
	}
	out := d.out
	if p+wide+slack > len(out) {
		out = d.grow(p, wide)
	}
	copy(out[head+1+wide:], out[head+1:p])
	out[head] = kind
	if wide == 2 {
		binary.BigEndian.PutUint16(out[head+1:], uint16(count))
	} else {
		binary.BigEndian.PutUint32(out[head+1:], uint32(count))
	}
	return p + wide
}
