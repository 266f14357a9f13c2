package bench_test

import (
	"bytes"
	"encoding/binary"
	stdjson "encoding/json"
	"errors"
	"reflect"
	"strconv"
	"time"

	jsoniter "github.com/json-iterator/go"
	"github.com/ugorji/go/codec"
)

// What the example of fluent-bit-go does, and most plugins in its manner: decode
// the page to maps, and have its encoder write one record after the other.
//
// The example lets every integer become a float. Here they are decoded as
// json.Number and turned into integers in a pass of their own, without which the
// comparison would be with something that is wrong.

// flbTime and newEncoder are FLBTime and NewEncoder of
// github.com/fluent/fluent-bit-go/input, encoder.go: the same handle, the same
// extension, the same codec underneath. That file imports "C", which these
// benchmarks do without.
type flbTime struct{ time.Time }

func (flbTime) WriteExt(v any) []byte {
	t := v.(*flbTime)
	b := make([]byte, 8)
	binary.BigEndian.PutUint32(b, uint32(t.Unix()))
	binary.BigEndian.PutUint32(b[4:], uint32(t.Nanosecond()))
	return b
}

func (flbTime) ReadExt(any, []byte) { panic("unsupported") }

func newHandle() (*codec.MsgpackHandle, error) {
	h := new(codec.MsgpackHandle)
	h.WriteExt = true
	err := h.SetBytesExt(reflect.TypeFor[flbTime](), 0, &flbTime{})
	return h, err
}

// decodeMap is Unmarshal with numbers kept as json.Number.
type decodeMap func(body []byte, v any) error

func jsoniterDecoder() decodeMap {
	return jsoniter.Config{EscapeHTML: true, UseNumber: true}.Froze().Unmarshal
}

func stdDecoder() decodeMap {
	return func(body []byte, v any) error {
		d := stdjson.NewDecoder(bytes.NewReader(body))
		d.UseNumber()
		return d.Decode(v)
	}
}

// mapTranscoder returns a function that appends a page's events as records.
func mapTranscoder(decode decodeMap) (transcoder, error) {
	handle, err := newHandle()
	if err != nil {
		return nil, err
	}
	return func(dst, body []byte) ([]byte, error) {
		var page struct {
			Data []map[string]any `json:"data"`
		}
		if err := decode(body, &page); err != nil {
			return dst, err
		}
		for _, event := range page.Data {
			integers(event)
			id, _ := event["id"].(string)
			kind, _ := event["type"].(string)
			at, ok := event["effective_at"].(int64)
			if id == "" || kind == "" || !ok {
				return dst, errors.New("an event has no id, no type or no time")
			}
			var packed []byte
			record := []any{[]any{flbTime{time.Unix(at, 0)}, map[string]any{}}, event}
			if err := codec.NewEncoderBytes(&packed, handle).Encode(record); err != nil {
				return dst, err
			}
			dst = append(dst, packed...)
		}
		return dst, nil
	}, nil
}

// integers replaces every json.Number in v by the number it spells.
func integers(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, member := range v {
			v[key] = integers(member)
		}
	case []any:
		for i, element := range v {
			v[i] = integers(element)
		}
	case stdjson.Number:
		if n, err := strconv.ParseInt(string(v), 10, 64); err == nil {
			return n
		}
		if n, err := strconv.ParseUint(string(v), 10, 64); err == nil {
			return n
		}
		if f, err := v.Float64(); err == nil {
			return f
		}
		return string(v)
	}
	return v
}
