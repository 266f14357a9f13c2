// Package state keeps what has been delivered: for each stream a ledger of covered time, and the ids of
// events that may be listed again. Both lie in one bbolt file, and one transaction writes both.
//
// # Promises
//
// A commit is whole or not at all, also across a kill or a power cut. A file is created whole, with mode
// 0600, or not at all. A file that is empty, cut, overwritten, foreign or held by somebody else is
// refused and left untouched: every page is checked before bbolt maps it. A file that goes bad under way
// turns into an error of the call at hand, never into a fault that takes the process down. The cost of a
// commit depends on what it writes, not on the size of the file.
//
// # Reading it from outside
//
// A Snapshot is a copy of the file as one commit left it. It is taken without a lock, also while an
// instance writes, and needs read permission only. Inspect looks at every part of a file, and Salvage
// finds stream records in one that is past opening. Discard, which needs the file's lock, takes time out
// of the ledgers so that it is fetched again.
//
// # Limits
//
// An id is known by its SHA-256, cut to 16 bytes, together with its effective_at: an event that the API
// lists again with another time counts as another event. The ids of time that nobody re-reads leave.
//
// The package imports neither the network nor the host. A DB is safe for concurrent use.
package state
