//go:build cgo && settleatonce

package main

// settle makes a batch count as delivered when the host accepts it. A test is built so, to show what a plugin loses
// that believes that.
const settle = -1
