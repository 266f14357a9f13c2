// Package fakeopenai simulates OpenAI's audit-log API, GET /v1/organization/audit_logs, so that a connector can be
// tested against what the real API does on good days and on bad ones.
//
// A [Server] is an http.Handler. It lists events newest first with every documented filter and cursor, keeps the
// tenant events in their own listing, and answers wrong requests in OpenAI's error shapes. Its events come from
// [Server.Add], for tests that name each event, and from [Organization]s, which are not held in memory: an event is
// computed from a seed and its number, so that ten million cost no more than ten, and the present moves by itself.
// Events may be listed later than their time says.
//
// [Server.Inject] makes it misbehave: refused keys, throttling, cut and slow and concatenated bodies, pages out of
// order, cursors that lie. A [Fault] is limited by count, chance, stream, page and time, and chance is seeded.
//
// [Server.List] is the oracle: what the API lists at a moment, in order, with no fault applied. A test compares what
// its connector delivered with that.
//
// Time comes from [Options].Now alone. With [Local], which serves over in-memory connections, a server and its client
// run inside a testing/synctest bubble.
package fakeopenai
