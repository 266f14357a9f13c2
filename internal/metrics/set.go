package metrics

// Set is everything one instance counts. Labels are named in the comments; `stream` is organization or
// tenant, and for log files workspace_logs or organization_logs.
type Set struct {
	Events       *Vec // stream, class: events accepted by the host, class is the type up to its first dot
	Duplicates   *Vec // stream
	Excluded     *Vec // stream
	Malformed    *Vec // stream
	LateEvents   *Vec // stream
	Lateness     *Vec // stream: seconds from effective_at to first seen, of events found by polls and sweeps
	Anomalies    *Vec // stream, kind
	Files        *Vec // stream, class: log files read to their end, class is the type in lower case
	Gaps         *Vec // stream, reason: gone, wrong_sum or expired
	Requests     *Vec // stream, status: the HTTP status, or network
	Retries      *Vec // stream
	Bytes        *Vec // stream: response bodies as they came over the wire
	Behind       *Vec // stream: seconds since the last complete poll began
	Uncovered    *Vec // stream: seconds of wanted time up to now that are not covered; what is more than Behind is the backfill
	CoveredUntil *Vec // stream: Unix seconds; no event from before this time that the API has listed is missing
	LastPoll     *Vec // stream: Unix seconds of the last successful poll
	LastSnapshot *Vec // no labels: Unix seconds; when the last snapshot began that was closed and delivered
	Objects      *Vec // kind: in the last snapshot
	Unread       *Vec // kind: lists that the last snapshot has not read
	Commits      *Vec // no labels
	LastCommit   *Vec // no labels: Unix seconds
	QueueBytes   *Vec // no labels
	Refused      *Vec // no labels: appends the host did not accept
	KeyAge       *Vec // no labels: seconds since the key file changed
	Paused       *Vec // no labels: 1 while the host has paused the instance
	Info         *Vec // version: always 1

	all []*Vec
}

// Lateness bounds, in seconds: from an ordinary poll to a day.
var latenessBuckets = []float64{5, 15, 30, 60, 120, 300, 600, 1800, 3600, 10800, 21600, 43200, 86400} //nolint:gochecknoglobals // a constant table

// New returns a set in which nothing was counted yet: it has no series, With makes them.
func New() *Set {
	s := &Set{}
	vec := func(kind Kind, name, help string, labels ...string) *Vec {
		v := &Vec{name: name, help: help, kind: kind, labels: labels, values: make(map[string]*Value)}
		if kind == KindHistogram {
			v.buckets = latenessBuckets
		}
		s.all = append(s.all, v)
		return v
	}
	s.Events = vec(KindCounter, "openai_audit_events_total", "Audit events accepted by Fluent Bit.", "stream", "class")
	s.Duplicates = vec(KindCounter, "openai_audit_duplicates_total", "Events listed again and dropped, since they were delivered before.", "stream")
	s.Excluded = vec(KindCounter, "openai_audit_excluded_total", "Events dropped by exclude_event_types.", "stream")
	s.Malformed = vec(KindCounter, "openai_audit_malformed_total", "Events delivered as _malformed.", "stream")
	s.LateEvents = vec(KindCounter, "openai_audit_late_events_total", "Events that appeared in time that had been covered before.", "stream")
	s.Lateness = vec(KindHistogram, "openai_audit_lateness_seconds", "Seconds from effective_at to the first listing seen.", "stream")
	s.Anomalies = vec(KindCounter, "openai_audit_anomalies_total", "Answers of the API that contradict its documentation.", "stream", "kind")
	s.Files = vec(KindCounter, "openai_audit_log_files_total", "Compliance log files read to their end.", "stream", "class")
	s.Gaps = vec(KindCounter, "openai_audit_gaps_total", "Log files, and time, that cannot be had any more.", "stream", "reason")
	s.Requests = vec(KindCounter, "openai_audit_requests_total", "Requests to the API by status.", "stream", "status")
	s.Retries = vec(KindCounter, "openai_audit_retries_total", "Requests repeated after a failure.", "stream")
	s.Bytes = vec(KindCounter, "openai_audit_received_bytes_total", "Bytes of response bodies as they came over the wire.", "stream")
	s.Behind = vec(KindGauge, "openai_audit_behind_seconds", "Seconds since the begin of the last poll whose events were all accepted, by the server's clock.", "stream")
	s.Uncovered = vec(KindGauge, "openai_audit_uncovered_seconds", "Seconds of wanted time up to now that are not covered yet, those since the last poll among them.", "stream")
	s.CoveredUntil = vec(KindGauge, "openai_audit_covered_until_timestamp_seconds", "No event from before this time that the API has listed is missing.", "stream")
	s.LastPoll = vec(KindGauge, "openai_audit_last_poll_timestamp_seconds", "Time of the last successful poll, by the server's clock.", "stream")
	s.LastSnapshot = vec(KindGauge, "openai_audit_last_snapshot_timestamp_seconds", "When the last snapshot began that was closed and delivered, by the server's clock.")
	s.Objects = vec(KindGauge, "openai_audit_objects", "Objects of the organization in the last snapshot.", "kind")
	s.Unread = vec(KindGauge, "openai_audit_unread_lists", "Lists that the last snapshot has not read: refused, or failed.", "kind")
	s.Commits = vec(KindCounter, "openai_audit_commits_total", "Commits of the state file.")
	s.LastCommit = vec(KindGauge, "openai_audit_last_commit_timestamp_seconds", "Time of the last commit of the state file.")
	s.QueueBytes = vec(KindGauge, "openai_audit_queue_bytes", "Bytes of records waiting for Fluent Bit.")
	s.Refused = vec(KindCounter, "openai_audit_refused_appends_total", "Hand-overs that Fluent Bit did not accept; they are repeated.")
	s.KeyAge = vec(KindGauge, "openai_audit_key_file_age_seconds", "Seconds since the key file changed.")
	s.Paused = vec(KindGauge, "openai_audit_paused", "1 while Fluent Bit has paused the input.")
	s.Info = vec(KindGauge, "openai_audit_info", "Always 1; the labels tell the version.", "version")
	return s
}

// Each calls f with every value that With has made, in the order of the table.
func (s *Set) Each(f func(Sample)) {
	for _, v := range s.all {
		v.each(f)
	}
}

// Describe calls f with every metric there is, without label values and value, in the order of the table.
func (s *Set) Describe(f func(Sample)) {
	for _, v := range s.all {
		f(Sample{Name: v.name, Help: v.help, Kind: v.kind, LabelNames: v.labels, Buckets: v.buckets})
	}
}
