//go:build cgo && !settleatonce

package main

// settle is how long after it left the host's ring buffer a batch does not count as delivered yet: as long as is
// right for Fluent Bit.
const settle = 0
