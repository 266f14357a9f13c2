// Package inventory reads what there is in an organization: users, projects, keys, roles and so on, in snapshots, and tells
// what each one adds, changes or lacks against the one before. It is a source: it asks with GET alone, and hands what is new
// to package delivery.
//
// # What is known
//
// A list is one kind of objects, of the organization or of one object that has such a list (package kinds). Its record in the
// state file, known, is one rule: it holds each object as it was told of last, and the snapshot in which the list was last
// read to its end. An object that differs from its record is told of, and the record is marked behind what was told. So a
// first snapshot, a restart, a crash within a list and an object that changed are one case.
//
// # Invariants
//
//   - A record of an object and the mark that says it was told are put one behind the other: the file never knows of an
//     object what the host has not stored. What the host has stored without its mark is known by its id until the mark comes.
//   - An object counts as removed when a list was read to its end twice in a row without it, and its list alone: a list
//     that could not be read to its end, was refused, or hangs on an object that is gone or archived, tells nothing.
//   - A snapshot is closed once each of its lists was read to its end, or is known not to be served; what was not read stands
//     in the record that closes it. One that was cut off goes on: lists that it has read are not read again. One that began an
//     interval ago or more is begun anew.
//   - A list that is refused costs the others nothing. A kind is asked no more in a snapshot once several of its lists were
//     refused and none was served. A snapshot of which nothing is served is not closed.
//   - What is told is the object as it came, but for whole keys, which are cut out. What is compared is canonical,
//     without volatile fields, and a field that is null counts as one that is not there.
//   - Nothing that the API lists is believed beyond what it proves: a list ends with a page that says so, and pages that lead
//     nowhere end it unread. Ids that cannot stand in a path are not asked with. Memory for a list is bounded.
//
// # The way of an object
//
// snapshot.go decides which lists are to be read; read.go reads one, page by page (page.go), compares its objects
// (object.go) and puts records (record.go); save.go writes what has drained, as known.go packs it.
//
// # Who writes what
//
// Collector.mu guards what is known of lists and the snapshot under way, and comes before the delivery's lock. A list is read
// by one goroutine at a time. When the host has lost records, all reading ends, and begins anew from what is saved.
package inventory
