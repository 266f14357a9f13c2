package fakeopenai_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"fluent-bit-openai-audit/internal/fakeopenai"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const testKey = "sk-admin-test-0123456789abcdef"

// t0 is the clock of most tests.
var t0 = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func fixedClock() time.Time { return t0 }

// client asks one server.
type client struct {
	t     *testing.T
	local *fakeopenai.Local
	http  *http.Client

	zipped bool // a walk asks for gzip, which takes longer
}

func newClient(t *testing.T, s *fakeopenai.Server) *client {
	t.Helper()
	local := fakeopenai.NewLocal(s)
	t.Cleanup(local.Close)
	return &client{t: t, local: local, http: local.Client()}
}

// answer is a response, read to its end.
type answer struct {
	status int
	header http.Header
	body   string
	err    error // of the request or of reading the body
}

// get sends a request for path and query below the base URL, with headers given as "Name: value".
func (c *client) get(pathAndQuery string, headers ...string) answer {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), http.MethodGet, c.local.URL+pathAndQuery, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+testKey)
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	return c.do(req)
}

func (c *client) do(req *http.Request) answer {
	c.t.Helper()
	noRedirect := *c.http
	noRedirect.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := noRedirect.Do(req)
	if err != nil {
		return answer{err: err}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header, string(body), err}
}

// listPage is the API's envelope.
type listPage struct {
	Object  string            `json:"object"`
	Data    []json.RawMessage `json:"data"`
	HasMore bool              `json:"has_more"`
	FirstID *string           `json:"first_id"`
	LastID  *string           `json:"last_id"`
}

// list asks for the audit log and wants a sound page.
func (c *client) list(query string) listPage {
	c.t.Helper()
	a := c.get("/organization/audit_logs?" + query)
	if a.err != nil || a.status != http.StatusOK {
		c.t.Fatalf("list %s: status %d, error %v: %s", query, a.status, a.err, a.body)
	}
	return a.page(c.t)
}

func (a answer) page(t *testing.T) listPage {
	t.Helper()
	if a.err != nil || a.status != http.StatusOK {
		t.Fatalf("status %d, error %v: %s", a.status, a.err, a.body)
	}
	var p listPage
	if err := json.Unmarshal([]byte(a.body), &p); err != nil {
		t.Fatalf("decode page: %v: %.300s", err, a.body)
	}
	if p.Object != "list" {
		t.Fatalf("object = %q", p.Object)
	}
	return p
}

// ids returns the ids of the page, "?" for an element that has none.
func (p listPage) ids() []string {
	ids := []string{}
	for _, raw := range p.Data {
		var e struct{ ID string }
		if json.Unmarshal(raw, &e) != nil || e.ID == "" {
			e.ID = "?"
		}
		ids = append(ids, e.ID)
	}
	return ids
}

// walk follows last_id from page to page and returns all ids. It is the quick way through long listings.
func (c *client) walk(query string) []string {
	c.t.Helper()
	ids := []string{}
	for after := ""; ; {
		q := query
		if after != "" {
			q += "&after=" + url.QueryEscape(after)
		}
		encoding := []string{"Accept-Encoding: identity"}
		if c.zipped {
			encoding = nil // net/http asks, and unzips
		}
		a := c.get("/organization/audit_logs?"+q, encoding...)
		var p struct {
			Data    []struct{ ID string }
			HasMore bool    `json:"has_more"`
			LastID  *string `json:"last_id"`
		}
		if err := json.Unmarshal([]byte(a.body), &p); err != nil || a.err != nil || a.status != http.StatusOK {
			c.t.Fatalf("walk %s: status %d, errors %v, %v", q, a.status, a.err, err)
		}
		for _, e := range p.Data {
			ids = append(ids, e.ID)
		}
		if !p.HasMore {
			return ids
		}
		if p.LastID == nil || len(ids) > 1_000_000 {
			c.t.Fatalf("walk %s: last_id %v after %d events", query, p.LastID, len(ids))
		}
		after = *p.LastID
	}
}

// numbered makes n events e0, e1, …, one a second, e0 the newest, at t0.
func numbered(n int) []fakeopenai.Event {
	events := make([]fakeopenai.Event, n)
	for i := range events {
		events[i] = fakeopenai.Event{ID: fmt.Sprintf("e%d", i), Type: "login.succeeded", EffectiveAt: t0.Unix() - int64(i)}
	}
	return events
}

func idsOf(events []fakeopenai.Event) []string {
	ids := []string{}
	for _, e := range events {
		ids = append(ids, e.ID)
	}
	return ids
}

// newServer makes a server with a fixed clock and n numbered events.
func newServer(n int) *fakeopenai.Server {
	s := fakeopenai.New(fakeopenai.Options{Keys: []string{testKey}, Now: fixedClock})
	s.Add(numbered(n)...)
	return s
}
