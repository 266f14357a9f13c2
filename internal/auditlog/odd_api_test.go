package auditlog_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"fluent-bit-openai-audit/internal/auditlog"
	"fluent-bit-openai-audit/internal/fakeopenai"
	"fluent-bit-openai-audit/internal/source"
)

// oddAPI is an API that lists in any order and fails on any request: what the simulator, which is an API as it
// should be with faults, cannot be.
type oddAPI struct {
	mu       sync.Mutex
	events   []oddEvent
	latency  time.Duration
	order    func(a, b oddEvent) int                        // nil: newest first
	status   func(q url.Values, page []oddEvent) (code int) // nil: 200
	date     func() time.Time                               // nil: now
	body     func(q url.Values, page []oddEvent) []byte     // nil, or returns nil: as it should be
	ahead    time.Duration                                  // of its clock, before this machine's
	header   http.Header
	shared   bool // the tenant stream lists, a minute later, what the other one does, too
	requests int
}

type oddEvent struct {
	id       string
	at       int64
	listedAt int64
	tenant   bool
}

func newestFirst(a, b oddEvent) int { return cmp.Or(cmp.Compare(b.at, a.at), cmp.Compare(b.id, a.id)) }

// RoundTrip answers a request for the audit log.
func (a *oddAPI) RoundTrip(r *http.Request) (*http.Response, error) {
	select {
	case <-r.Context().Done():
		return nil, r.Context().Err()
	case <-time.After(a.latency):
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if !strings.HasSuffix(r.URL.Path, "/organization/audit_logs") {
		return a.answer(r, http.StatusForbidden, nil, false), nil
	}
	a.requests++
	q := r.URL.Query()
	limit := number(q, "limit")
	var listed []oddEvent
	for _, e := range a.events {
		lt, tenant := number(q, "effective_at[lt]"), q.Get("tenant_only") == "true"
		if tenant && a.shared && !e.tenant {
			e.tenant, e.listedAt = true, e.listedAt+60
		}
		if e.listedAt <= time.Now().Add(a.ahead).Unix() && e.at >= number(q, "effective_at[gte]") && (lt == 0 || e.at < lt) &&
			e.tenant == tenant {
			listed = append(listed, e)
		}
	}
	order := a.order
	if order == nil {
		order = newestFirst
	}
	slices.SortFunc(listed, order)
	if after := q.Get("after"); after != "" {
		i := slices.IndexFunc(listed, func(e oddEvent) bool { return e.id == after })
		listed = listed[i+1:]
	}
	more := int64(len(listed)) > limit
	if more {
		listed = listed[:limit]
	}
	if a.status != nil {
		if code := a.status(q, listed); code != 0 {
			return a.answer(r, code, nil, false), nil
		}
	}
	answer := a.answer(r, http.StatusOK, listed, more)
	if a.body != nil {
		if body := a.body(q, listed); body != nil {
			answer.Body, answer.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		}
	}
	return answer, nil
}

func number(q url.Values, name string) int64 {
	n, _ := strconv.ParseInt(q.Get(name), 10, 64)
	return n
}

func (a *oddAPI) answer(r *http.Request, status int, events []oddEvent, more bool) *http.Response {
	data := make([]map[string]any, 0, len(events))
	for _, e := range events {
		data = append(data, map[string]any{"id": e.id, "type": "login.succeeded", "effective_at": e.at})
	}
	page := map[string]any{"object": "list", "data": data, "has_more": more}
	if len(events) > 0 {
		page["first_id"], page["last_id"] = events[0].id, events[len(events)-1].id
	}
	if status != http.StatusOK {
		page = map[string]any{"error": map[string]string{"message": "no"}}
	}
	body, err := json.Marshal(page)
	if err != nil {
		panic(err)
	}
	date := time.Now().Add(a.ahead)
	if a.date != nil {
		date = a.date()
	}
	answer := &http.Response{
		StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{"Date": {date.UTC().Format(http.TimeFormat)}, "Content-Type": {"application/json"}},
		Body:   io.NopCloser(strings.NewReader(string(body))), ContentLength: int64(len(body)),
	}
	maps.Copy(answer.Header, a.header)
	return answer
}

// asked returns how many requests for the audit log came.
func (a *oddAPI) asked() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.requests
}

// history lists n events, one in each step before now.
func (a *oddAPI) history(n int, newest time.Time, step time.Duration) {
	for i := range n {
		at := newest.Add(-time.Duration(i) * step).Unix()
		a.events = append(a.events, oddEvent{id: fmt.Sprintf("e-%05d", i), at: at, listedAt: at})
	}
}

// oddScene is an odd API and a host, in a synctest bubble.
type oddScene struct {
	*testing.T
	*oddAPI
	fb *fluentBit
}

func inOddScene(t *testing.T, f func(s oddScene)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := oddScene{t, &oddAPI{latency: 50 * time.Millisecond}, &fluentBit{}}
		f(s)
		if t.Failed() {
			log := s.fb.log()
			t.Logf("log:\n%s", log[max(0, len(log)-20000):])
		}
	})
}

// change changes the API while it is asked.
func (a *oddAPI) change(f func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	f()
}

// start begins to collect the organization stream, unless properties say otherwise.
func (s oddScene) start(properties map[string]string) *auditlog.Collector {
	s.Helper()
	all := map[string]string{"scope": "organization"}
	for k, v := range properties {
		all[k] = v
	}
	local := fakeopenai.NewLocal(fakeopenai.New(fakeopenai.Options{Keys: []string{testKey}}))
	local.Close()
	s.fb.restart()
	c, err := auditlog.New(configure(s, local, all), s.fb, source.Options{
		Version: "test", Transport: s.oddAPI, NoSync: true, Ring: s.fb,
	})
	if err != nil {
		s.Fatal(err)
	}
	c.Start()
	return c
}

// missing returns how many events were not delivered, and repeated how many deliveries were not the first.
func (s oddScene) missing() (missing, repeated int) {
	seen := make(map[string]int)
	for _, d := range s.fb.delivered() {
		if seen[d.id]++; seen[d.id] > 1 {
			repeated++
		}
	}
	for _, e := range s.events {
		if seen[e.id] == 0 {
			missing++
		}
	}
	return missing, repeated
}

func (s oddScene) wantAll() {
	s.Helper()
	if missing, repeated := s.missing(); missing > 0 || repeated > 0 {
		s.Errorf("of %d events %d are missing; %d were repeated", len(s.events), missing, repeated)
	}
}

func byInsertion(a, b oddEvent) int {
	return cmp.Or(cmp.Compare(b.listedAt, a.listedAt), cmp.Compare(b.id, a.id))
}

// An output that is slower than the log makes Fluent Bit pause the input again and again, each time with a full ring
// buffer: what came out of it is written to the state file all the same, and the rest is delivered after a kill.
func TestLimitThatComesAndGoes(t *testing.T) {
	t.Parallel()
	inOddScene(t, func(s oddScene) {
		s.history(3000, time.Now().Add(-12*time.Hour), 10*time.Second)
		properties := map[string]string{"db": s.TempDir() + "/a.db", "page_size": "10"}
		c := s.start(properties)
		for range 120 {
			_ = c.HandOver(0, s.fb.append)
			time.Sleep(250 * time.Millisecond)
			s.fb.drainSome(1)
			c.Pause()
			time.Sleep(500 * time.Millisecond)
			c.Resume()
			time.Sleep(250 * time.Millisecond)
		}
		if err := c.Kill(); err != nil {
			s.Fatal(err)
		}
		s.fb.kill()
		delivered := len(s.fb.delivered())
		c = s.start(properties)
		run(c, s.fb, 10*time.Minute)
		missing, repeated := s.missing()
		if missing > 0 || repeated > delivered/10 {
			s.Errorf("of %d events %d are missing; of %d delivered before the kill %d were repeated", len(s.events), missing, delivered, repeated)
		}
		s.Logf("%d delivered before the kill, %d of them repeated", delivered, repeated)
		c.Stop()
	})
}
