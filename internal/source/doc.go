// Package source holds what every source needs, whatever it reads: the way it asks the API (ask.go), the server's time
// (clock.go), goroutines that outlive a panic (keep.go), heartbeats, and what it says of its progress and of its key. It
// knows no source and no host.
//
// Nothing here keeps a source's knowledge, and nothing takes a lock of a source: its functions are called back without one.
package source
