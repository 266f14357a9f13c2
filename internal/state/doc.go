// Package state keeps what has been delivered: for each stream a ledger of covered time, the ids of events
// that may be listed again, and the marks of sources that know no such ledger. All lie in one bbolt file, and
// one transaction writes what belongs together.
//
// # Promises
//
// A commit is whole or not at all, also across a kill or a power cut. A file is created whole, with mode
// 0600, or not at all. A file that is empty, cut, overwritten, foreign or held by somebody else is
// refused and left untouched: every page is checked before bbolt maps it. A file that goes bad under way
// turns into an error of the call at hand, never into a fault that takes the process down. The cost of a
// commit depends on what it writes, not on the size of the file. A file that is no longer the one at its path
// is not written.
//
// A file of a former schema is read as it is, by everything, and brought up to date by the first commit; one
// of a later schema is refused by name.
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
