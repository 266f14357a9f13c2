package main

/*
#include <stdlib.h>
*/
import "C"

import (
	"errors"
	"unsafe"
)

// batchLimit is where the host closes a chunk: a larger batch would only make larger chunks.
const batchLimit = 2 << 20

var (
	errBatchFull = errors.New("batch is full")
	errNoMemory  = errors.New("no memory for a batch of records")
)

// batch gathers the records of one callback in C memory, for hosts that take them as its result. It
// owns the memory until take gives it to the host. The zero value is empty.
type batch struct {
	data unsafe.Pointer
	size int
}

// add copies whole records into the batch, or fails with errBatchFull when it has some and these would
// make it too large.
func (b *batch) add(records []byte) error {
	if len(records) == 0 {
		return nil
	}
	size := b.size + len(records)
	if b.size > 0 && size > batchLimit {
		return errBatchFull
	}
	data := C.realloc(b.data, C.size_t(size))
	if data == nil {
		return errNoMemory
	}
	copy(unsafe.Slice((*byte)(data), size)[b.size:], records)
	b.data, b.size = data, size
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
