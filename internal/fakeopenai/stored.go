package fakeopenai

import (
	"cmp"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"
)

// Ties is the order of events within one second, which the API's documentation leaves open.
type Ties uint8

const (
	// TiesAsAdded lists events of one second in the order in which they were added, so that a loaded page comes out
	// as it went in. An event added later appears below the earlier ones.
	TiesAsAdded Ties = iota
	// TiesByID lists events of one second by descending id: an event added later appears anywhere among the others,
	// above a cursor or below it.
	TiesByID
)

// stored holds the added events.
type stored struct {
	ties Ties

	mu    sync.RWMutex
	added int
	lanes [2]storedLane
	ids   [2]map[string]*storedEvent // the first event with the id
}

type storedEvent struct {
	Event

	seq int
}

func newStored(ties Ties) *stored {
	s := &stored{ties: ties}
	for stream := range s.lanes {
		s.lanes[stream] = storedLane{store: s, stream: Stream(stream)}
		s.ids[stream] = make(map[string]*storedEvent)
	}
	return s
}

func (s *stored) add(events []Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var fresh [2][]*storedEvent
	all := make([]storedEvent, len(events))
	var count [2]int
	for i := range events {
		count[events[i].Stream()]++
	}
	for stream, ids := range s.ids {
		if len(ids) == 0 { // else it would grow step by step, which takes long
			s.ids[stream] = make(map[string]*storedEvent, count[stream])
		}
	}
	for i, e := range events {
		e.Render()
		n := &all[i]
		*n = storedEvent{e, s.added}
		s.added++
		stream := e.Stream()
		fresh[stream] = append(fresh[stream], n)
		if _, twice := s.ids[stream][e.ID]; !twice && e.ID != "" {
			s.ids[stream][e.ID] = n
		}
	}
	for stream, batch := range fresh {
		slices.SortFunc(batch, s.compare)
		s.lanes[stream].events = s.merge(s.lanes[stream].events, batch)
	}
}

// merge joins two sorted lists without touching what a snapshot of old may see: old's array grows only past its end.
func (s *stored) merge(old, batch []*storedEvent) []*storedEvent {
	if len(batch) == 0 {
		return old
	}
	if len(old) == 0 || s.compare(old[len(old)-1], batch[0]) < 0 {
		return append(old, batch...)
	}
	merged := make([]*storedEvent, 0, len(old)+len(batch)+len(old)/8)
	for len(old) > 0 && len(batch) > 0 {
		if s.compare(old[0], batch[0]) < 0 {
			merged, old = append(merged, old[0]), old[1:]
		} else {
			merged, batch = append(merged, batch[0]), batch[1:]
		}
	}
	return append(append(merged, old...), batch...)
}

// compare orders ascending: a before b when the API lists a below b.
func (s *stored) compare(a, b *storedEvent) int {
	if c := cmp.Compare(a.EffectiveAt, b.EffectiveAt); c != 0 {
		return c
	}
	if s.ties == TiesByID {
		if c := strings.Compare(a.ID, b.ID); c != 0 {
			return c
		}
	}
	return cmp.Compare(b.seq, a.seq)
}

// snapshot returns the stream's lane as it is now.
func (s *stored) snapshot(stream Stream) lane {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.lanes[stream]
}

type storedLane struct {
	store  *stored
	stream Stream
	events []*storedEvent
}

func (l storedLane) Before(second int64) int {
	return sort.Search(len(l.events), func(i int) bool { return l.events[i].EffectiveAt >= second })
}

func (l storedLane) Known(time.Time) int { return len(l.events) }

func (l storedLane) At(pos int, now time.Time) (int64, bool) {
	e := l.events[pos]
	return e.EffectiveAt, !e.ListedAt.After(now)
}

func (l storedLane) Event(pos int) Event { return l.events[pos].Event }

func (l storedLane) Find(id string) (int, bool) {
	l.store.mu.RLock()
	e := l.store.ids[l.stream][id]
	l.store.mu.RUnlock()
	if e == nil {
		return 0, false
	}
	pos := sort.Search(len(l.events), func(i int) bool { return l.store.compare(l.events[i], e) >= 0 })
	return pos, pos < len(l.events) && l.events[pos] == e
}

func (l storedLane) Append(dst []byte, pos int) []byte { return append(dst, l.events[pos].Raw...) }
