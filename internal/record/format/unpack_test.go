package format_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

var errCut = errors.New("the value ends in the middle")

// unpack reads one msgpack value, of two members of the same key the last. It knows what records hold, and is
// strict about it; tinylib's msgp stumbles over keys that are there twice.
func unpack(b []byte) (v any, rest []byte, err error) {
	defer func() {
		if r := recover(); r != nil {
			v, rest, err = nil, b, fmt.Errorf("%w: %v", errCut, r)
		}
	}()
	u := unpacker{b}
	v = u.value()
	return v, u.b, nil
}

type unpacker struct{ b []byte }

func (u *unpacker) take(n int) []byte {
	b := u.b[:n]
	u.b = u.b[n:]
	return b
}

func (u *unpacker) number(n int) uint64 {
	var word [8]byte
	copy(word[8-n:], u.take(n))
	return binary.BigEndian.Uint64(word[:])
}

func (u *unpacker) value() any {
	c := u.take(1)[0]
	switch {
	case c < 0x80:
		return int64(c)
	case c < 0x90:
		return u.members(uint64(c & 0x0f))
	case c < 0xa0:
		return u.elements(uint64(c & 0x0f))
	case c < 0xc0:
		return string(u.take(int(c & 0x1f)))
	case c >= 0xe0:
		return int64(int8(c))
	}
	switch c {
	case 0xc0:
		return nil
	case 0xc2, 0xc3:
		return c == 0xc3
	case 0xcb:
		return math.Float64frombits(u.number(8))
	case 0xcc, 0xcd, 0xce:
		return int64(u.number(1 << (c - 0xcc)))
	case 0xcf:
		n := u.number(8)
		if n > math.MaxInt64 {
			return n
		}
		return int64(n)
	case 0xd0:
		return int64(int8(u.number(1)))
	case 0xd1:
		return int64(int16(u.number(2)))
	case 0xd2:
		return int64(int32(u.number(4)))
	case 0xd3:
		return int64(u.number(8))
	case 0xd9, 0xda, 0xdb:
		return string(u.take(int(u.number(1 << (c - 0xd9)))))
	case 0xdc, 0xdd:
		return u.elements(u.number(2 << (c - 0xdc)))
	case 0xde, 0xdf:
		return u.members(u.number(2 << (c - 0xde)))
	}
	panic(fmt.Sprintf("the code %x", c))
}

func (u *unpacker) members(n uint64) map[string]any {
	m := map[string]any{}
	for range n {
		key, ok := u.value().(string)
		if !ok {
			panic("a key that is no string")
		}
		m[key] = u.value()
	}
	return m
}

func (u *unpacker) elements(n uint64) []any {
	list := []any{}
	for range n {
		list = append(list, u.value())
	}
	return list
}
