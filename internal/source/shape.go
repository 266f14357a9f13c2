package source

import (
	"fmt"

	"fluent-bit-openai-audit/internal/record"
	"fluent-bit-openai-audit/internal/record/format"
)

// About is what a record says of itself beside the event.
type About struct {
	record.Metadata
	Beside []byte // what of it stands in the record's metadata, one msgpack map
}

// NewAbout returns m as the options place it.
func NewAbout(o format.Options, m record.Metadata) About {
	return About{m, record.AppendMetadata(nil, o.RecordMetadata(m))}
}

// keepShaped bounds the memory that a Shaping keeps from one page to the next.
const keepShaped = 1 << 20

// Shaping makes the bodies of a page's records from its events: the one step between what was fetched and what is queued. It
// is one goroutine's. The zero value leaves bodies as they are.
type Shaping struct {
	shaper *format.Shaper // nil: a body is the event
	out    []byte
}

// NewShaping returns a Shaping by a shaper, of which it makes a clone; nil leaves bodies as they are.
func NewShaping(s *format.Shaper) Shaping {
	if s == nil {
		return Shaping{}
	}
	return Shaping{shaper: s.Clone()}
}

// Begin begins a page: the bodies of the one before are good no more.
func (s *Shaping) Begin() {
	if cap(s.out) > keepShaped {
		s.out = nil
	}
	s.out = s.out[:0]
}

// Body returns the body of an event's record, one msgpack map, good until Begin. The event is not changed.
func (s *Shaping) Body(e *record.Event, m record.Metadata) ([]byte, error) {
	if s.shaper == nil {
		return e.Body, nil
	}
	from := len(s.out)
	out, err := s.shaper.Shape(s.out, e, m)
	if err != nil {
		return nil, fmt.Errorf("event %q: %w", e.ID, err)
	}
	s.out = out // what grew leaves the bodies before where they are
	return out[from:len(out):len(out)], nil
}

// Heartbeat is Body for a heartbeat.
func (s *Shaping) Heartbeat(e *record.Event, m record.Metadata) ([]byte, error) {
	if s.shaper == nil {
		return e.Body, nil
	}
	out, err := s.shaper.Heartbeat(nil, e, m)
	if err != nil {
		return nil, fmt.Errorf("heartbeat: %w", err)
	}
	return out, nil
}

// Size returns how many bytes of memory the page's bodies take beside the events.
func (s *Shaping) Size() int { return cap(s.out) }
