package cli

const stateManual = `Usage: openai-audit state show FILE [-json] [-all] [-stream NAME] [-until TIME]
       openai-audit state check FILE
       openai-audit state export FILE [-copy | -id ID [-time TIME]]
       openai-audit state forget FILE [-stream NAME] -from TIME -to TIME [-yes]

Reads the plugin's state file, which the property db names, and tells what was
delivered. The file holds, for each stream of the audit log, a ledger of covered
time, and the ids of the events that may be listed again. A second is covered
when it was read to its end and Fluent Bit took every event of it. A hole is
wanted time that is not covered although later time is: it is still to be
fetched, or fetching it failed and is tried again. Covered time that is to be
read again is such that a poll or a sweep should have read again, for events
that the API lists late, and has not come to.

show, check and export may be used while Fluent Bit runs. They copy the file and
read the copy; the file itself is neither changed nor locked, and may lie on a
read-only file system. A copy that was taken while the plugin wrote is noticed
by the number of the last commit and taken again, up to ten times. A copy of up
to 32 MiB lies in memory, a larger one in the folder for temporary files, which
the environment variable TMPDIR names. They need read permission: the file is
its owner's alone, mode 0600.

FILE and the flags may come in any order. A TIME is written as in RFC 3339,
2026-01-31T12:00:00Z, or in Unix seconds. Output is in UTC.

SHOW

    Prints for each stream what is read, of which organization as the API names
    it, with which filters, since when, how far it is covered, its holes, how
    much is to be read again, the overlap where late events have widened it, how
    many events were delivered and how many of them were listed late, the oldest
    and the newest of them, and the last poll and sweep that were completed. Ids are kept from a certain time on; events
    from before it count as known when their second is covered. What an earlier
    configuration left in the file, with another address, organization or other
    filters, is marked as an earlier query. Of compliance logs, time is that in
    which log files end, and their gaps are told: what cannot be had. Of source
    organization, it prints the last snapshot and how many objects of each kind
    are known.

    -until TIME      Is every event from before TIME in? "yes" and status 0 when
                     every stream is covered from its start up to TIME without a
                     hole, else "no", the holes, and status 1. Events that the
                     API lists late are found by the plugin's sweeps: to be sure
                     of those too, ask when sweep_window has passed since TIME.
                     Of source organization: is a snapshot closed that began at
                     TIME or later?
    -stream NAME     organization or tenant, or, of compliance logs,
                     workspace_logs or organization_logs; all is the default
    -all             list all holes, not only the newest
    -json            print the same as JSON; times are Unix seconds, and what
                     there is none of is null

CHECK

    Verifies every page of the file, the version of its layout, the stream
    records with their ledgers, the keys of the ids, the marks, and the objects
    that source organization keeps in them, and tells whether somebody has the
    file in use. Status 0 when all is good, 1 when the file is damaged or Fluent
    Bit would refuse it; then it says what to do, and which start_from loses
    nothing when the file has to be given up.

    To see whether the file is in use, a shared lock is asked for and given back
    at once. A running Fluent Bit is not disturbed by that.

EXPORT

    Prints what is in the file as JSON lines: one with the schema, one for each
    stream with its ledger, one for each id with its time, and one for each mark
    (what sources other than the audit log keep) with its size. An id is the
    SHA-256 of the event's id, cut to 16 bytes and written in hex: printf %s ID |
    sha256sum | cut -c 1-32. "time" is null for an event without a time; "seen"
    then tells when it was delivered.

    -id ID           answer whether the event with this id (audit_log-...) was
                     delivered: "known" and status 0, else "not known" and
                     status 1. Ids leave the file when nothing re-reads their
                     time, and the answer takes that into account.
    -time TIME       the event's effective_at: finds it without going through
                     all ids
    -copy            print a copy of the file itself, for a backup that can be
                     put in its place: what came after it is then delivered again

FORGET

    Takes a range of time out of the ledger, and its ids out of the file, so
    that Fluent Bit fetches it again at its next start and delivers it again:
    for when records were lost further down the pipeline. Duplicates of what did
    get through are intended then. It says what that comes to before it does it,
    and asks on a terminal. Fluent Bit must be stopped: while it has the file in
    use, forget refuses.

    -from TIME       the first second that is forgotten
    -to TIME         the first second that is not
    -stream NAME     organization or tenant; all is the default
    -yes             do not ask

    A range that begins before the start moves the start back to its begin: all
    from there on is fetched. Ids do not tell of which stream they are, so with
    one stream chosen, events of the other in that range come again too where a
    poll (overlap) or a sweep (sweep_window) still re-reads it.

Examples:

    openai-audit state show /var/lib/fluent-bit/openai_audit.db
    openai-audit state show -until 2026-01-31T00:00:00Z FILE && echo complete
    openai-audit state show -json FILE | jq '.streams[] | {stream, holes}'
    openai-audit state export -id audit_log-abc123 -time 1769860800 FILE
    openai-audit state export -copy FILE > backup.db
    openai-audit state forget FILE -from 2026-01-30T06:00:00Z -to 2026-01-30T07:00:00Z

Exit status: 0 for success and for "yes" and "known"; 1 for a failure, a bad
file, "no" and "not known"; 2 for a call that makes no sense.
`
