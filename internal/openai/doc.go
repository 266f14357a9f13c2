// Package openai reads an organization's audit log from OpenAI's API, one
// request at a time.
//
// [Client.AuditLogs] sends one GET and returns the body of the answer as it
// came, inflated, or an [*Error] that says what went wrong ([Kind] for what the
// caller does next, [Reason] for what exactly happened) and, by
// [Error.Remedy], what an operator can do about it. The client never decodes
// events, never retries by itself (the one exception: a key file that holds a
// new key), and never waits beyond the request's time limit. How many requests
// run, and how fast they follow each other, is for the caller to decide with a
// [Gate], a [Backoff] and [Wait].
//
// What always holds:
//
//   - The key travels in the Authorization header of requests to the configured
//     host, and nowhere else: no error, text or value of this package shows it,
//     and what a server echoes of it is cut. A redirect to another host, port or
//     scheme is refused before anything is sent there.
//   - Every answer is bounded: in bytes on the wire, in bytes after inflating,
//     and in time from the first byte sent to the last byte read.
//   - Certificates are verified. No option turns that off.
//
// A Client, a Gate and the key sources are safe for concurrent use. None of
// them starts a goroutine that outlives its calls; [Client.CloseIdle] drops the
// connections kept for reuse.
package openai
