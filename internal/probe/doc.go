// Package probe finds out, by reading only, whether the audit log of a configuration can be collected: about the key,
// the way to the API, each stream, this machine's clock, and what the key may do beyond its purpose.
//
// [Run] is the whole examination: one request for each stream, one more where an empty list could be the filters' doing,
// some to reckon what start_from will cost, and at most [PowerRequests] for the key's power; [Options] can leave out all of
// them. Every request is a GET, and only one that was answered with 429 is repeated. What it returns are [Finding]s: what is
// so, why it matters, and what to do. A finding claims no more than the answers show: what they leave open is [Unknown], with
// the possibilities named.
//
// No text of this package holds the key or a proxy's password. It starts no goroutine, and keeps nothing open.
package probe
