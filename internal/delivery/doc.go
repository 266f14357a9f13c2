// Package delivery brings records from a source to the host, each once, and saves what the source knows when the host
// has it. It knows no API and no time: a source puts records with their ids and marks with its knowledge, and the
// host takes records and tells what became of them.
//
// # Four words
//
// Records are queued (put by the source), accepted (the host's append said yes), drained (out of the host's ring
// buffer, through its filters and in its chunk; only then do they count as delivered) and saved (their ids are in the
// file).
//
// # Invariants
//
//   - Looking up whether an id is known and queueing its record are one critical section: an id is known if and only
//     if its record is queued, accepted, drained or saved. Nothing is reserved, and nothing is given back.
//   - A mark is what a source knows as of when it was put. It is saved only when every record that was put before it,
//     by whichever stream and in either lane, has drained; with it, in one transaction, go the ids of all that has
//     drained. So the file is always a state that the source was in, some moments ago.
//   - What a source takes back waits for nothing: Revise applies to the mark that is saved and to every one on its way.
//   - Neither silence nor time is evidence that records have drained; see ring.go for what is. Records that the host
//     accepted and did not store are handed over again: everything since the last evidence is forgotten, the source
//     begins anew from what is saved, as after a kill, and from then on one batch is handed over at a time, so that
//     each batch's fate can be told.
//   - Memory is bounded: a source asks for room before it fetches, and the host is given no more than Limit bytes that
//     have not drained.
//
// # Who writes what
//
// Sources call Acquire, Put, Mark and Revise from any goroutine; the host's thread calls HandOver; one goroutine runs
// Run, which saves, and so do Reset and Close, one at a time: saving is held meanwhile, and taken before mu.
// Delivery.mu guards all other fields. Known is called with mu held and must not call back; Save is called without it. A
// source's own lock comes before mu.
package delivery
