// Package reconcile compares the ids that should be at a destination with those that are there: which are missing, which
// are there more often than they should be, and which nobody listed.
//
// # Promises
//
// Ids are compared byte by byte, and no hash stands in for one, so that no collision can hide a missing id. (A state
// file keeps only 128 bits of an id's SHA-256: against one, two ids would have to agree in all of these.) Nothing is
// skipped: a line of an export that is not what it should be ends the reading, with its number.
//
// # Memory
//
// Both sides are sorted by id, in runs of at most Options.Memory bytes; what is more lies in files without a name in the folder for
// temporary files (TMPDIR), and is merged when all have come. So memory does not depend on how many ids there are, and
// the disk takes about their text, and 16 bytes each.
//
// The package knows neither the API nor any destination. A Comparison is one goroutine's.
package reconcile
