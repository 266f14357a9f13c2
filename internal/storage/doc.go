// Package storage knows whether Fluent Bit can store what it is given, before it is given.
//
// Fluent Bit accepts records into a ring buffer, and drops them without a word to the input when it then finds no
// room: on a full disk, without an inode for a chunk file, without a file descriptor to open one. It counts records
// before it writes them, so its count tells nothing. What is left has to be known before each hand-over.
//
// The rule: of each disk a sixteenth stays free, 64 MB at most, and beside it twice what is on its way. A Watch holds
// Fluent Bit's storage folder and the folder of the state file against it, and with it inodes and file descriptors.
//
// Invariants: a Watch only looks. It creates no file, and what it cannot find out it takes for room, after having
// said so: an input that never delivers helps nobody. What was once found to be a folder of Fluent Bit's is watched as
// long as the Watch lives.
//
// What it does not see: quotas of a user or group, which statfs does not report (those of a project or folder it does,
// on XFS and ext4), and the limits of an output, as storage.total_limit_size.
package storage
