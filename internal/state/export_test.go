package state

import "io"

// Verify is verify.
func Verify(r io.ReaderAt, size int64) error { return verify(r, size) }

// CopyInMemory is how large a copy may be to lie in memory.
const CopyInMemory = copyInMemory

// DecodeStream is decodeStream.
func DecodeStream(key, value []byte) (*Stream, error) { return decodeStream(key, value) }
