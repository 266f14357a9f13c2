// Package fakeopenai simulates OpenAI's audit-log API, GET /v1/organization/audit_logs, so that a connector can be
// tested against what the real API does on good days and on bad ones.
//
// A [Server] is an http.Handler. It lists events newest first with every documented filter and cursor, keeps the
// tenant events in their own listing, and answers wrong requests in OpenAI's error shapes. Its events come from
// [Server.Add], for tests that name each event, and from organizations that live by themselves (package organization).
// Events may be listed later than their time says.
//
// With [Options].Directory it lists the objects of an organization (package directory), each kind in the API's own way to
// page. With [Options].Files it serves the compliance logs of a ChatGPT workspace and of its organization, too: lists of log
// files (package logfiles), and each file by a redirect to a signed address on another host, which works for half a minute.
//
// [Server.Inject] makes it misbehave: refused keys, throttling, cut and slow and concatenated bodies, pages out of
// order, wrong cursors. A [Fault] is limited by count, chance, stream, page and time, and chance is seeded.
//
// A family of endpoints has its paths and answers in one file, its faults in another, and a line in endpoints and in
// [FaultKinds]: see auditlog.go and auditfaults.go, compliance.go and
// compliancefaults.go. Keys, scopes, the rate limit, answers in place of a page and
// accidents on the wire are the same for all.
//
// [Server.List], and for log files [Server.LogRecords], is the oracle: what the API lists at a moment, with no fault
// applied. A test compares what its connector delivered with that.
//
// Time comes from [Options].Now alone. With [Local], which serves over in-memory connections, a server and its client
// run inside a testing/synctest bubble.
package fakeopenai
