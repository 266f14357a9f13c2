package auditlog

import (
	"sync/atomic"
	"time"

	"fluent-bit-openai-audit/internal/config"
	"fluent-bit-openai-audit/internal/openai"
	"fluent-bit-openai-audit/internal/record"
	"fluent-bit-openai-audit/internal/source"
	"fluent-bit-openai-audit/internal/state"
)

// stream is one of the two lists that the API keeps, with what is known of it and what is being done about it. What
// stands before rec never changes; the rest is guarded by Collector.mu.
type stream struct {
	name   string
	tenant bool
	types  []string // the event types to ask for, where they differ from the filters'; nil when they do not
	usual  source.About
	late   source.About // of an event that was listed late

	rec     *state.Stream // what is known now; marks are copies of it
	older   []state.Layer // what was covered under other filters
	known   bool          // a first answer came: rec.Start means something
	refused bool          // the API does not serve this stream
	started int64         // the server's time when this process took the stream up

	under []*window // being walked
	hard  []hard    // where walks failed
	again bool      // the first poll was begun anew
	tip   int64     // below it holes are planned, from it on the poll reads
	polls int       // that came to their end since the start

	pages      int           // how many pages the next window is to have; 0 before the first
	mostPages  int           // to which that grows
	pace       time.Duration // how long a page takes, of late
	ended      bool          // a window came to its end since pages was reckoned
	at         int64         // where rate and length were measured: next to what is walked next
	rate       float64       // events a second in a window; 0 where it had none
	length     int64         // seconds of that window; 0 before the first
	quiet      state.Span    // what lay above the last page of a walk that stopped: few events, and so one window
	listed     int64         // events in all windows that were walked to their end
	seconds    int64         // of those windows
	fails      int           // windows that failed, less twice those that came to their end since
	rest       time.Time     // until then none is walked, if there are too many
	unfiltered bool          // the server ignores the time asked for

	delivered atomic.Uint64 // events accepted since the collector began
}

func newStream(name string, cfg *config.Config) *stream {
	m := record.Metadata{Stream: name, Organization: cfg.Organization}
	s := &stream{name: name, tenant: name == config.StreamTenant, mostPages: mostPages, usual: source.NewAbout(cfg.Records, m)}
	m.Late = true
	s.late = source.NewAbout(cfg.Records, m)
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

// gone reports whether an event at second t was delivered so long ago that its id may have left the
// file: nobody reads that time again, so only a misbehaving answer shows it.
func (s *stream) gone(t int64, eventType []byte) bool {
	if t < s.rec.Forgotten && s.rec.Covered.Contains(t) {
		return true
	}
	for _, l := range s.older {
		if l.Types[string(eventType)] && t < l.Stream.Forgotten && l.Stream.Covered.Contains(t) && !l.Stream.Owed.Contains(t) {
			return true
		}
	}
	return false
}

// overlap returns how many seconds a poll reads again of what the one before it has read.
func (c *Collector) overlap(s *stream) int64 {
	return max(s.rec.Overlap, int64(c.Config.Overlap/time.Second))
}

// window is a range of time of a stream that one walk lists from its first page to its last. Windows under way in one
// stream never overlap.
type window struct {
	span  state.Span   // what is asked for; a poll's has no end
	poll  bool         // the newest part of the stream
	want  int64        // of a poll: from here on it should have read
	begin int64        // of a poll: the server's time when it was asked, 0 until that is known
	stale state.Ledger // to be read again, whatever this walk has read
	most  int          // events beyond which the walk stops, since it is denser than was reckoned; 0: never
	quiet bool         // likely to hold few events
	guess bool         // nothing was known of how dense the log is: so a walk may stop as soon as a page shows it
}

// hard is time whose last walk failed. No window crosses its edges.
type hard struct {
	span  state.Span
	until time.Time // it is left alone
	tries int       // walks of this very span that failed
}
