package fakeopenai

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// endpoint is one path of the API. A family of endpoints is a function that returns them, with the answers and a table of
// faults in files of its own.
type endpoint struct {
	path   string // below the base path; a part in braces stands for any
	scope  string // that the key needs
	answer func(*exchange)
}

// endpoints returns all there are.
func endpoints() []endpoint {
	return slices.Concat(auditLogEndpoints(), complianceEndpoints(), directoryEndpoints(), otherEndpoints())
}

// match returns what stands in path for the endpoint's parts in braces; ok is unset for a path of another endpoint.
func (e *endpoint) match(path string) (params []string, ok bool) {
	if !strings.Contains(e.path, "{") {
		return nil, e.path == path
	}
	want, got := strings.Split(e.path, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return nil, false
	}
	for i := range want {
		switch {
		case strings.HasPrefix(want[i], "{") && got[i] != "":
			params = append(params, got[i])
		case want[i] != got[i]:
			return nil, false
		}
	}
	return params, true
}

// otherEndpoints are listings that a key for the audit log alone must not read.
func otherEndpoints() []endpoint {
	return []endpoint{
		{"/models", "api.model.read", (*exchange).answerOther},
	}
}

func (x *exchange) answerOther() {
	x.status = http.StatusOK
	x.text(`{"object":"list","data":[],"first_id":null,"last_id":null,"has_more":false}`)
}

// answer decides what to send.
func (x *exchange) answer() {
	s, r := x.server, x.r
	if s.atFiles(r) {
		x.answerFile()
		return
	}
	rest, _ := strings.CutPrefix(r.URL.Path, s.opts.BasePath)
	i := slices.IndexFunc(s.endpoints, func(e endpoint) (ok bool) {
		x.params, ok = e.match(rest)
		return ok
	})
	switch {
	case i < 0 || !strings.HasPrefix(r.URL.Path, s.opts.BasePath):
		x.refuse(unknownURL(r.Method, r.URL.Path))
		return
	case r.Method != http.MethodGet:
		x.header("Allow", http.MethodGet)
		x.refuse(wrongMethod(r.Method, r.URL.Path))
		return
	}
	if problem := s.authorize(r); problem != nil {
		x.refuse(problem)
		return
	}
	if wait, over := s.throttle.over(s.opts.RequestsPerMinute, x.now); over {
		x.header("Retry-After", strconv.Itoa(wait))
		x.refuse(tooManyRequests("rate_limit_exceeded"))
		return
	}
	e := s.endpoints[i]
	x.scope = e.scope
	if x.may(e.scope) {
		e.answer(x)
	} else {
		x.refuse(missingScope(e.scope))
	}
}

// authorize returns why the request's key is refused, or nil.
func (s *Server) authorize(r *http.Request) *apiError {
	key := bearer(r)
	switch {
	case key == "":
		return noKey()
	case len(s.opts.Keys) > 0 && !slices.Contains(s.opts.Keys, key) && !s.opts.ManagementKeys[key]:
		return wrongKey(masked(key))
	}
	if want, got := s.opts.Organization, r.Header.Get("OpenAI-Organization"); want != "" && got != "" && got != want {
		return wrongOrganization()
	}
	return nil
}

func bearer(r *http.Request) string {
	scheme, key, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(key)
}

// throttle counts requests in minutes of the clock.
type throttle struct {
	mu     sync.Mutex
	minute int64
	count  int
}

// over counts one request and reports whether it is beyond the limit, and in how many seconds it would not be.
func (t *throttle) over(limit int, now time.Time) (wait int, over bool) {
	if limit <= 0 {
		return 0, false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if minute := now.Unix() / 60; minute != t.minute {
		t.minute, t.count = minute, 0
	}
	if t.count >= limit {
		return 60 - int(now.Unix()%60), true
	}
	t.count++
	return 0, false
}
