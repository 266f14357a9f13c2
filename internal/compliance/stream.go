package compliance

import (
	"slices"
	"sync/atomic"
	"time"

	"fluent-bit-openai-audit/internal/config"
	"fluent-bit-openai-audit/internal/openai"
	"fluent-bit-openai-audit/internal/record"
	"fluent-bit-openai-audit/internal/source"
	"fluent-bit-openai-audit/internal/state"
)

// The streams, as metadata, metrics, messages and the state file name them.
const (
	streamWorkspace    = config.StreamWorkspaceLogs
	streamOrganization = config.StreamOrganizationLogs
)

const (
	// retention is how long the API lists a file, in seconds.
	retention = 30 * 24 * 3600
	// remembered is how long ids are kept, in seconds.
	remembered = retention + 24*3600
	// sweepInterval is how often all that the API keeps is listed again, in seconds.
	sweepInterval = 24 * 3600
	// overlap is how much of the past each poll lists again, in seconds, and overlapCosts where costs are read: their files
	// appear hours later.
	overlap      = 2 * 3600
	overlapCosts = 12 * 3600
)

// stream is one list of log files, with what is known of it and what is being done about it. What stands before rec never
// changes; the rest is guarded by Collector.mu.
type stream struct {
	name    string
	place   openai.LogPlace
	types   []string
	overlap int64
	usual   source.About // of a record
	late    source.About // of one from a file that was listed late

	rec     *state.Stream // what is known now; marks have copies of it
	gaps    gaps          // never changed in place, since marks share it
	known   bool          // a first answer came: rec.Start means something
	refused bool          // the API does not serve this stream
	started int64         // the server's time when this process took the stream up

	done  []state.Key        // files that were read to their end and are not saved, in that order
	saved uint64             // how many were before these
	ids   map[state.Key]bool // of those in done

	tip    int64        // from here on polls list, below it workers
	under  []state.Span // windows being walked
	hard   []hard       // time that failed
	shut   shut         // types that the key may not read
	length int64        // seconds of the next window
	row    int          // files in a row that could not be had
	polls  int          // that came to their end since the start

	delivered atomic.Uint64 // records accepted since the collector began
	files     uint64        // read to their end since the collector began
}

// hard is time that failed, and is left alone for a while.
type hard struct {
	span  state.Span
	tries int
	until time.Time
}

func newStream(name string, place openai.LogPlace, types []string, cfg *config.Config) *stream {
	s := &stream{name: name, place: place, types: types, overlap: overlap, length: overlap, ids: make(map[state.Key]bool)}
	if slices.Contains(types, "COSTS") {
		s.overlap = overlapCosts
	}
	s.usual = source.NewAbout(cfg.Records, record.Metadata{Stream: name, Organization: cfg.Organization})
	s.late = source.NewAbout(cfg.Records, record.Metadata{Stream: name, Organization: cfg.Organization, Late: true})
	return s
}

// mark is what is known of a stream as of when it was put.
type mark struct {
	rec  *state.Stream
	done uint64 // files that were read to their end until then
	gaps gaps
}

// now returns a mark of what is known. The caller holds Collector.mu.
func (s *stream) now() *mark {
	return &mark{rec: s.rec.Clone(), done: s.saved + uint64(len(s.done)), gaps: s.gaps}
}

// fileKey is what a file is known by.
func fileKey(f file) state.Key {
	return state.Key{Time: uint32(f.end), ID: state.IDOf([]byte("file " + f.ID))} //nolint:gosec // the list lets no other times pass
}

// fail leaves time alone for a while, longer each time. The caller holds Collector.mu.
func (s *stream) fail(span state.Span) {
	h := hard{span: span}
	if i := slices.IndexFunc(s.hard, func(h hard) bool { return h.span == span }); i >= 0 {
		h = s.hard[i]
		s.hard = slices.Delete(s.hard, i, i+1)
	}
	h.until = time.Now().Add(pause(h.tries))
	h.tries++
	s.hard = append(s.hard, h)
}

// pause returns how long what failed is left alone that was tried again so often.
func pause(tries int) time.Duration {
	const first, longest = time.Minute, 6 * time.Hour
	return min(first<<min(tries, 20), longest)
}

// soften forgets that time has failed. The caller holds Collector.mu.
func (s *stream) soften(span state.Span) {
	s.hard = slices.DeleteFunc(s.hard, func(h hard) bool { return !h.span.Intersect(span).Empty() })
}

// rests reports whether a second is left alone for now. The caller holds Collector.mu.
func (s *stream) rests(t int64, now time.Time) bool {
	return slices.ContainsFunc(s.hard, func(h hard) bool { return h.span.Contains(t) && h.until.After(now) })
}
