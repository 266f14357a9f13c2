package format

import (
	"encoding/binary"
	"errors"

	"fluent-bit-openai-audit/internal/record"
)

// errBody is returned for a body that no Decoder wrote.
var errBody = errors.New("shape event: the body is not a map in msgpack")

// The msgpack codes that a Decoder writes.
const (
	codeFixMap   = 0x80
	codeFixArray = 0x90
	codeFixStr   = 0xa0
	codeNil      = 0xc0
	codeFalse    = 0xc2
	codeTrue     = 0xc3
	codeFloat64  = 0xcb
	codeUint8    = 0xcc
	codeUint16   = 0xcd
	codeUint32   = 0xce
	codeUint64   = 0xcf
	codeInt8     = 0xd0
	codeInt64    = 0xd3
	codeStr8     = 0xd9
	codeStr16    = 0xda
	codeStr32    = 0xdb
	codeArray16  = 0xdc
	codeArray32  = 0xdd
	codeMap16    = 0xde
	codeMap32    = 0xdf
	codeNegFix   = 0xe0
)

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
	case c < codeFixMap || c >= codeNegFix || c == codeNil || c == codeFalse || c == codeTrue:
		return header{size: 1}
	case c < codeFixArray:
		return header{1, isMap, 2 * int(c&0x0f)}
	case c < codeFixStr:
		return header{1, isArray, int(c & 0x0f)}
	case c < codeNil:
		return header{1, isString, int(c & 0x1f)}
	}
	return wideHead(b[i:], c)
}

// wideHead is head for a value whose code is more than one byte or whose number is.
func wideHead(b []byte, c byte) header {
	width := 0
	switch {
	case c == codeFloat64:
		width = 8
	case c >= codeUint8 && c <= codeUint64:
		width = 1 << (c - codeUint8)
	case c >= codeInt8 && c <= codeInt64:
		width = 1 << (c - codeInt8)
	}
	if width > 0 {
		if len(b) <= width {
			return header{}
		}
		return header{size: 1 + width}
	}
	h := header{kind: isString}
	switch c {
	case codeStr8:
		width = 1
	case codeStr16:
		width = 2
	case codeStr32:
		width = 4
	case codeArray16, codeArray32:
		width, h.kind = 2<<(c-codeArray16), isArray
	case codeMap16, codeMap32:
		width, h.kind = 2<<(c-codeMap16), isMap
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
		if uint(i) < uint(len(b)) && b[i]&0xe0 == codeFixStr {
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
	if len(v) > 0 && v[0]&0xe0 == codeFixStr && int(v[0]&0x1f) < len(v) {
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
	return len(v) == 1 && (v[0] == codeNil || v[0] == codeFixStr || v[0] == codeFixMap || v[0] == codeFixArray)
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
