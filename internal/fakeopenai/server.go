package fakeopenai

import (
	"cmp"
	"math/rand/v2"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"fluent-bit-openai-audit/internal/config"
	"fluent-bit-openai-audit/internal/fakeopenai/directory"
	"fluent-bit-openai-audit/internal/fakeopenai/logfiles"
)

// Options configure a Server. The zero value is the API as it is documented, with any key accepted.
type Options struct {
	// Keys are the accepted admin keys. With none, every key is accepted, but one must be sent.
	Keys []string
	// Organization, if set, is the only value that an OpenAI-Organization header may have.
	Organization string
	// Organizations are the ids of keys' organizations, by key, as answers tell them; that of others is Organization, or
	// DefaultOrganization.
	Organizations map[string]string
	// ManagementKeys are accepted beside Keys, and may read the organization's objects and nothing else.
	ManagementKeys map[string]bool
	// Directory is the organization's objects. Without it all lists of objects are empty.
	Directory *directory.Directory
	// Overpowered gives the keys all scopes, not just those of the logs.
	Overpowered bool

	// Files are the log files of the workspace and of the organization. Without them there is no workspace.
	Files *logfiles.Archive
	// Workspace is the workspace's id; DefaultWorkspace if "".
	Workspace string
	// FilesURL is where the signed addresses of log files lead to: another host, or port, at which the same Server must be
	// reached. Without a host, as in http://:8791, it is the one that the client has asked. DefaultFilesURL if "".
	FilesURL string

	BasePath string // "/v1" if ""

	// Now is the server's clock: it moves the present, limits the rate, and stands in the Date header. time.Now if nil.
	Now func() time.Time
	// Latency is how long after a request its answer is sent. The page is made at the end of that time; the wait before
	// it is shorter by about as long as the last pages took to make.
	Latency time.Duration
	// Jitter is the share of Latency by which it varies from answer to answer, evenly to both sides. Without it, clients
	// that ask at the same moment keep asking at the same moments.
	Jitter float64
	// RequestsPerMinute, if not 0, answers 429 to what comes beyond it within a minute of the clock.
	RequestsPerMinute int
	// Retention, if not 0, makes older events leave the listing, and their ids are no cursors any more.
	Retention time.Duration

	DefaultLimit int  // 20 if 0
	MaxLimit     int  // 100 if 0
	ClampLimit   bool // bring a limit out of range into it, instead of answering 400

	Ties                Ties
	UnknownCursorStatus int  // 400 if 0
	StrictEventTypes    bool // answer 400 to event_types[] that config.EventTypes does not name
	NoGzip              bool

	Seed uint64 // of the request ids

	// Observe, if set, is called after each request. It may be called from several goroutines at once.
	Observe func(Exchange)
}

// DefaultOrganization is the id that answers tell where Options say nothing else.
const DefaultOrganization = "org-simulated"

// DefaultFilesURL is where the signed addresses lead to that a Local serves.
const DefaultFilesURL = "http://127.0.0.2"

// organizationOf returns the id of the organization whose key it is.
func (s *Server) organizationOf(key string) string {
	return cmp.Or(s.opts.Organizations[key], s.opts.Organization, DefaultOrganization)
}

// Server simulates the API. It is an http.Handler and safe for concurrent use.
type Server struct {
	opts       Options
	knownTypes map[string]bool // nil: all are accepted
	counters   counters
	faults     faultSet
	pages      pageNumbers
	throttle   throttle
	lead       lead
	buffers    sync.Pool // *buffers
	endpoints  []endpoint

	mu            sync.RWMutex
	stored        *stored
	organizations []*Organization
}

// New returns a server without events.
func New(opts Options) *Server {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.BasePath == "" {
		opts.BasePath = "/v1"
	}
	opts.BasePath = strings.TrimSuffix(path.Clean("/"+opts.BasePath), "/")
	if opts.MaxLimit <= 0 {
		opts.MaxLimit = 100
	}
	if opts.DefaultLimit <= 0 {
		opts.DefaultLimit = min(20, opts.MaxLimit)
	}
	if opts.UnknownCursorStatus == 0 {
		opts.UnknownCursorStatus = http.StatusBadRequest
	}
	opts.Workspace = cmp.Or(opts.Workspace, DefaultWorkspace)
	opts.FilesURL = cmp.Or(opts.FilesURL, DefaultFilesURL)
	opts.Keys = slices.Clone(opts.Keys)
	s := &Server{opts: opts, stored: newStored(opts.Ties), endpoints: endpoints()}
	s.buffers.New = newBuffers
	s.counters.total.ByStatus = make(map[int]int)
	s.counters.total.Faults = make(map[Kind]int)
	if opts.StrictEventTypes {
		s.knownTypes = make(map[string]bool)
		for _, t := range config.EventTypes() {
			s.knownTypes[t.Name] = true
		}
	}
	return s
}

// Add lists events beside those that are there. An id that is added twice is listed twice.
func (s *Server) Add(events ...Event) { s.stored.add(events) }

// AddOrganization lists an organization's events beside those that are there.
func (s *Server) AddOrganization(o *Organization) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.organizations = append(s.organizations[:len(s.organizations):len(s.organizations)], o)
}

// ServeHTTP answers one request. Like a handler of net/http's it panics with http.ErrAbortHandler where the connection
// is to be closed.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := &exchange{server: s, w: w, r: r, buffers: s.buffers.Get().(*buffers)}
	x.body = x.body[:0]
	x.number = s.counters.begin()
	begun := s.opts.Now()
	x.begun = time.Now()
	x.public = Exchange{Time: begun, Method: r.Method, URL: r.URL.RequestURI(), ClientID: r.UserAgent()}
	defer func() {
		x.public.Took = s.opts.Now().Sub(begun)
		s.counters.end(&x.public, int64(len(x.body)))
		if s.opts.Observe != nil {
			s.opts.Observe(x.public)
		}
		s.buffers.Put(x.buffers)
	}()
	x.latency = s.latency(x.number)
	if wait(r.Context(), s.lead.off(x.latency)) != nil {
		panic(http.ErrAbortHandler)
	}
	x.now = s.opts.Now()
	x.date = x.now
	x.answer()
	x.send()
}

// latency returns how long the answer to a request takes.
func (s *Server) latency(number uint64) time.Duration {
	if s.opts.Jitter == 0 {
		return s.opts.Latency
	}
	even := rand.New(rand.NewPCG(s.opts.Seed, number)).Float64() //nolint:gosec // no secret
	return time.Duration(float64(s.opts.Latency) * (1 + s.opts.Jitter*(2*even-1)))
}
