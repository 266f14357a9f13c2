package cli

const reconcileManual = `Usage: openai-audit reconcile -from TIME -to TIME -have FILE [-id PATH] [-wide]
                              [-json] [-p NAME=VALUE]... [-refetch [-yes]]
       openai-audit reconcile -from TIME -to TIME -have FILE [-id PATH] [-wide]
                              [-json] -state FILE [-refetch [-yes]]

Proves that a destination has every event of the audit log between two times, or
tells which are missing, which are there more than once, and which the log does
not have. The events that should be there are listed from the API, with the
plugin's care, and no state file of a Fluent Bit is touched. What is there is
what was exported from the destination: the destination itself is not asked.

    -from TIME       the first second that is compared, as in RFC 3339,
                     2026-01-31T12:00:00Z, or in Unix seconds; by the time of
                     the event (effective_at), not that of its arrival
    -to TIME         the first second that is not; not in the future
    -have FILE       the ids that the destination has of that time; - is
                     standard input
    -id PATH         where the id stands in JSON lines; id by default, event.id
                     of format ecs, metadata.uid of format ocsf. A dot parts
                     keys, and may be part of one
    -wide            FILE holds other time too: what is there and not expected
                     is counted as outside, and is no difference
    -json            print JSON lines: one for each finding, then one with what
                     they come to. Times are Unix seconds
    -p NAME=VALUE    set a property, as for tail; as often as needed. The
                     filters (scope, event_types, exclude_event_types and
                     others) have to be those of the plugin
    --NAME=VALUE     the same, shorter
    -state FILE      do not ask the API: what should be there is what this state
                     file has. It keeps the ids of the time that is read again,
                     a day by default, and has to have covered all that is
                     compared. Events that exclude_event_types leaves out stand
                     in it too
    -refetch         let the state file forget the spans in which events are
                     missing, as openai-audit state forget does: Fluent Bit
                     fetches them again at its next start. The file is that of
                     -state, or of -p db=FILE; Fluent Bit must be stopped.
                     Events of the same seconds that are there come again, too
    -yes             with -refetch, do not ask

FILE holds one id a line, or a JSON object a line, plain or compressed with
gzip. A line that is neither ends the comparison, with its number.

Ids are compared as they are, and so none can hide another; with -state, by the
first 128 bits of their SHA-256. Memory does not depend on how many there are:
what does not fit into 16 MiB is sorted on disk, where TMPDIR says. A listing
that fails is tried again, however long: bound it with timeout(1).

Examples:

    openai-audit reconcile -from 2026-01-30T00:00:00Z -to 2026-01-31T00:00:00Z \
        -have ids.txt -p api_key_file=key.txt
    zcat export/*.gz | openai-audit reconcile -from 1769731200 -to 1769817600 \
        -have - -id event.id -json -p api_key_file=key.txt

Exit status:

    0    all are there, each once, and nothing else
    1    something is missing, repeated or foreign
    2    it could not be found out, or the call is wrong
`
