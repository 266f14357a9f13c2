package format

import (
	"encoding/binary"
	"errors"

	"fluent-bit-openai-audit/internal/record"
	"fluent-bit-openai-audit/internal/record/msgpack"
)

// errBody is returned for a body that no Decoder wrote.
var errBody = errors.New("shape event: the body is not a map in msgpack")

// maxOpen is how many containers of a body may be open at once; the record's own array is one more.
const maxOpen = record.MaxDepth - 1

// header is the start of a value: its length is that of a string's content, or the number of values in a
// container, keys counting.
type header struct {
	size int // of the head, and of all of a scalar that is no string; 0 where the value is cut or of another kind
	kind byte
	n    int
}

// Kinds of values.
const (
	isScalar = iota
	isString
	isArray
	isMap
)

// head reads the start of the value at b[i].
func head(b []byte, i int) header {
	if uint(i) >= uint(len(b)) {
		return header{}
	}
	c := b[i]
	switch {
	case c < msgpack.FixMap || c >= msgpack.NegFix || c == msgpack.Nil || c == msgpack.False || c == msgpack.True:
		return header{size: 1}
	case c < msgpack.FixArray:
		return header{1, isMap, 2 * int(c&0x0f)}
	case c < msgpack.FixStr:
		return header{1, isArray, int(c & 0x0f)}
	case c < msgpack.Nil:
		return header{1, isString, int(c & 0x1f)}
	}
	return wideHead(b[i:], c)
}

// wideHead is head for a value whose code is more than one byte or whose number is.
func wideHead(b []byte, c byte) header {
	width := 0
	switch {
	case c == msgpack.Float64:
		width = 8
	case c >= msgpack.Uint8 && c <= msgpack.Uint64:
		width = 1 << (c - msgpack.Uint8)
	case c >= msgpack.Int8 && c <= msgpack.Int64:
		width = 1 << (c - msgpack.Int8)
	}
	if width > 0 {
		if len(b) <= width {
			return header{}
		}
		return header{size: 1 + width}
	}
	h := header{kind: isString}
	switch c {
	case msgpack.Str8:
		width = 1
	case msgpack.Str16:
		width = 2
	case msgpack.Str32:
		width = 4
	case msgpack.Array16, msgpack.Array32:
		width, h.kind = 2<<(c-msgpack.Array16), isArray
	case msgpack.Map16, msgpack.Map32:
		width, h.kind = 2<<(c-msgpack.Map16), isMap
	default:
		return header{}
	}
	if len(b) <= width {
		return header{}
	}
	switch width {
	case 1:
		h.n = int(b[1])
	case 2:
		h.n = int(binary.BigEndian.Uint16(b[1:]))
	default:
		h.n = int(binary.BigEndian.Uint32(b[1:]))
	}
	h.size = 1 + width
	if h.kind == isMap {
		h.n *= 2
	}
	return h
}

// skip returns the index after the value at b[i], around which open containers are open, and how many are
// open at its deepest place; -1 for what is not whole.
func skip(b []byte, i, open int) (end, deepest int) {
	h := head(b, i)
	if h.size == 0 {
		return -1, open
	}
	i += h.size
	switch h.kind {
	case isScalar:
		return i, open
	case isString:
		if i += h.n; i > len(b) {
			return -1, open
		}
		return i, open
	}
	if open++; open > maxOpen {
		return -1, open
	}
	deepest = open
	for range h.n {
		// Most values are short strings, which need no call.
		if uint(i) < uint(len(b)) && b[i]&0xe0 == msgpack.FixStr {
			if i += 1 + int(b[i]&0x1f); i > len(b) {
				return -1, deepest
			}
			continue
		}
		var d int
		if i, d = skip(b, i, open); i < 0 {
			return -1, deepest
		}
		deepest = max(deepest, d)
	}
	return i, deepest
}

// text returns the content of the string that v is, or nil.
func text(v []byte) []byte {
	if len(v) > 0 && v[0]&0xe0 == msgpack.FixStr && int(v[0]&0x1f) < len(v) {
		return v[1 : 1+int(v[0]&0x1f)]
	}
	h := head(v, 0)
	if h.kind != isString || h.size == 0 || h.size+h.n > len(v) {
		return nil
	}
	return v[h.size : h.size+h.n]
}

// empty reports whether v holds nothing: null, "", {} or [].
func empty(v []byte) bool {
	return len(v) == 1 && (v[0] == msgpack.Nil || v[0] == msgpack.FixStr || v[0] == msgpack.FixMap || v[0] == msgpack.FixArray)
}

// each calls do with each element of the array v, and returns false where v is none.
func each(v []byte, do func(element []byte)) bool {
	h := head(v, 0)
	if h.kind != isArray || h.size == 0 {
		return false
	}
	i := h.size
	for range h.n {
		end, _ := skip(v, i, 0)
		if end < 0 {
			return false
		}
		do(v[i:end])
		i = end
	}
	return true
}

// member returns the value of a key of the map v, the last one, or nil.
func member(v []byte, key string) (value []byte) {
	h := head(v, 0)
	if h.kind != isMap {
		return nil
	}
	i := h.size
	for range h.n / 2 {
		at, _ := skip(v, i, 0)
		if at < 0 {
			return nil
		}
		end, _ := skip(v, at, 0)
		if end < 0 {
			return nil
		}
		if string(text(v[i:at])) == key {
			value = v[at:end]
		}
		i = end
	}
	return value
}
