package auditlog

// Anomalies: what an answer did that the API's documentation does not allow for.
const (
	anomalyOrder        = "order"           // not newest first
	anomalyNullCursor   = "null_cursor"     // more is said to follow, but not from where
	anomalyCursor       = "repeated_cursor" // a page led back to one that was read
	anomalyRefused      = "refused_cursor"  // a cursor the API gave was refused
	anomalyEarlyEnd     = "early_end"       // a full page said to be the last, and more came
	anomalyEmptyPage    = "empty_page"      // no events, but more is said to follow
	anomalyFilter       = "ignored_filter"  // events outside the time asked for
	anomalyConcatenated = "concatenated"    // several JSON documents in one body
	anomalyEnvelope     = "envelope"        // data or has_more is null or missing, or a byte order mark
	anomalyClock        = "clock"           // the server's clock went back, or is not told
)

// anomalyTexts says of each kind what the API did.
var anomalyTexts = map[string]string{ //nolint:gochecknoglobals // a constant table
	anomalyOrder:        "the API did not list events newest first",
	anomalyNullCursor:   "the API announced more events but gave no cursor (last_id is null)",
	anomalyCursor:       "the API's cursor led back to a page that had been read",
	anomalyRefused:      "the API refused a cursor (after) that it had given, or failed on that page again and again",
	anomalyEarlyEnd:     "the API announced the end (has_more is false) although more events followed",
	anomalyEmptyPage:    "the API sent an empty page and announced more events",
	anomalyFilter:       "the API listed events outside the time asked for (effective_at)",
	anomalyConcatenated: "the API sent several JSON documents in one body",
	anomalyEnvelope:     "the API sent a list whose data or has_more is null, missing or beside an error, or a byte order mark before it",
	anomalyClock:        "the API's answers carry no Date; the times of its events are used in its place",
}
