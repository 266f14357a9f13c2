//go:build cgo

package main

import (
	"bytes"
	"errors"
	"testing"
	"unsafe"

	"fluent-bit-openai-audit/internal/delivery"
)

func TestBatch(t *testing.T) {
	large := bytes.Repeat([]byte{7}, 3<<20)
	tests := []struct {
		name string
		add  [][]byte
		want []byte
		err  error // of the last add
	}{
		{"nothing", nil, nil, nil},
		{"empty records", [][]byte{{}}, nil, nil},
		{"one", [][]byte{{1, 2}}, []byte{1, 2}, nil},
		{"two", [][]byte{{1, 2}, {3}}, []byte{1, 2}, delivery.ErrEnough},
		{"large", [][]byte{large}, large, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var b batch
			var err error
			for _, records := range test.add {
				err = b.add(records)
			}
			if !errors.Is(err, test.err) {
				t.Errorf("add: %v, want %v", err, test.err)
			}
			data, size := b.take()
			if got := unsafe.Slice((*byte)(data), size); !bytes.Equal(got, test.want) {
				t.Errorf("batch has %d bytes, want %d", len(got), len(test.want))
			}
			if b.data != nil || b.size != 0 {
				t.Error("the batch is not empty after take")
			}
			(&batch{data: data}).free()
		})
	}
}
