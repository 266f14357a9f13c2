package record

import (
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"

	"fluent-bit-openai-audit/internal/record/msgpack"
)

// Errors of AppendJSON. None holds anything of the record.
var (
	errCut   = errors.New("write record as JSON: the record ends in the middle")
	errShape = errors.New("write record as JSON: not a record of the form [[time, metadata], body]")
	errType  = errors.New("write record as JSON: a value of a type that has no place in JSON")
	errKey   = errors.New("write record as JSON: a map key that is not a string")
	errDeep  = errors.New("write record as JSON: too many containers within one another")
)

// AppendJSON takes the first of records, whole Fluent Bit V2 records one after
// the other, and appends its body to dst as one line of JSON without the newline;
// rest is what follows it. Keys keep their order, integers every digit, and a
// float stays recognizable as one. Characters that a terminal would obey are
// escaped. On an error dst and records are returned as they were.
func AppendJSON(dst, records []byte) (line, rest []byte, err error) {
	r := reader{in: records}
	r.header()
	line = r.appendValue(dst, 1)
	if r.err != nil {
		return dst, records, r.err
	}
	return line, r.in, nil
}

// AppendValueJSON appends value, one msgpack value as a Decoder writes them, to dst as JSON, in the form that
// AppendJSON gives it. On an error dst is returned as it was.
func AppendValueJSON(dst, value []byte) ([]byte, error) {
	r := reader{in: value}
	text := r.appendValue(dst, 1)
	if r.err != nil {
		return dst, r.err
	}
	return text, nil
}

// reader takes msgpack values off the front of in until one is not as it should
// be; err then says why.
type reader struct {
	in  []byte
	err error
}

// take returns the next n bytes, or nil at an error.
func (r *reader) take(n uint64) []byte {
	if r.err == nil && n > uint64(len(r.in)) {
		r.err = errCut
	}
	if r.err != nil {
		return nil
	}
	b := r.in[:n]
	r.in = r.in[n:]
	return b
}

// short takes the string that comes next, if it is one of at most 31 bytes.
func (r *reader) short() (s []byte, ok bool) {
	in := r.in
	if len(in) == 0 || in[0]&^maxFixStr != msgpack.FixStr {
		return nil, false
	}
	end := 1 + int(in[0]&maxFixStr)
	if end > len(in) {
		return nil, false
	}
	r.in = in[end:]
	return in[1:end], true
}

// number returns the next n bytes, at most eight, as a big-endian number.
func (r *reader) number(n int) uint64 {
	var word [8]byte
	copy(word[8-n:], r.take(uint64(n)))
	return binary.BigEndian.Uint64(word[:])
}

// header takes what stands before the body.
func (r *reader) header() {
	const outer, inner = msgpack.FixArray | 2, msgpack.FixArray | 2
	head := r.take(4)
	if r.err == nil && string(head) != string([]byte{outer, inner, msgpack.FixExt8, timeExt}) {
		r.err = errShape
	}
	r.take(8)
	if r.err == nil && !startsMap(r.in) {
		r.err = errShape
	}
	r.appendValue(nil, 1) // the metadata
	if r.err == nil && !startsMap(r.in) {
		r.err = errShape
	}
}

func startsMap(b []byte) bool {
	c := at(b, 0)
	return len(b) == 0 || c&^maxFixMap == msgpack.FixMap || c == msgpack.Map16 || c == msgpack.Map32
}

// appendValue takes one value and appends it as JSON. open is how many
// containers are open around it.
func (r *reader) appendValue(dst []byte, open int) []byte {
	first := r.take(1)
	if r.err != nil {
		return dst
	}
	switch c := first[0]; {
	case c >= msgpack.FixStr && c < msgpack.Nil: // most of all values
		return appendQuoted(dst, r.take(uint64(c&maxFixStr)))
	case c < msgpack.FixMap:
		return strconv.AppendUint(dst, uint64(c), 10)
	case c < msgpack.FixArray:
		return r.appendMap(dst, uint64(c&maxFixMap), open)
	case c < msgpack.FixStr:
		return r.appendArray(dst, uint64(c&maxFixMap), open)
	case c >= msgpack.NegFix:
		return strconv.AppendInt(dst, int64(int8(c)), 10)
	case c == msgpack.Nil:
		return append(dst, "null"...)
	case c == msgpack.False:
		return append(dst, "false"...)
	case c == msgpack.True:
		return append(dst, "true"...)
	case c == msgpack.Float64:
		return r.appendFloat(dst, math.Float64frombits(r.number(8)))
	case c >= msgpack.Uint8 && c <= msgpack.Uint64:
		return strconv.AppendUint(dst, r.number(1<<(c-msgpack.Uint8)), 10)
	case c >= msgpack.Int8 && c <= msgpack.Int64:
		n := 1 << (c - msgpack.Int8)
		unused := 64 - 8*n
		return strconv.AppendInt(dst, int64(r.number(n))<<unused>>unused, 10)
	case c >= msgpack.Str8 && c <= msgpack.Str32:
		return appendQuoted(dst, r.take(r.number(1<<(c-msgpack.Str8))))
	case c == msgpack.Array16 || c == msgpack.Array32:
		return r.appendArray(dst, r.number(2<<(c-msgpack.Array16)), open)
	case c == msgpack.Map16 || c == msgpack.Map32:
		return r.appendMap(dst, r.number(2<<(c-msgpack.Map16)), open)
	}
	r.err = errType
	return dst
}

func (r *reader) appendArray(dst []byte, n uint64, open int) []byte {
	if open >= MaxDepth {
		r.err = errDeep
	}
	dst = append(dst, '[')
	for i := uint64(0); i < n && r.err == nil; i++ {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = r.appendValue(dst, open+1)
	}
	return append(dst, ']')
}

func (r *reader) appendMap(dst []byte, n uint64, open int) []byte {
	if open >= MaxDepth {
		r.err = errDeep
	}
	dst = append(dst, '{')
	for i := uint64(0); i < n && r.err == nil; i++ {
		if i > 0 {
			dst = append(dst, ',')
		}
		if s, ok := r.short(); ok { // most of all keys
			dst = appendQuoted(dst, s)
		} else {
			if c := at(r.in, 0); (c < msgpack.Str8 || c > msgpack.Str32) && c&^maxFixStr != msgpack.FixStr && len(r.in) > 0 {
				r.err = errKey
				break
			}
			dst = r.appendValue(dst, open)
		}
		dst = append(dst, ':')
		if s, ok := r.short(); ok { // most of all values
			dst = appendQuoted(dst, s)
		} else {
			dst = r.appendValue(dst, open+1)
		}
	}
	return append(dst, '}')
}

// appendFloat appends v in the form encoding/json gives it, with a fraction
// where it would have neither fraction nor exponent.
func (r *reader) appendFloat(dst []byte, v float64) []byte {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		r.err = errType
		return dst
	}
	format := byte('f')
	if a := math.Abs(v); a != 0 && (a < 1e-6 || a >= 1e21) {
		format = 'e'
	}
	from := len(dst)
	dst = strconv.AppendFloat(dst, v, format, -1, 64)
	if format == 'f' && !slices.Contains(dst[from:], '.') {
		dst = append(dst, ".0"...)
	}
	return dst
}

// appendQuoted appends s as a JSON string. Most strings have nothing to escape: they are checked and copied in one go, eight
// bytes at a time.
func appendQuoted(dst, s []byte) []byte {
	from, n := len(dst), len(s)
	dst = slices.Grow(dst, n+2)
	out := dst[from : from+n+2]
	i := 0
	for ; i+8 <= n; i += 8 {
		w := binary.LittleEndian.Uint64(s[i:])
		if special(w) != 0 {
			return appendEscaped(dst, s)
		}
		binary.LittleEndian.PutUint64(out[1+i:], w)
	}
	switch {
	case i == n:
	case n >= 8: // the last eight, of which some are copied again
		w := binary.LittleEndian.Uint64(s[n-8:])
		if special(w) != 0 {
			return appendEscaped(dst, s)
		}
		binary.LittleEndian.PutUint64(out[n-7:], w)
	case n >= 4: // likewise, four and four
		low, high := binary.LittleEndian.Uint32(s), binary.LittleEndian.Uint32(s[n-4:])
		if special(uint64(low)|uint64(high)<<32) != 0 {
			return appendEscaped(dst, s)
		}
		binary.LittleEndian.PutUint32(out[1:], low)
		binary.LittleEndian.PutUint32(out[n-3:], high)
	default:
		for i, c := range s {
			if c-' ' >= 0x80-' ' || c == '"' || c == '\\' {
				return appendEscaped(dst, s)
			}
			out[1+i] = c
		}
	}
	out[0], out[n+1] = '"', '"'
	return dst[:from+n+2]
}

// appendEscaped is appendQuoted for a string that has something to escape.
func appendEscaped(dst, s []byte) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for i := 0; i < len(s); {
		j := plainRun(s, i)
		dst = append(dst, s[i:j]...)
		if i = j; i == len(s) {
			break
		}
		r, size := utf8.DecodeRune(s[i:])
		i += size
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r == '\n':
			dst = append(dst, '\\', 'n')
		case r == '\r':
			dst = append(dst, '\\', 'r')
		case r == '\t':
			dst = append(dst, '\\', 't')
		case r < ' ' || r >= 0x80 && r < 0xa0:
			dst = append(dst, '\\', 'u', '0', '0', hex[r>>4], hex[r&15])
		default:
			dst = utf8.AppendRune(dst, r)
		}
	}
	return append(dst, '"')
}
