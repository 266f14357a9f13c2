package main

/*
#include <stdlib.h>
*/
import "C"

import (
	"errors"
	"unsafe"

	"fluent-bit-openai-audit/internal/delivery"
)

var errNoMemory = errors.New("no memory for a batch of records")

// batch is the records of one callback in C memory, for hosts that take them as its result. It owns the memory
// until take gives it to the host. The zero value is empty.
type batch struct {
	data unsafe.Pointer
	size int
}

// add copies whole records into the batch. A batch that has some takes no more: the host takes one buffer.
func (b *batch) add(records []byte) error {
	if b.data != nil {
		return delivery.ErrEnough
	}
	if len(records) == 0 {
		return nil
	}
	b.data = C.malloc(C.size_t(len(records)))
	if b.data == nil {
		return errNoMemory
	}
	b.size = copy(unsafe.Slice((*byte)(b.data), len(records)), records)
	return nil
}

// take gives the memory away and leaves the batch empty.
func (b *batch) take() (data unsafe.Pointer, size C.size_t) {
	data, size = b.data, C.size_t(b.size)
	*b = batch{}
	return data, size
}

// free drops the records.
func (b *batch) free() {
	C.free(b.data)
	*b = batch{}
}
