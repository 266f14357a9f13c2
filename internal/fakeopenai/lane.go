package fakeopenai

import "time"

// lane is one stream from one source of events: those that were added, or those of one organization. Its events have
// positions from 0 on in ascending order of time; the API lists them from the highest position down. A lane never
// changes, so that a listing can walk it without a lock.
type lane interface {
	// Before is the number of events whose EffectiveAt is below second.
	Before(second int64) int
	// Known is the number of events that may be listed at now: which of them are, At tells.
	Known(now time.Time) int
	// At gives an event's EffectiveAt and whether the API lists it at now, without making all of the event.
	At(pos int, now time.Time) (second int64, listed bool)
	// Event returns an event, perhaps without Raw.
	Event(pos int) Event
	// Find returns the position of the event with the id.
	Find(id string) (pos int, ok bool)
	// Append appends the event's JSON.
	Append(dst []byte, pos int) []byte
}
