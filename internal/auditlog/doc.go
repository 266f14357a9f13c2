// Package auditlog collects every event of an organization's audit log, each once. It is a source: it reads the API and
// hands what is new to package delivery, of whose host it knows nothing.
//
// # What is known
//
// Each stream (organization, tenant) has a record, state.Stream: which time is covered, and which of it is owed, that is to
// be read again. What is to be fetched is the wanted time that is not covered, and what is owed. So a first run, a restart, a
// crash, a failed page and a late event are one case: time that is not covered, or covered time with an id that is not
// known. The file has copies of the records, marks, as they were some moments ago: see package delivery.
//
// # Invariants
//
//   - Windows under way in one stream never overlap: an event belongs to one walk. The planner (plan.go) hands out windows
//     that meet no other; a poll begins above all of them, and what it should have read below is owed.
//   - Time becomes covered in one step, when a window was walked to its last page, under the lock under which the mark is
//     put. A walk that fails covers nothing: what it had read is known by its ids, a hole stays a hole, and covered time
//     stays covered, and owed.
//   - What is taken back, or begins to be owed, while a window in it is under way is not added at that window's end.
//   - No time passes out of memory: what a poll or a sweep left out stands in the record as owed, until it was read.
//   - Ids leave the file only in time that all streams have covered in the file, that is not owed, in which nobody walks, and
//     that is older than anything is read again; the newest event that was listed bounds it, never a clock alone.
//   - No clock is believed by itself: the server's time is the one in the middle of its answers' Date, this machine's clock
//     and the newest event listed (source.Clock).
//   - Order, has_more, last_id and filters are not believed beyond what they prove (walk.go). What contradicts the API's
//     documentation is counted as an anomaly and said at intervals. A listing that leads nowhere is given up, and its window
//     halved at once: what fits on one page needs no cursor.
//
// # The way of an event
//
// plan.go -> walk.go, fetch.go -> page.go -> delivery.Put; at a window's end ledger.go -> delivery.Mark; once drained,
// save.go writes ids and marks to the state file, and lets ids leave it. live.go polls the newest part at intervals,
// collector.go runs the workers.
//
// # Who writes what
//
// Collector.mu guards what the streams say it does, and comes before the delivery's lock; neither is held while the network
// is waited for. One goroutine a stream polls, cfg.Concurrency others walk windows, one runs the delivery, which calls save.
// When the host has lost records, all of them end, and begin anew from what is saved.
package auditlog
