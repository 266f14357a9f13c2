package compliance

import (
	"time"

	"fluent-bit-openai-audit/internal/state"
)

// shut is what the key may not read of a stream: all files of some types. They are left alone together, so that one answer
// tells of all of them, and others do not wait for their turn. The seconds in which they end stay uncovered.
type shut struct {
	types   map[string]bool // set: left alone for now; unset: to be tried again, or being tried
	seconds state.Ledger    // in which files end that are left alone
	tries   int
	until   time.Time
}

// bar leaves files of the type of one that the key may not read alone, longer each time. The caller holds Collector.mu.
func (s *stream) bar(f file, now time.Time) {
	if s.shut.types == nil {
		s.shut.types = make(map[string]bool)
	}
	if !s.shut.until.After(now) {
		s.shut.until = now.Add(pause(s.shut.tries))
		s.shut.tries++
	}
	s.shut.types[f.Type] = true
	s.leave(f)
}

// leave notes that a file of a type that is left alone was listed. The caller holds Collector.mu.
func (s *stream) leave(f file) {
	s.shut.seconds = s.shut.seconds.Add(state.Span{From: f.end, To: f.end + 1})
}

// reopen has types tried again that were left alone for long enough. The caller holds Collector.mu.
func (s *stream) reopen(now time.Time) {
	if s.shut.until.After(now) {
		return
	}
	for kind := range s.shut.types {
		s.shut.types[kind] = false
	}
	s.shut.seconds = nil
}

// open notes that a file of a type was read. The caller holds Collector.mu.
func (s *stream) open(f file) {
	if delete(s.shut.types, f.Type); len(s.shut.types) == 0 {
		s.shut.tries = 0
	}
}
