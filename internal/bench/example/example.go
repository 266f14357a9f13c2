// Package example writes records in the way of fluent-bit-go's example: one at a
// time, from maps, with that library's encoder. It is what the benchmarks and the
// harness compare this project's way with, and no part of the plugin.
package example

import (
	"encoding/binary"
	"fmt"
	"reflect"
	"time"

	"github.com/ugorji/go/codec"
)

// flbTime and NewEncoder's handle are FLBTime and NewEncoder of
// github.com/fluent/fluent-bit-go/input, encoder.go: the same handle, the same
// extension, the same codec underneath. That file imports "C", which a comparison
// does without.
type flbTime struct{ time.Time }

func (flbTime) WriteExt(v any) []byte {
	t := v.(*flbTime)
	b := make([]byte, 8)
	binary.BigEndian.PutUint32(b, uint32(t.Unix()))           //nolint:gosec // as the original
	binary.BigEndian.PutUint32(b[4:], uint32(t.Nanosecond())) //nolint:gosec // under 10^9
	return b
}

func (flbTime) ReadExt(any, []byte) { panic("unsupported") } //nolint:forbidigo // the interface knows no error

// Encoder encodes records. It may be used again, by one goroutine at a time.
type Encoder struct{ handle *codec.MsgpackHandle }

// NewEncoder returns an encoder.
func NewEncoder() (*Encoder, error) {
	h := new(codec.MsgpackHandle)
	h.WriteExt = true
	if err := h.SetBytesExt(reflect.TypeFor[flbTime](), 0, &flbTime{}); err != nil {
		return nil, fmt.Errorf("set up encoder: %w", err)
	}
	return &Encoder{h}, nil
}

// Append appends the record of an event at a time in Unix seconds.
func (e *Encoder) Append(dst []byte, at int64, event map[string]any) ([]byte, error) {
	var packed []byte
	record := []any{[]any{flbTime{time.Unix(at, 0)}, map[string]any{}}, event}
	if err := codec.NewEncoderBytes(&packed, e.handle).Encode(record); err != nil {
		return dst, fmt.Errorf("encode record: %w", err)
	}
	return append(dst, packed...), nil
}
