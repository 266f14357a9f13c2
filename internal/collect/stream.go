package collect

import (
	"time"

	"fluent-bit-openai-audit/internal/config"
	"fluent-bit-openai-audit/internal/openai"
	"fluent-bit-openai-audit/internal/record"
	"fluent-bit-openai-audit/internal/state"
)

// The streams of the audit log, as metadata, metrics and the state file name them.
const (
	streamOrganization = "organization"
	streamTenant       = "tenant"
)

// stream is one of the two lists the API keeps, with what is being done about it. What begins with rec is guarded by
// the book's lock; what stands before it never changes.
type stream struct {
	name     string
	tenant   bool
	types    []string  // the event types to ask for, where they differ from the filters'; nil when they do not
	metadata [2][]byte // msgpack: of an ordinary event, of a late one

	rec      *state.Stream   // as it stands; the file may lag behind
	changed  bool            // rec differs from what the file has
	older    []state.Layer   // what was covered under other filters
	known    bool            // a first answer came: rec.Start means something
	refused  bool            // the API does not serve this stream
	inflight state.Ledger    // claimed, or being walked, but not covered yet
	started  int64           // the server's time when this process took the stream up
	floor    int64           // backfill works below, the live walk above
	overlap  int64           // seconds; wider than configured after very late events
	final    int64           // before it, nothing was read by the backfill within an overlap of its happening
	claims   map[*claim]bool // that are not covered yet, nor given up

	slices   []*slice     // being walked by workers
	deferred []deferral   // holes whose last walk failed
	broken   bool         // the last poll failed
	sweep    *errand      // the sweep under way, nil when there is none
	unswept  state.Ledger // what it still has to walk
	sweepDue time.Time

	delivered uint64 // accepted since the collector began
	beaten    uint64 // of these, those that a heartbeat has told of
	polls     int    // completed since then
}

// deferral is a hole that is left alone for a while since its walk failed.
type deferral struct {
	span  state.Span
	until time.Time
	tries int
}

// errand is a poll or a sweep: when everything that was walked for it is covered, its begin becomes the
// stream's Polled or Swept.
type errand struct {
	begin  int64 // by the server's clock
	sweep  bool
	left   int  // claims that are not covered yet
	walked bool // no claim will be added
	failed bool // something of it was not walked
}

func newStream(name, organization string, overlap time.Duration) *stream {
	s := &stream{name: name, tenant: name == streamTenant, overlap: int64(overlap / time.Second), claims: make(map[*claim]bool)}
	for i := range s.metadata {
		s.metadata[i] = record.AppendMetadata(nil, record.Metadata{Stream: name, Organization: organization, Late: i == 1})
	}
	return s
}

// query returns a query for the stream.
func (s *stream) query(from, to int64, limit int) openai.Query {
	return openai.Query{From: from, To: to, Limit: limit, Tenant: s.tenant, EventTypes: s.types}
}

// tenantTypes returns those of the event types that the tenant stream may be asked for: the API refuses
// a tenant query that names any other. Types that nobody knows yet are left to the API.
func tenantTypes(types []string) (asked []string) {
	for _, t := range types {
		if known, ok := config.EventTypeNamed(t); !ok || known.Tenant {
			asked = append(asked, t)
		}
	}
	return asked
}

// holes returns the wanted time below the floor that is neither covered nor being taken care of, less
// what is deferred; oldest first.
func (s *stream) holes(now time.Time) []state.Span {
	if !s.known || s.refused {
		return nil
	}
	var out []state.Span
	for _, hole := range s.rec.Covered.Holes(state.Span{From: s.rec.Start, To: s.floor}) {
		out = append(out, s.inflight.Holes(hole)...)
	}
	return s.undeferred(out, now)
}

// reread takes covered time as not covered, and likewise what is on its way to be, unless the ids there have left
// the file: it would all be delivered again.
func (s *stream) reread(span state.Span) {
	span.From = max(span.From, s.rec.Forgotten)
	if span.Empty() {
		return
	}
	s.rec.Covered = s.rec.Covered.Remove(span)
	for c := range s.claims {
		c.stale = c.stale.Add(span)
	}
	for _, sl := range s.slices {
		sl.stale = sl.stale.Add(span)
	}
}

// lag returns how many seconds before second now the last complete poll began, and how many of the wanted
// seconds up to now are not covered. The time since that poll counts in both: on a stream that is idle it
// is about the poll interval, and it grows while the stream cannot be read. What uncovered is more than
// behind is left to the backfill.
func (s *stream) lag(now int64) (behind, uncovered int64) {
	for _, hole := range s.rec.Covered.Holes(state.Span{From: s.rec.Start, To: now}) {
		uncovered += hole.Seconds()
	}
	return max(0, now-s.rec.Polled), uncovered
}

// gone reports whether an event at second t was delivered so long ago that its id may have left the
// file: nobody re-reads that time, so only a misbehaving answer shows it again.
func (s *stream) gone(t int64, eventType []byte) bool {
	if t < s.rec.Forgotten && s.rec.Covered.Contains(t) {
		return true
	}
	for _, l := range s.older {
		if l.Types[string(eventType)] && t < l.Stream.Forgotten && l.Stream.Covered.Contains(t) {
			return true
		}
	}
	return false
}
