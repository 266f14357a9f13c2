package record_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A tree is a decoded value: nil, bool, int64, uint64 beyond int64, float64,
// string, []any of trees, object, or ext.
type tree = any

// object is a map as it was sent: in its order, with every key.
type object []member

type member struct {
	key   string
	value tree
}

type ext struct {
	kind int8
	data string
}

// hostDepth is how many containers the decoder in Fluent Bit can hold open.
const hostDepth = 32

// unpack is a decoder for msgpack of its own: strict, with the host's limit. It
// returns the first value of b and what follows it.
func unpack(b []byte) (tree, []byte, error) { return unpackAt(b, 0) }

var errShort = errors.New("unpack: the value ends early")

func unpackAt(b []byte, open int) (tree, []byte, error) {
	if len(b) == 0 {
		return nil, nil, errShort
	}
	c, b := b[0], b[1:]
	switch {
	case c < 0x80:
		return int64(c), b, nil
	case c < 0x90:
		return unpackMap(b, uint64(c&15), open)
	case c < 0xa0:
		return unpackArray(b, uint64(c&15), open)
	case c < 0xc0:
		return unpackString(b, uint64(c&31))
	case c >= 0xe0:
		return int64(int8(c)), b, nil
	}
	width := map[byte]int{
		0xca: 4, 0xcb: 8, 0xcc: 1, 0xcd: 2, 0xce: 4, 0xcf: 8, 0xd0: 1, 0xd1: 2, 0xd2: 4, 0xd3: 8,
		0xd9: 1, 0xda: 2, 0xdb: 4, 0xdc: 2, 0xdd: 4, 0xde: 2, 0xdf: 4,
	}[c]
	if len(b) < width {
		return nil, nil, errShort
	}
	var word [8]byte
	copy(word[8-width:], b)
	n := binary.BigEndian.Uint64(word[:])
	b = b[width:]
	switch c {
	case 0xc0:
		return nil, b, nil
	case 0xc2, 0xc3:
		return c == 0xc3, b, nil
	case 0xcb:
		return math.Float64frombits(n), b, nil
	case 0xcc, 0xcd, 0xce, 0xcf:
		if n > math.MaxInt64 {
			return n, b, nil
		}
		return int64(n), b, nil
	case 0xd0:
		return int64(int8(n)), b, nil
	case 0xd1:
		return int64(int16(n)), b, nil
	case 0xd2:
		return int64(int32(n)), b, nil
	case 0xd3:
		return int64(n), b, nil
	case 0xd7:
		if len(b) < 9 {
			return nil, nil, errShort
		}
		return ext{int8(b[0]), string(b[1:9])}, b[9:], nil
	case 0xd9, 0xda, 0xdb:
		return unpackString(b, n)
	case 0xdc, 0xdd:
		return unpackArray(b, n, open)
	case 0xde, 0xdf:
		return unpackMap(b, n, open)
	}
	return nil, nil, fmt.Errorf("unpack: no value starts with %#x", c)
}

func unpackString(b []byte, n uint64) (tree, []byte, error) {
	if n > uint64(len(b)) {
		return nil, nil, errShort
	}
	if !utf8.Valid(b[:n]) {
		return nil, nil, fmt.Errorf("unpack: the string %q is not UTF-8", b[:n])
	}
	return string(b[:n]), b[n:], nil
}

func unpackArray(b []byte, n uint64, open int) (tree, []byte, error) {
	if open == hostDepth {
		return nil, nil, errors.New("unpack: too deep for the host")
	}
	values := []any{}
	for range n {
		v, rest, err := unpackAt(b, open+1)
		if err != nil {
			return nil, nil, err
		}
		values, b = append(values, v), rest
	}
	return values, b, nil
}

func unpackMap(b []byte, n uint64, open int) (tree, []byte, error) {
	if open == hostDepth {
		return nil, nil, errors.New("unpack: too deep for the host")
	}
	members := object{}
	for range n {
		key, rest, err := unpackAt(b, open+1)
		if err != nil {
			return nil, nil, err
		}
		name, ok := key.(string)
		if !ok {
			return nil, nil, errors.New("unpack: a key is not a string")
		}
		v, rest, err := unpackAt(rest, open+1)
		if err != nil {
			return nil, nil, err
		}
		members, b = append(members, member{name, v}), rest
	}
	return members, b, nil
}

// show writes a tree out, so that two are equal if and only if their texts are.
func show(v tree) string {
	var b strings.Builder
	showTo(&b, v)
	return b.String()
}

func showTo(b *strings.Builder, v tree) {
	switch v := v.(type) {
	case object:
		b.WriteByte('{')
		for i, m := range v {
			if i > 0 {
				b.WriteByte(' ')
			}
			fmt.Fprintf(b, "%q:", m.key)
			showTo(b, m.value)
		}
		b.WriteByte('}')
	case []any:
		b.WriteByte('[')
		for i, e := range v {
			if i > 0 {
				b.WriteByte(' ')
			}
			showTo(b, e)
		}
		b.WriteByte(']')
	case string:
		fmt.Fprintf(b, "%q", v)
	case float64: // with its sign, also of zero, and its kind
		fmt.Fprintf(b, "float(%s)", strconv.FormatFloat(v, 'g', -1, 64))
	case ext:
		fmt.Fprintf(b, "ext(%d %x)", v.kind, v.data)
	default:
		fmt.Fprint(b, v)
	}
}
