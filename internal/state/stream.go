package state

import (
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	bolt "go.etcd.io/bbolt"
)

// Stream is what is known of one stream under one query. Times are Unix seconds by the server's clock.
type Stream struct {
	Name    string `json:"name"`    // organization or tenant
	Source  string `json:"source"`  // base_url and organization: which log it is
	Filters string `json:"filters"` // the filters the API applied, canonical

	Start   int64  `json:"start"`   // wanted from here on
	Covered Ledger `json:"covered"` // walked to the end, and what was listed there has drained
	Polled  int64  `json:"polled"`  // begin of the last complete poll: the next reads from an overlap before
	Swept   int64  `json:"swept"`   // begin of the last complete sweep: the next reads from a sweep window before

	// Forgotten is the time before which the ids of covered seconds may have left: an event listed there
	// again was delivered before.
	Forgotten int64 `json:"forgotten"`

	Events uint64 `json:"events"` // accepted by the host
	Late   uint64 `json:"late"`   // of these, found in time that was covered before
	Oldest int64  `json:"oldest"` // effective_at of the oldest of them; 0 when there are none
	Newest int64  `json:"newest"` // of the newest that was listed, whichever stream delivered it

	// Owed is covered time that is still to be read again for events that were listed late: what a poll or a
	// sweep should have read and left out. It stays covered. Its ids are still needed, so Forgotten does not
	// pass it.
	Owed Ledger `json:"owed,omitempty"`

	// Overlap is how many seconds before the last poll the next one reads from, where lateness has widened
	// it; 0: as configured.
	Overlap int64 `json:"overlap,omitempty"`

	// Identity is the organization that the API's answers named (OpenAI-Organization) when this log was read;
	// empty where they named none. At most 256 bytes of UTF-8. It is about the source, not the query: all
	// streams of one source have the same.
	Identity string `json:"identity,omitempty"`
}

// The bounds of what else a record may hold. No sum of two times overflows, and no server's clock reaches
// as far.
const (
	latestTime      = 1 << 40
	longestIdentity = 256
)

// check says what is wrong with a record. What it does not let through is neither written nor read.
func (s *Stream) check() error {
	switch n := len(s.Owed); {
	case !s.Covered.Valid():
		return errors.New("covered spans overlap or are out of order")
	case !s.Owed.Valid():
		return errors.New("owed spans overlap or are out of order")
	case n > 0 && (s.Owed[0].From < 0 || s.Owed[n-1].To > latestTime):
		return errors.New("owed time lies before 1970 or beyond all clocks")
	case s.Overlap < 0 || s.Overlap > latestTime:
		return fmt.Errorf("an overlap of %d seconds", s.Overlap)
	case len(s.Identity) > longestIdentity || !utf8.ValidString(s.Identity):
		return fmt.Errorf("an identity of %d bytes, or no UTF-8", len(s.Identity))
	}
	return nil
}

// key is where the stream lies in the file.
func (s *Stream) key() []byte {
	return []byte(s.Name + "\x00" + s.Source + "\x00" + s.Filters)
}

// CoveredUntil returns the time up to which nothing that was listed is missing: the end of the covered
// span that begins at Start, or Start when there is none.
func (s *Stream) CoveredUntil() int64 {
	for _, c := range s.Covered {
		if c.From <= s.Start && s.Start < c.To {
			return c.To
		}
	}
	return s.Start
}

// Begun reports whether the stream was taken up, so that its Start means something. One that was begun and not polled
// yet has its begin as Swept.
func (s *Stream) Begun() bool { return s.Swept != 0 }

// Wanted returns the time within a span that is to be read: what is not covered, and what is owed.
func (s *Stream) Wanted(within Span) Ledger {
	wanted := Ledger(s.Covered.Holes(within))
	for _, owed := range s.Owed.Intersect(Ledger{within}) {
		wanted = wanted.Add(owed)
	}
	return wanted
}

// Owe notes that covered time is to be read again.
func (s *Stream) Owe(span Span) {
	for _, covered := range s.Covered.Intersect(Ledger{span}) {
		s.Owed = s.Owed.Add(covered)
	}
}

// Saw notes events: the time of the oldest and of the newest; 0 where there is none.
func (s *Stream) Saw(oldest, newest int64) {
	if oldest > 0 && (s.Oldest == 0 || oldest < s.Oldest) {
		s.Oldest = oldest
	}
	s.Newest = max(s.Newest, newest)
}

// Blank returns a record of the same stream by which nothing is known.
func (s *Stream) Blank() *Stream { return &Stream{Name: s.Name, Source: s.Source, Filters: s.Filters} }

// Clone returns a copy that shares nothing that changes: ledgers are never changed in place.
func (s *Stream) Clone() *Stream {
	c := *s
	return &c
}

func decodeStream(key, value []byte) (*Stream, error) {
	s := &Stream{}
	if err := json.Unmarshal(value, s); err != nil {
		return nil, fmt.Errorf("read stream record: %w", err)
	}
	if string(s.key()) != string(key) {
		return nil, fmt.Errorf("read stream record: it names %q, its key another", s.Name)
	}
	if err := s.check(); err != nil {
		return nil, fmt.Errorf("read stream record of %s: %w", s.Name, err)
	}
	return s, nil
}

// readStreams returns every stream in the file.
func readStreams(tx *bolt.Tx) (out []*Stream, err error) {
	err = tx.Bucket(bucketStreams).ForEach(func(k, v []byte) error {
		s, err := decodeStream(k, v)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		out = append(out, s)
		return nil
	})
	return out, err
}

// putStream writes a stream as it now stands.
func putStream(tx *bolt.Tx, s *Stream) error {
	v, err := json.Marshal(s)
	if err == nil {
		err = tx.Bucket(bucketStreams).Put(s.key(), v)
	}
	if err != nil {
		return fmt.Errorf("write stream record: %w", err)
	}
	return nil
}
