package fakeopenai

import "time"

// A lane is one stream of one source of events: those that were added, or those of one organization. Its events have
// positions from 0 on in ascending order of time; the API lists them from the highest position down. A lane is
// immutable, so that a listing can walk it without a lock.
type lane interface {
	// before is the number of events whose EffectiveAt is below second.
	before(second int64) int
	// known is the number of events that exist at now; each one's own listing time is still to be looked at.
	known(now time.Time) int
	// prompt reports whether every known event is listed.
	prompt() bool
	// at gives an event's EffectiveAt and whether the API lists it at now.
	at(pos int, now time.Time) (second int64, listed bool)
	// filter compiles a query's filters; nil lets every event pass.
	filter(q *query) func(pos int) bool
	// id returns an event's id.
	id(pos int) string
	// find returns the position of the event with the id.
	find(id string) (pos int, ok bool)
	// write appends the event's JSON.
	write(p *pageBuffer, pos int)
	// event returns the event itself.
	event(pos int) Event
}
