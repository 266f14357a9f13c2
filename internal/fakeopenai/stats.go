package fakeopenai

import (
	"maps"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Stats counts what a server has done. The counts of one Stats are taken together.
type Stats struct {
	Requests      int
	ByStatus      map[int]int // 0 counts connections closed without an answer
	Pages         int         // listings answered with 200
	Events        int         // in those pages; one that is listed twice counts twice
	BodyBytes     int64       // of all bodies before compression
	WireBytes     int64       // of all bodies as sent
	Faults        map[Kind]int
	MaxConcurrent int // the most requests that were under way at once
	Connections   int // accepted; needs ConnState
	Open          int // of those, still open
}

// Exchange describes one request and its answer, for a log or a test. It never holds the key.
type Exchange struct {
	Time     time.Time // by the server's clock, when the request came
	Took     time.Duration
	Method   string
	URL      string // path and query
	Status   int    // 0: the connection was closed without an answer
	Listing  bool   // an audit-log listing with a good key and query
	Stream   Stream
	Page     int // within its walk, from 1; 0 where the server does not remember its cursor
	Events   int
	Files    int   // that a listing of log files names
	Wire     int64 // bytes of the body as sent
	Faults   []Kind
	ClientID string // User-Agent
}

// counters is what Stats is taken from.
type counters struct {
	mu        sync.Mutex
	total     Stats
	current   int
	requestNo atomic.Uint64
}

func (c *counters) begin() (number uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.current++
	c.total.MaxConcurrent = max(c.total.MaxConcurrent, c.current)
	return c.requestNo.Add(1)
}

func (c *counters) end(x *Exchange, body int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.current--
	t := &c.total
	t.Requests++
	t.ByStatus[x.Status]++
	t.BodyBytes += body
	t.WireBytes += x.Wire
	if x.Listing && x.Status == http.StatusOK {
		t.Pages++
		t.Events += x.Events
	}
	for _, kind := range x.Faults {
		t.Faults[kind]++
	}
}

// Stats returns the counts so far.
func (s *Server) Stats() Stats {
	s.counters.mu.Lock()
	defer s.counters.mu.Unlock()
	t := s.counters.total
	t.ByStatus = maps.Clone(t.ByStatus)
	t.Faults = maps.Clone(t.Faults)
	return t
}

// ConnState counts connections. It is for http.Server.ConnState.
func (s *Server) ConnState(_ net.Conn, state http.ConnState) {
	s.counters.mu.Lock()
	defer s.counters.mu.Unlock()
	switch state {
	case http.StateNew:
		s.counters.total.Connections++
		s.counters.total.Open++
	case http.StateClosed, http.StateHijacked:
		s.counters.total.Open--
	case http.StateActive, http.StateIdle:
	}
}
