package fakeopenai_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"fluent-bit-openai-audit/internal/fakeopenai"
)

const invalidRequest = "invalid_request_error"

func TestKeys(t *testing.T) {
	tests := []struct {
		name   string
		header string
		want   apiError
		status int
	}{
		{"none", "", apiError{"You didn't provide an API key. Send it in an Authorization header: Authorization: Bearer YOUR_KEY.", invalidRequest, "", ""}, 401},
		{"not a bearer", "Basic " + testKey, apiError{"You didn't provide an API key. Send it in an Authorization header: Authorization: Bearer YOUR_KEY.", invalidRequest, "", ""}, 401},
		{"a wrong long one", "Bearer sk-proj-wrongwrongwrongwrong1234", apiError{"Incorrect API key provided: sk-proj-********1234.", invalidRequest, "", "invalid_api_key"}, 401},
		{"a wrong short one", "Bearer secret", apiError{"Incorrect API key provided: ********.", invalidRequest, "", "invalid_api_key"}, 401},
		{"the right one", "Bearer " + testKey, apiError{}, 200},
		{"scheme in other letters", "bearer  " + testKey, apiError{}, 200},
	}
	c := newClient(t, newServer(1))
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c.t = t
			a := c.get("/organization/audit_logs", "Authorization: "+tt.header)
			if tt.status == http.StatusOK {
				a.page(t)
				return
			}
			wantError(t, a, tt.status, tt.want)
		})
	}
	t.Run("without Keys any key will do", func(t *testing.T) {
		c := newClient(t, fakeopenai.New(fakeopenai.Options{}))
		c.get("/organization/audit_logs", "Authorization: Bearer whatever").page(t)
		if a := c.get("/organization/audit_logs", "Authorization: "); a.status != http.StatusUnauthorized {
			t.Errorf("no key: status %d", a.status)
		}
	})
}

func TestOrganizationHeader(t *testing.T) {
	c := newClient(t, fakeopenai.New(fakeopenai.Options{Organization: "org-right"}))
	for header, status := range map[string]int{"": 200, "org-right": 200, "org-wrong": 401} {
		a := c.get("/organization/audit_logs", "OpenAI-Organization: "+header)
		if a.status != status {
			t.Errorf("%q: status %d, want %d", header, a.status, status)
		}
		if got := a.header.Get("Openai-Organization"); got != "org-right" {
			t.Errorf("%q: response header %q", header, got)
		}
	}
}

// Answers tell whose the log is, refusals too.
func TestOrganizationOfAnswers(t *testing.T) {
	c := newClient(t, fakeopenai.New(fakeopenai.Options{Organizations: map[string]string{"theirs": "org-theirs"}}))
	for key, want := range map[string]string{"theirs": "org-theirs", "other": fakeopenai.DefaultOrganization, "": fakeopenai.DefaultOrganization} {
		if got := c.get("/organization/audit_logs", "Authorization: Bearer "+key).header.Get("Openai-Organization"); got != want {
			t.Errorf("to the key %q: %q, want %q", key, got, want)
		}
	}
}

func TestOtherEndpoints(t *testing.T) {
	paths := map[string]string{
		"/organization/users": "api.management.read", "/organization/invites": "api.management.read",
		"/organization/projects": "api.management.read", "/organization/admin_api_keys": "api.management.read",
		"/models": "api.model.read",
	}
	narrow, wide := newClient(t, newServer(0)), newClient(t, fakeopenai.New(fakeopenai.Options{Overpowered: true}))
	for path, scope := range paths {
		wantError(t, narrow.get(path), http.StatusForbidden, apiError{
			"You have insufficient permissions for this operation. Missing scopes: " + scope + ".", invalidRequest, "", "",
		})
		if p := wide.get(path).page(t); p.Data == nil || len(p.Data) != 0 || p.HasMore {
			t.Errorf("%s of an overpowered key: %+v", path, p)
		}
	}
	if a := narrow.get("/organization/users", "Authorization: Bearer wrong"); a.status != http.StatusUnauthorized {
		t.Errorf("wrong key: status %d", a.status)
	}
}

func TestUnknownPathsAndMethods(t *testing.T) {
	for _, base := range []string{"", "/v1", "v1/", "/proxy/openai/v1/"} {
		t.Run("base "+base, func(t *testing.T) {
			s := fakeopenai.New(fakeopenai.Options{BasePath: base})
			path := map[string]string{"": "/v1", "v1/": "/v1", "/proxy/openai/v1/": "/proxy/openai/v1"}[base]
			if base == "/v1" {
				path = base
			}
			for _, tt := range []struct {
				method, path string
				status       int
				want         apiError
			}{
				{"GET", path + "/organization/audit_logs", 200, apiError{}},
				{"GET", path + "/organization/audit_logs/", 404, apiError{"Invalid URL (GET " + path + "/organization/audit_logs/)", invalidRequest, "", "unknown_url"}},
				{"GET", "/organization/audit_logs", 404, apiError{"Invalid URL (GET /organization/audit_logs)", invalidRequest, "", "unknown_url"}},
				{"GET", "/", 404, apiError{"Invalid URL (GET /)", invalidRequest, "", "unknown_url"}},
				{"POST", path + "/organization/audit_logs", 405, apiError{"Not allowed to POST on " + path + "/organization/audit_logs.", invalidRequest, "", "method_not_supported"}},
			} {
				r := httptest.NewRequest(tt.method, tt.path, nil)
				r.Header.Set("Authorization", "Bearer x")
				w := httptest.NewRecorder()
				s.ServeHTTP(w, r)
				if tt.status == 200 {
					if w.Code != 200 {
						t.Errorf("%s %s: status %d", tt.method, tt.path, w.Code)
					}
					continue
				}
				wantError(t, answer{status: w.Code, header: w.Header(), body: w.Body.String()}, tt.status, tt.want)
				if tt.status == 405 && w.Header().Get("Allow") != "GET" {
					t.Errorf("Allow = %q", w.Header().Get("Allow"))
				}
			}
		})
	}
}

func TestHeaders(t *testing.T) {
	one := newClient(t, newServer(1)).get("/organization/audit_logs")
	two := newClient(t, newServer(1)).get("/organization/audit_logs")
	if got, want := one.header.Get("Date"), "Sat, 21 Nov 2026 12:00:00 GMT"; got != want {
		t.Errorf("Date = %q, want the server's clock, %q", got, want)
	}
	if id := one.header.Get("X-Request-Id"); !strings.HasPrefix(id, "req_") || len(id) != 36 {
		t.Errorf("X-Request-Id = %q", id)
	}
	if diff := cmp.Diff(one.header, two.header); diff != "" {
		t.Errorf("headers of the same first request differ (-one +two):\n%s", diff)
	}
	c := newClient(t, newServer(1))
	if a, b := c.get("/organization/audit_logs"), c.get("/organization/audit_logs"); a.header.Get("X-Request-Id") == b.header.Get("X-Request-Id") {
		t.Error("two requests have one id")
	}
}

func TestGzip(t *testing.T) {
	server := newServer(50)
	plain := newClient(t, server).get("/organization/audit_logs?limit=50", "Accept-Encoding: identity")
	plain.page(t)
	tests := []struct {
		header string
		zipped bool
	}{
		{"gzip", true},
		{"deflate, GZIP;q=0.5", true},
		{"*", true},
		{"gzip; q=0", false},
		{"br", false},
		{"identity", false},
		{"gzip;q=x", false},
	}
	c := newClient(t, server)
	for _, tt := range tests {
		a := c.get("/organization/audit_logs?limit=50", "Accept-Encoding: "+tt.header)
		body := a.body
		if got := a.header.Get("Content-Encoding") == "gzip"; got != tt.zipped {
			t.Errorf("%s: zipped is %v", tt.header, got)
		}
		if tt.zipped {
			r, err := gzip.NewReader(strings.NewReader(a.body))
			if err != nil {
				t.Fatalf("%s: %v", tt.header, err)
			}
			b, err := io.ReadAll(r)
			if err != nil {
				t.Fatalf("%s: %v", tt.header, err)
			}
			body = string(b)
		}
		if body != plain.body {
			t.Errorf("%s: another body", tt.header)
		}
		if a.header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%s: Vary = %q", tt.header, a.header.Get("Vary"))
		}
	}
	off := newClient(t, fakeopenai.New(fakeopenai.Options{NoGzip: true}))
	if a := off.get("/organization/audit_logs", "Accept-Encoding: gzip"); a.header.Get("Content-Encoding") != "" {
		t.Error("NoGzip: zipped all the same")
	}
}

func TestLatency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := fakeopenai.New(fakeopenai.Options{Latency: 200 * time.Millisecond})
		l := fakeopenai.NewLocal(s)
		defer l.Close()
		c := &client{t: t, local: l, http: l.Client()}
		begun := time.Now()
		s.Add(fakeopenai.Event{ID: "later", EffectiveAt: begun.Unix(), ListedAt: begun.Add(150 * time.Millisecond)})
		if p := c.list(""); len(p.Data) != 1 {
			t.Error("what is listed was decided before the latency")
		}
		if took := time.Since(begun); took != 200*time.Millisecond {
			t.Errorf("took %s", took)
		}

		c.http.Timeout = 50 * time.Millisecond
		begun = time.Now()
		if a := c.get("/organization/audit_logs"); a.err == nil {
			t.Error("answered before its time")
		}
		synctest.Wait()
		if took := time.Since(begun); took != 50*time.Millisecond {
			t.Errorf("took %s", took)
		}
		if st := s.Stats(); st.Requests != 2 || st.ByStatus[0] != 1 {
			t.Errorf("the request given up is still under way: %+v", st)
		}
	})
}

func TestRequestsPerMinute(t *testing.T) {
	now := t0.Add(20 * time.Second)
	s := fakeopenai.New(fakeopenai.Options{Now: func() time.Time { return now }, RequestsPerMinute: 2})
	c := newClient(t, s)
	c.list("")
	c.list("")
	a := c.get("/organization/audit_logs")
	wantError(t, a, http.StatusTooManyRequests, apiError{"Rate limit reached for requests.", "requests", "", "rate_limit_exceeded"})
	if got := a.header.Get("Retry-After"); got != "40" {
		t.Errorf("Retry-After = %q, want the rest of the minute", got)
	}
	now = now.Add(40 * time.Second)
	c.list("")
}

func TestStats(t *testing.T) {
	var mu sync.Mutex
	var seen []fakeopenai.Exchange
	s := fakeopenai.New(fakeopenai.Options{Keys: []string{testKey}, Now: fixedClock, Observe: func(x fakeopenai.Exchange) {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, x)
	}})
	s.Add(numbered(25)...)
	c := newClient(t, s)
	c.zipped = true
	c.walk("limit=10")
	c.get("/organization/audit_logs?limit=0")
	c.get("/organization/audit_logs?tenant_only=true", "Authorization: Bearer wrong-wrong-wrong-wrong-wrong")
	remove := s.Inject(fakeopenai.Fault{Kind: fakeopenai.Drop})
	c.get("/organization/audit_logs?tenant_only=true")
	remove()
	plain := c.get("/nowhere")
	c.local.Close()

	got := s.Stats()
	want := fakeopenai.Stats{
		Requests: got.Requests, ByStatus: map[int]int{0: got.ByStatus[0], 200: 3, 400: 1, 401: 1, 404: 1}, Pages: 3, Events: 25,
		BodyBytes: got.BodyBytes, WireBytes: got.WireBytes, Faults: map[fakeopenai.Kind]int{fakeopenai.Drop: got.ByStatus[0]},
		MaxConcurrent: 1, Connections: got.Connections,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got.ByStatus[0] < 1 || got.Requests != 6+got.ByStatus[0] {
		t.Errorf("%d requests, %d dropped", got.Requests, got.ByStatus[0])
	}
	if got.WireBytes >= got.BodyBytes || got.WireBytes < int64(len(plain.body)) {
		t.Errorf("%d bytes on the wire of %d", got.WireBytes, got.BodyBytes)
	}
	if got.Connections < 1 || got.Connections > got.Requests {
		t.Errorf("%d connections", got.Connections)
	}

	if diff := cmp.Diff(fakeopenai.Exchange{
		Time: t0, Method: "GET", URL: "/v1/organization/audit_logs?limit=10&after=e9", Status: 200, Listing: true,
		Page: 2, Events: 10, Wire: seen[1].Wire, ClientID: "Go-http-client/1.1",
	}, seen[1]); diff != "" {
		t.Errorf("second exchange (-want +got):\n%s", diff)
	}
	for _, x := range seen {
		if strings.Contains(x.URL, testKey) || strings.Contains(x.ClientID, testKey) {
			t.Errorf("the key is in %+v", x)
		}
	}
}

// TestConcurrency is for the race detector: readers, writers, faults and statistics at once.
func TestConcurrency(t *testing.T) {
	org, err := fakeopenai.NewOrganization(fakeopenai.OrganizationOptions{From: t0.Add(-time.Hour), To: t0, Count: 500})
	if err != nil {
		t.Fatal(err)
	}
	s := fakeopenai.New(fakeopenai.Options{Now: fixedClock})
	s.AddOrganization(org)
	const workers, rounds = 8, 6
	c := newClient(t, s)
	var group sync.WaitGroup
	for n := range workers {
		group.Go(func() {
			for i := range rounds {
				remove := s.Inject(fakeopenai.Fault{Kind: fakeopenai.Shuffle, When: fakeopenai.When{Chance: 0.5, Seed: uint64(n)}})
				s.Add(fakeopenai.Event{ID: string(rune('a'+n)) + string(rune('a'+i)), EffectiveAt: t0.Unix() - int64(i*100)})
				if got := len(c.walk("limit=100")); got < 500 {
					t.Errorf("a walk lists %d events", got)
				}
				remove()
				s.Stats()
				s.Known(t0)
			}
		})
	}
	group.Wait()
	if got := len(c.walk("limit=100")); got != 500+workers*rounds {
		t.Errorf("%d events in the end", got)
	}
	if st := s.Stats(); st.MaxConcurrent < 1 || st.MaxConcurrent > workers {
		t.Errorf("MaxConcurrent = %d", st.MaxConcurrent)
	}
}
