package bench_test

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	jsoniter "github.com/json-iterator/go"
	"github.com/tinylib/msgp/msgp"

	"fluent-bit-openai-audit/internal/record"
)

// json-iterator's Iterator, streaming into msgp's Append functions, with the
// guards that it takes to come near the same strictness: numbers held to the
// grammar, strings to UTF-8, the page to its end.

// iterator transcodes one page; the first thing wrong stays in its err.
type iterator struct {
	it       *jsoniter.Iterator
	out      []byte
	err      error
	id, kind string
	at       int64
}

// iteratorTranscoder returns a function that appends a page's events as records.
func iteratorTranscoder() transcoder {
	it := jsoniter.ParseBytes(jsoniter.ConfigCompatibleWithStandardLibrary, nil)
	return func(dst, body []byte) ([]byte, error) {
		it.ResetBytes(body)
		it.Error = nil
		x := &iterator{it: it, out: dst}
		whole := it.ReadMapCB(func(it *jsoniter.Iterator, key string) bool {
			if key != "data" {
				it.Skip()
				return it.Error == nil
			}
			return it.ReadArrayCB(func(*jsoniter.Iterator) bool { return x.event() })
		})
		switch {
		case x.err != nil:
			return dst, x.err
		case it.Error != nil || !whole:
			return dst, errors.New("the page is not valid")
		}
		if it.WhatIsNext(); !errors.Is(it.Error, io.EOF) {
			return dst, errors.New("something follows the page")
		}
		return x.out, nil
	}
}

// event appends one event as a record, whose time is filled in at its end.
func (x *iterator) event() bool {
	if x.it.WhatIsNext() != jsoniter.ObjectValue {
		return x.fail("an event is not an object")
	}
	start := len(x.out)
	x.id, x.kind, x.at = "", "", -1
	x.out = record.AppendHead(x.out, 0, 0, []byte{emptyMap})
	if !x.value(1) {
		return false
	}
	if x.id == "" || x.kind == "" || x.at < 0 {
		return x.fail("an event has no id, no type or no time")
	}
	binary.BigEndian.PutUint32(x.out[start+4:], uint32(x.at))
	return true
}

func (x *iterator) fail(why string) bool {
	if x.err == nil {
		x.err = errors.New(why)
	}
	return false
}

func (x *iterator) value(depth int) bool {
	it := x.it
	switch it.WhatIsNext() {
	case jsoniter.StringValue:
		x.out = msgp.AppendString(x.out, valid(it.ReadString()))
	case jsoniter.NumberValue:
		return x.number(it.ReadNumber())
	case jsoniter.BoolValue:
		x.out = msgp.AppendBool(x.out, it.ReadBool())
	case jsoniter.NilValue:
		it.ReadNil()
		x.out = msgp.AppendNil(x.out)
	case jsoniter.ArrayValue:
		return x.container(func(count *uint32) bool {
			return it.ReadArrayCB(func(*jsoniter.Iterator) bool {
				*count++
				return x.value(depth + 1)
			})
		}, 0xdd)
	case jsoniter.ObjectValue:
		return x.container(func(count *uint32) bool {
			return it.ReadMapCB(func(_ *jsoniter.Iterator, key string) bool {
				*count++
				x.out = msgp.AppendString(x.out, valid(key))
				return x.member(key, depth)
			})
		}, 0xdf)
	default:
		return x.fail("no value")
	}
	return it.Error == nil || errors.Is(it.Error, io.EOF)
}

// container appends a container with a head of five bytes, whose count is
// filled in at its end.
func (x *iterator) container(read func(count *uint32) bool, head byte) bool {
	at, count := len(x.out), uint32(0)
	x.out = append(x.out, head, 0, 0, 0, 0)
	ok := read(&count)
	binary.BigEndian.PutUint32(x.out[at+1:], count)
	return ok
}

// member appends the value of a key, and notes it where it is one that counts.
func (x *iterator) member(key string, depth int) bool {
	if depth > 1 {
		return x.value(depth)
	}
	at := len(x.out)
	if !x.value(depth) {
		return false
	}
	var err error
	switch key {
	case "id":
		x.id, _, err = msgp.ReadStringBytes(x.out[at:])
	case "type":
		x.kind, _, err = msgp.ReadStringBytes(x.out[at:])
	case "effective_at":
		x.at, _, err = msgp.ReadInt64Bytes(x.out[at:])
	}
	return err == nil || x.fail("an event's key is of the wrong kind")
}

func (x *iterator) number(text json.Number) bool {
	if !grammatical(string(text)) {
		return x.fail("not a number")
	}
	switch v := integers(text).(type) {
	case int64:
		x.out = msgp.AppendInt64(x.out, v)
	case uint64:
		x.out = msgp.AppendUint64(x.out, v)
	case float64:
		x.out = msgp.AppendFloat64(x.out, v)
	case string:
		x.out = msgp.AppendString(x.out, v)
	}
	return true
}

// grammatical tells a JSON number from the rest of what ReadNumber accepts.
func grammatical(s string) bool {
	s = strings.TrimPrefix(s, "-")
	whole := leadingDigits(s)
	if whole == 0 || whole > 1 && s[0] == '0' {
		return false
	}
	if s = s[whole:]; strings.HasPrefix(s, ".") {
		n := leadingDigits(s[1:])
		if n == 0 {
			return false
		}
		s = s[1+n:]
	}
	if s == "" || s[0]|0x20 != 'e' {
		return s == ""
	}
	if s = s[1:]; s != "" && (s[0] == '+' || s[0] == '-') {
		s = s[1:]
	}
	return s != "" && leadingDigits(s) == len(s)
}

func leadingDigits(s string) int {
	for i := range len(s) {
		if s[i]-'0' > 9 {
			return i
		}
	}
	return len(s)
}

// valid repairs s rune by rune, as encoding/json does.
func valid(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return string([]rune(s))
}
