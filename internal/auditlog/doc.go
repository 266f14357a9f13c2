// Package collect gets every event of an organization's audit log to the host, each once.
//
// # The mechanism
//
// Each stream (organization, tenant) has a ledger of covered time. What is to be fetched is the wanted
// time less the ledger: the newest part is the live tail, polled at intervals (live.go); older holes are
// the backfill, walked by several workers at once, the newest first (backfill.go, slice.go). A poll begins
// an overlap before the last one and a sweep a window before the last one: both walk covered time again and
// find what was listed late (schedule.go, late.go). So a first run, a restart, a crash, a failed page and a
// late event are one case: time that is not covered, or covered time with an id that is not known.
//
// # The way of a record
//
// fetch (fetch.go) -> list to the end (walk.go, listing.go) -> shape in parts (part.go, pass.go) -> queue
// (queue.go) -> hand over (handover.go) -> follow through the host's ring buffer (ring.go) -> settle and
// commit (settle.go, save.go, commit.go).
//
// Ids are held by tickets (ticket.go) from being found until they are in the file. A walk claims its time
// when it has come to the end (book.go). The claim is honored, that is the time is covered, when every record
// of it was accepted by the host and has left the host's ring buffer; ids and ledger are written in one
// transaction.
//
// # What is trusted
//
// Nothing beyond what it proves: order, has_more, last_id, filters and clocks are each checked
// (order.go, listing.go, clock.go); what contradicts the API's documentation is counted as an anomaly, said
// at intervals, and worked around.
package auditlog
