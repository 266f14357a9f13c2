// Package compliance collects the compliance logs of a ChatGPT workspace, or of its organization: every record of every
// log file that the API lists, each once. It is a source: it reads the API and hands what is new to package delivery, of
// whose host it knows nothing.
//
// # What is known
//
// Each of the two lists (workspace_logs, organization_logs) is a stream with a record, state.Stream, as that of an audit
// log: time is covered when every file that was listed as ending in it was read to its end. What is to be listed is the
// wanted time that is not covered, and what is owed: the month that a sweep lists again once a day, for files that appear
// late. Beside it, the state file has an id for each record and for each file that was read to its end, for 31 days: one
// day longer than the API lists a file. So a first run, a restart, a crash, a file that cannot be had and a late one are
// one case: time that is not covered, or that is listed again, with files whose id is not known.
//
// # Invariants
//
//   - Time under way never overlaps: a file belongs to one walk. Workers take windows below the tip, from which on the poll
//     lists.
//   - Nothing of a file is handed over before its hash was compared with the list's. A file is read piece by piece; what
//     is larger than a megabyte lies on disk meanwhile, in a file without a name.
//   - A file's id is saved with a mark that was put behind its last record: so not before all of them have drained. A kill
//     in the middle of a file costs its download; its records that were saved are known by their ids, and not delivered
//     again.
//   - A file that cannot be had leaves the second in which it ends uncovered, which is tried again later and later. One
//     that is gone (404), whose hash stays wrong, or whose time leaves the month that the API keeps before it could be had,
//     is a gap: remembered in the state file, counted, told in heartbeats. That of a wrong hash is closed when it is right.
//   - Files of a type that the key may not read are left alone together, and tried again with one of them.
//   - The signed address of a file goes nowhere but into the request that fetches it (openai.DownloadLog).
//   - What is counted as lost by a clock is bounded by what was listed: see source.Clock.
//
// # What the API does that decides this
//
// Files are listed by their end, after a time that is left out. Several types end at one time, so that a page may end
// between two that tie: the next page is asked for from just before the last file's end on, and files that come again are
// known. Where more tie than a page has, they are asked for type by type. A slow type's files, and late ones, are listed
// behind others that end later: so polls list two hours again (twelve where costs are read), and the sweep all of the month.
// Each request of ours is an event of the audit log that is read here: one request lists all types, and exclude_own drops
// these events.
//
// # Who writes what
//
// Collector.mu guards what the streams say it does, and comes before the delivery's lock; neither is held while the network
// is waited for. One goroutine a stream polls, Config.Concurrency others walk windows, one runs the delivery, which calls
// save. When the host has lost records, all of them end, and begin anew from what is saved.
package compliance
