// Package source holds what every source needs, whatever it reads: Core, which is all of a source but its reading
// (core.go), the way it asks the API (ask.go), the server's time (clock.go), goroutines that outlive a panic (keep.go),
// heartbeats, and what it says of its progress and of its key. It knows no source, and no host but its log.
//
// A source opens a Core, takes up what the state file knows, attaches its hooks, and embeds the Core: Start, Stop, HandOver
// and the rest of what package collector asks of it are the Core's. When the host has lost records, all that reads ends,
// and begins anew from what is saved.
//
// Nothing else here keeps a source's knowledge, and nothing takes a lock of a source: its functions are called back without one.
package source
