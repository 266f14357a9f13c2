package fakeopenai_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"fluent-bit-openai-audit/internal/fakeopenai"
)

const missingAuditScope = "You have insufficient permissions for this operation. Missing scopes: api.audit_logs.read."

// TestFaults injects every fault, in every form, into a server with 25 events, e0 the newest, and looks at the answer
// to one request. A second, healthy client shows that the fault ends when it is removed.
func TestFaults(t *testing.T) {
	all := idsOf(numbered(25))
	page := func(more bool, ids ...string) func(*testing.T, answer) {
		return func(t *testing.T, a answer) {
			t.Helper()
			p := a.page(t)
			if diff := cmp.Diff(ids, p.ids()); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
			if p.HasMore != more {
				t.Errorf("has_more = %v", p.HasMore)
			}
		}
	}
	refusal := func(status int, want apiError, headers ...string) func(*testing.T, answer) {
		return func(t *testing.T, a answer) {
			t.Helper()
			wantError(t, a, status, want)
			for _, h := range headers {
				name, value, _ := strings.Cut(h, ": ")
				if got := a.header.Get(name); got != value {
					t.Errorf("%s = %q, want %q", name, got, value)
				}
			}
		}
	}
	plainError := func(status int) func(*testing.T, answer) {
		return func(t *testing.T, a answer) {
			t.Helper()
			if a.status != status || a.body != `{"error":"`+missingAuditScope+`"}` {
				t.Errorf("status %d: %s", a.status, a.body)
			}
		}
	}
	html := func(status int) func(*testing.T, answer) {
		return func(t *testing.T, a answer) {
			t.Helper()
			if a.status != status || a.header.Get("Content-Type") != "text/html; charset=UTF-8" || !strings.HasPrefix(a.body, "<!DOCTYPE html>") {
				t.Errorf("status %d, %s: %s", a.status, a.header.Get("Content-Type"), a.body)
			}
		}
	}
	broken := func(t *testing.T, a answer) {
		t.Helper()
		if a.err == nil {
			t.Errorf("answered: status %d, %d bytes", a.status, len(a.body))
		}
	}
	serverError := func(status int) apiError {
		return apiError{http.StatusText(status) + ": the server had an error while processing your request.", "server_error", "", ""}
	}
	echo := func(key string) func(*testing.T, answer) {
		return refusal(401, apiError{"Incorrect API key provided: " + key + ".", invalidRequest, "", "invalid_api_key"})
	}
	envelope := func(start, rest string) func(*testing.T, answer) {
		return func(t *testing.T, a answer) {
			t.Helper()
			if !strings.HasPrefix(a.body, start) || !strings.HasSuffix(a.body, rest) {
				t.Errorf("%s", a.body)
			}
		}
	}
	limited := apiError{"Rate limit reached for requests.", "requests", "", "rate_limit_exceeded"}
	window := fmt.Sprintf("&effective_at[gte]=%d&effective_at[lt]=%d", t0.Unix()-3, t0.Unix()-1)

	tests := []struct {
		fault string // as ParseFault reads it
		query string
		check func(*testing.T, answer)
	}{
		{"401", "", refusal(401, apiError{"Incorrect API key provided: sk-admin********cdef.", invalidRequest, "", "invalid_api_key"})},
		{"401:form=scope", "", refusal(401, apiError{missingAuditScope, invalidRequest, "", ""})},
		{"401:form=string", "", plainError(401)},
		{"echo_key", "", refusal(401, apiError{"Incorrect API key provided: " + testKey + ".", invalidRequest, "", "invalid_api_key"})},
		{"echo_key:form=blank", "", echo(testKey[:len(testKey)/2] + " " + testKey[len(testKey)/2:])},
		{"echo_key:form=lines", "", echo(testKey[:len(testKey)/2] + "\r\n" + testKey[len(testKey)/2:])},
		{"echo_key:form=base64", "", echo(base64.StdEncoding.EncodeToString([]byte(testKey)))},
		{"echo_key:form=base64url", "", echo(base64.RawURLEncoding.EncodeToString([]byte(testKey)))},
		{"echo_key:form=hex", "", echo(fmt.Sprintf("%x", testKey))},
		{"echo_key:form=percent", "", echo("%" + strings.ReplaceAll(fmt.Sprintf("% X", testKey), " ", "%"))},
		{"echo_key:form=reversed", "", func(t *testing.T, a answer) {
			if first := testKey[len(testKey)-1:] + testKey[len(testKey)-2:len(testKey)-1]; !strings.Contains(a.body, "provided: "+first) || !strings.Contains(a.body, "nimda-ks.") {
				t.Errorf("%s", a.body)
			}
		}},
		{"403", "", refusal(403, apiError{missingAuditScope, invalidRequest, "", ""})},
		{"403:form=string", "", plainError(403)},
		{"404", "", refusal(404, apiError{"Invalid URL (GET /v1/organization/audit_logs)", invalidRequest, "", "unknown_url"})},
		{"408", "", refusal(408, serverError(408))},
		{"429", "", refusal(429, limited, "Retry-After: 1", "Retry-After-Ms: ")},
		{"429:retry_after=2500ms", "", refusal(429, limited, "Retry-After: 3")},
		{"429:retry_after=90s,form=date", "", refusal(429, limited, "Retry-After: Sat, 21 Nov 2026 12:01:30 GMT")},
		{"429:retry_after=250ms,form=ms", "", refusal(429, limited, "Retry-After-Ms: 250", "Retry-After: ")},
		{"429:form=none", "", refusal(429, limited, "Retry-After: ", "Retry-After-Ms: ")},
		{"429:form=none,code=insufficient_quota", "", refusal(429, apiError{"You exceeded your current quota.", "requests", "", "insufficient_quota"})},
		{"500", "", refusal(500, serverError(500), "Retry-After: ")},
		{"502", "", html(502)},
		{"503", "", refusal(503, serverError(503), "Retry-After: ")},
		{"503:retry_after=7s", "", refusal(503, serverError(503), "Retry-After: 7")},
		{"status", "", refusal(418, serverError(418))},
		{"status:status=422,code=odd", "", refusal(422, apiError{serverError(422).Message, "server_error", "", "odd"})},
		{"status:status=204", "", func(t *testing.T, a answer) {
			if a.err != nil || a.status != 204 || a.body != "" {
				t.Errorf("status %d, error %v: %s", a.status, a.err, a.body)
			}
		}},
		{"html", "", html(200)},
		{"redirect", "limit=3", func(t *testing.T, a answer) {
			if got := a.header.Get("Location"); a.status != 307 || got != "https://elsewhere.example.com/v1/organization/audit_logs?limit=3" {
				t.Errorf("status %d to %s", a.status, got)
			}
		}},
		{"redirect:location=http://127.0.0.1:9/,status=302", "limit=3", func(t *testing.T, a answer) {
			if got := a.header.Get("Location"); a.status != 302 || got != "http://127.0.0.1:9/v1/organization/audit_logs?limit=3" {
				t.Errorf("status %d to %s", a.status, got)
			}
		}},
		{"drop", "", broken},
		{"refuse_cursor", "after=e3", refusal(400, apiError{"No audit log found with id 'e3'.", invalidRequest, "after", ""})},
		{"refuse_cursor:status=404", "before=e3", refusal(404, apiError{"No audit log found with id 'e3'.", invalidRequest, "after", ""})},
		{"refuse_cursor", "limit=2", page(true, "e0", "e1")},

		{"ascending", "limit=3", page(true, "e24", "e23", "e22")},
		{"ascending", "limit=3&after=e22", page(true, "e21", "e20", "e19")},
		{"ascending", "limit=30&after=e2", page(false, "e1", "e0")},
		{"ascending", "limit=2&before=e22", page(false, "e24", "e23")},
		{"ignore_time", "limit=2" + window, page(true, "e0", "e1")},
		{"ignore_types", "limit=2&event_types[]=no.such", page(true, "e0", "e1")},
		{"ignore_cursor", "limit=2&after=e5", page(true, "e0", "e1")},
		{"ignore_cursor", "limit=2&before=e20", page(true, "e0", "e1")},

		{"repeat_page", "limit=3", page(true, "e0", "e1", "e2")},
		{"repeat_page", "limit=3&after=e5", page(true, "e3", "e4", "e5")},
		{"repeat_page", "limit=1&after=e5", page(true, "e5")},
		{"repeat_page", "limit=2" + window + "&after=e3", page(true, "e2", "e3")},
		{"more_forever", "limit=3&after=e22", page(true, "e23", "e24")},
		{"more_forever", "limit=3&after=e24", func(t *testing.T, a answer) { checkCursors(t, a, "null", "null", true) }},
		{"more_forever:form=cursor", "limit=3&after=e24", func(t *testing.T, a answer) { checkCursors(t, a, "e24", "e24", true) }},
		{"end_early", "limit=3", page(false, "e0", "e1", "e2")},
		{"empty_page", "limit=3&after=e5", func(t *testing.T, a answer) {
			if p := a.page(t); len(p.Data) != 0 {
				t.Errorf("events %v", p.ids())
			}
			checkCursors(t, a, "null", "null", true)
		}},
		{"empty_page:form=same", "limit=3&after=e5", func(t *testing.T, a answer) { checkCursors(t, a, "null", "e5", true) }},
		{"empty_page:form=next", "limit=3&after=e5", func(t *testing.T, a answer) { checkCursors(t, a, "empty_page_e5", "empty_page_e5", true) }},
		{"empty_page:form=next", "limit=2&after=empty_page_e5", page(true, "e6", "e7")},
		{"empty_page:form=next", "limit=2&after=empty_page_", page(true, "e0", "e1")},
		{"null_cursors", "limit=2", func(t *testing.T, a answer) { page(true, "e0", "e1")(t, a); checkCursors(t, a, "null", "null", true) }},
		{"shuffle:seed=1", "limit=25", func(t *testing.T, a answer) {
			got := a.page(t).ids()
			if slices.Equal(got, all) {
				t.Error("not shuffled")
			}
			if diff := cmp.Diff(sorted(all), sorted(got)); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
			checkCursors(t, a, "e0", "e24", false)
		}},
		{"duplicate", "limit=10", func(t *testing.T, a answer) {
			got := a.page(t).ids()
			if len(got) != 11 || len(slices.Compact(sorted(got))) != 10 {
				t.Errorf("got %v", got)
			}
		}},
		{"malformed", "limit=10", extraElement("42")},
		{"malformed:form=null", "limit=10", extraElement("null")},
		{"malformed:form=string", "limit=10", extraElement(`"not an event"`)},
		{"malformed:form=array", "limit=10", extraElement(`[{"id":"audit_log-inside-an-array"}]`)},
		{"malformed:form=no_id", "limit=10", extraElement(fmt.Sprintf(`{"object":"organization.audit_log","type":"login.succeeded","effective_at":%d}`, t0.Unix()))},
		{"malformed:form=no_time", "limit=10", func(t *testing.T, a answer) {
			p := a.page(t)
			i := slices.IndexFunc(p.ids(), func(id string) bool { return strings.HasPrefix(id, "audit_log-without-a-time-") })
			if i < 0 || strings.Contains(string(p.Data[i]), "effective_at") || len(p.Data) != 11 {
				t.Errorf("%s", a.body)
			}
		}},
		{"malformed:form=key", "limit=10", func(t *testing.T, a answer) {
			if !strings.Contains(a.body, `{"id":"audit_log-with-a-key","token":"`+testKey+`",}`) || json.Valid([]byte(a.body)) {
				t.Errorf("%s", a.body)
			}
		}},
		{"malformed:form=number", "limit=10&effective_at[lt]=1", func(t *testing.T, a answer) {
			if p := a.page(t); len(p.Data) != 1 || string(p.Data[0]) != "42" {
				t.Errorf("%s", a.body)
			}
		}},
		{"malformed:form=deep,size=500", "limit=10", grownEvent(`"simulated_depth":` + strings.Repeat("[", 500) + strings.Repeat("]", 500) + "}")},
		{"malformed:form=huge", "limit=10", grownEvent(`"simulated_size":"` + strings.Repeat("x", 1<<20) + `"}`)},
		{"extra_keys", "limit=2", func(t *testing.T, a answer) {
			page(true, "e0", "e1")(t, a)
			checkCursors(t, a, "e0", "e1", true)
			var keys map[string]any
			if err := json.Unmarshal([]byte(a.body), &keys); err != nil || len(keys) <= 5 {
				t.Errorf("keys %v, error %v", keys, err)
			}
		}},
		{"concat", "limit=5", documents("\n", []string{"e0", "e1"}, []string{"e2", "e3", "e4"})},
		{"concat:form=none,size=3", "limit=3", documents("", []string{"e0"}, []string{"e1"}, []string{"e2"})},
		{"concat", "limit=30", func(t *testing.T, a answer) {
			one, two, _ := strings.Cut(a.body, "\n")
			checkCursors(t, answer{status: 200, body: one}, "e0", "e11", true)
			checkCursors(t, answer{status: 200, body: two}, "e12", "e24", false)
		}},
		{"odd", "effective_at[lt]=1", envelope(`{"object":"list","data":null,"first_id":null,`, `"has_more":false}`)},
		{"odd", "limit=2", page(true, "e0", "e1")},
		{"odd:form=no_data", "effective_at[lt]=1", envelope(`{"object":"list","first_id":null,`, `"has_more":false}`)},
		{"odd:form=no_data", "limit=2", page(true, "e0", "e1")},
		{"odd:form=null_more", "limit=2", envelope(`{"object":"list","data":[{`, `,"last_id":"e1","has_more":null}`)},
		{"odd:form=no_more", "limit=2", envelope(`{"object":"list","data":[{`, `,"last_id":"e1"}`)},
		{"odd:form=text_more", "limit=2", envelope(`{"object":"list","data":[{`, `,"last_id":"e1","has_more":"true"}`)},
		{"odd:form=mark", "limit=2", envelope("\ufeff"+`{"object":"list","data":[{`, `,"last_id":"e1","has_more":true}`)},

		{"cut", "limit=25", func(t *testing.T, a answer) {
			if a.err == nil || a.status != 200 || len(a.body) == 0 {
				t.Errorf("status %d, error %v, %d bytes", a.status, a.err, len(a.body))
			}
		}},
		{"cut:form=clean,part=0.25", "limit=25", func(t *testing.T, a answer) {
			if a.err != nil || json.Valid([]byte(a.body)) || a.header.Get("Content-Length") != fmt.Sprint(len(a.body)) || len(a.body) == 0 {
				t.Errorf("error %v: %d bytes, Content-Length %s", a.err, len(a.body), a.header.Get("Content-Length"))
			}
		}},
		{"bad_gzip", "", func(t *testing.T, a answer) {
			_, err := gzip.NewReader(strings.NewReader(a.body))
			if a.header.Get("Content-Encoding") != "gzip" || err == nil {
				t.Errorf("Content-Encoding %q: %.80s", a.header.Get("Content-Encoding"), a.body)
			}
		}},
		{"wrong_date", "", date("Sat, 21 Nov 2026 12:10:00 GMT")},
		{"wrong_date:for=-1d", "", date("Fri, 20 Nov 2026 12:00:00 GMT")},
		{"wrong_date:form=none", "", func(t *testing.T, a answer) {
			if _, found := a.header["Date"]; found {
				t.Errorf("Date = %q", a.header.Get("Date"))
			}
		}},
		{"wrong_date:form=invalid", "", date("half past nine")},
		// These take time: TestSlowFaults tries them.
		{fault: "hang"},
		{fault: "slow"},
		{fault: "delay"},
	}
	tried := make(map[string]bool)
	for _, tt := range tests {
		f, err := fakeopenai.ParseFault(tt.fault)
		if err != nil {
			t.Fatal(err)
		}
		tried[string(f.Kind)+":"+f.Form] = true
		if tt.check == nil {
			continue
		}
		t.Run(tt.fault+" "+tt.query, func(t *testing.T) {
			s := newServer(25)
			remove := s.Inject(f)
			c := newClient(t, s)
			tt.check(t, c.get("/organization/audit_logs?"+tt.query, "Accept-Encoding: identity"))
			remove()
			page(true, "e2", "e3")(t, c.get("/organization/audit_logs?limit=2&after=e1"))
		})
	}
	for _, f := range complianceFaults { // TestComplianceFaults tries them
		tried[f] = true
	}
	for _, k := range fakeopenai.FaultKinds() {
		if !tried[string(k.Kind)+":"] {
			t.Errorf("fault %s is not tried", k.Kind)
		}
		for _, p := range k.Params {
			for _, form := range p.Forms[min(1, len(p.Forms)):] {
				if !tried[string(k.Kind)+":"+form] {
					t.Errorf("fault %s is not tried in the form %s", k.Kind, form)
				}
			}
		}
	}
}

func sorted(s []string) []string {
	s = slices.Clone(s)
	slices.Sort(s)
	return s
}

func checkCursors(t *testing.T, a answer, first, last string, more bool) {
	t.Helper()
	text := func(s *string) string {
		if s == nil {
			return "null"
		}
		return *s
	}
	p := a.page(t)
	if got := []string{text(p.FirstID), text(p.LastID)}; !slices.Equal(got, []string{first, last}) || p.HasMore != more {
		t.Errorf("cursors %q, has_more %v, want %q %q %v", got, p.HasMore, first, last, more)
	}
}

// extraElement wants ten events, in order, and raw among them.
func extraElement(raw string) func(*testing.T, answer) {
	return func(t *testing.T, a answer) {
		t.Helper()
		p := a.page(t)
		i := slices.IndexFunc(p.Data, func(d json.RawMessage) bool { return string(d) == raw })
		if i < 0 {
			t.Fatalf("no %s in %s", raw, a.body)
		}
		p.Data = slices.Delete(p.Data, i, i+1)
		if diff := cmp.Diff(idsOf(numbered(10)), p.ids()); diff != "" {
			t.Errorf("the other events (-want +got):\n%s", diff)
		}
	}
}

// grownEvent wants ten events, one of which ends in tail.
func grownEvent(tail string) func(*testing.T, answer) {
	return func(t *testing.T, a answer) {
		t.Helper()
		p := a.page(t)
		n := 0
		for _, d := range p.Data {
			if bytes.HasSuffix(d, []byte(tail)) {
				n++
			}
		}
		if n != 1 || !slices.Equal(p.ids(), idsOf(numbered(10))) {
			t.Errorf("%d events with the tail, ids %v", n, p.ids())
		}
	}
}

// documents wants a body of several pages with the separator in between.
func documents(separator string, want ...[]string) func(*testing.T, answer) {
	return func(t *testing.T, a answer) {
		t.Helper()
		var total int
		dec := json.NewDecoder(strings.NewReader(a.body))
		for i, ids := range want {
			var raw json.RawMessage
			if err := dec.Decode(&raw); err != nil {
				t.Fatalf("document %d: %v", i, err)
			}
			total += len(raw)
			part := answer{status: 200, body: string(raw)}
			if diff := cmp.Diff(ids, part.page(t).ids()); diff != "" {
				t.Errorf("document %d (-want +got):\n%s", i, diff)
			}
			checkCursors(t, part, ids[0], ids[len(ids)-1], true)
		}
		if want := total + (len(want)-1)*len(separator); len(a.body) != want {
			t.Errorf("%d bytes, want %d", len(a.body), want)
		}
	}
}

func date(want string) func(*testing.T, answer) {
	return func(t *testing.T, a answer) {
		t.Helper()
		a.page(t)
		if got := a.header.Get("Date"); got != want {
			t.Errorf("Date = %q, want %q", got, want)
		}
	}
}

func TestCutGzip(t *testing.T) {
	for _, form := range []string{"connection", "clean"} {
		s := newServer(25)
		s.Inject(fakeopenai.Fault{Kind: fakeopenai.Cut, Form: form})
		a := newClient(t, s).get("/organization/audit_logs?limit=25", "Accept-Encoding: gzip")
		if (a.err != nil) != (form == "connection") {
			t.Errorf("%s: error %v", form, a.err)
		}
		r, err := gzip.NewReader(strings.NewReader(a.body))
		if err != nil {
			t.Fatalf("%s: %v", form, err)
		}
		if _, err := io.ReadAll(r); err == nil {
			t.Errorf("%s: the stream is whole", form)
		}
	}
}

func TestSlowFaults(t *testing.T) {
	tests := []struct {
		fault string
		want  time.Duration
		fails bool
	}{
		{"slow", 10 * time.Second, false},
		{"slow:for=2s", 2 * time.Second, false},
		{"slow:for=1m", 30 * time.Second, true},
		{"delay", 5 * time.Second, false},
		{"delay:for=90", 30 * time.Second, true},
		{"hang", 30 * time.Second, true},
	}
	for _, tt := range tests {
		t.Run(tt.fault, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, err := fakeopenai.ParseFault(tt.fault)
				if err != nil {
					t.Fatal(err)
				}
				s := newServer(25)
				s.Inject(f)
				l := fakeopenai.NewLocal(s)
				defer l.Close()
				c := &client{t: t, local: l, http: l.Client()}
				c.http.Timeout = 30 * time.Second
				begun := time.Now()
				a := c.get("/organization/audit_logs?limit=25")
				if took := time.Since(begun); took != tt.want {
					t.Errorf("took %s, want %s", took, tt.want)
				}
				if tt.fails {
					if a.err == nil {
						t.Error("no error")
					}
					return
				}
				if got := len(a.page(t).Data); got != 25 {
					t.Errorf("%d events", got)
				}
			})
		})
	}
}

func TestFaultsThatNeedAWalk(t *testing.T) {
	tests := []struct {
		name   string
		faults []string
		want   []string
	}{
		{"an empty page now and then", []string{"empty_page:form=next"}, idsOf(numbered(25))},
		{"shuffled pages keep their cursors", []string{"shuffle:seed=3"}, idsOf(numbered(25))},
		{"a page repeated once", []string{"repeat_page:count=1"}, slices.Concat(idsOf(numbered(25))[:4], idsOf(numbered(25)))},
		{"ascending", []string{"ascending"}, reversed(idsOf(numbered(25)))},
		{"ended on the second page", []string{"end_early:page=2"}, idsOf(numbered(8))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newServer(25)
			for _, text := range tt.faults {
				f, err := fakeopenai.ParseFault(text)
				if err != nil {
					t.Fatal(err)
				}
				s.Inject(f)
			}
			got := newClient(t, s).walk("limit=4")
			if strings.HasPrefix(tt.faults[0], "shuffle") {
				if slices.Equal(got, tt.want) {
					t.Error("not shuffled")
				}
				got, tt.want = sorted(got), sorted(tt.want)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func reversed(s []string) []string {
	slices.Reverse(s)
	return s
}

func TestFaultsTogether(t *testing.T) {
	s := newServer(25)
	// Of those that answer, the first takes effect, and the second keeps its count.
	s.Inject(fakeopenai.Fault{Kind: fakeopenai.Throttled, When: fakeopenai.When{Count: 1}})
	s.Inject(fakeopenai.Fault{Kind: fakeopenai.ServerError, When: fakeopenai.When{Count: 1}})
	// The others add up.
	s.Inject(fakeopenai.Fault{Kind: fakeopenai.Ascending})
	s.Inject(fakeopenai.Fault{Kind: fakeopenai.NullCursors})
	s.Inject(fakeopenai.Fault{Kind: fakeopenai.WrongDate, Form: "none"})
	c := newClient(t, s)
	for _, want := range []int{429, 500, 200} {
		a := c.get("/organization/audit_logs?limit=2")
		if a.status != want || a.header.Get("Date") != "" {
			t.Errorf("status %d, want %d; Date %q", a.status, want, a.header.Get("Date"))
		}
		if want == 200 {
			if got := a.page(t).ids(); !slices.Equal(got, []string{"e24", "e23"}) {
				t.Errorf("events %v", got)
			}
			checkCursors(t, a, "null", "null", true)
		}
	}
	// What another fault has emptied, a fault leaves alone.
	s = newServer(3)
	s.Inject(fakeopenai.Fault{Kind: fakeopenai.EmptyPage})
	s.Inject(fakeopenai.Fault{Kind: fakeopenai.Duplicate})
	s.Inject(fakeopenai.Fault{Kind: fakeopenai.Malformed, Form: "huge"})
	if p := newClient(t, s).list(""); len(p.Data) != 0 {
		t.Errorf("events %v", p.ids())
	}
}

func TestFaultsSpareOtherRequests(t *testing.T) {
	s := newServer(3)
	s.Inject(fakeopenai.Fault{Kind: fakeopenai.ServerError, When: fakeopenai.When{Count: 1}})
	c := newClient(t, s)
	if a := c.get("/organization/audit_logs", "Authorization: Bearer wrong"); a.status != 401 {
		t.Errorf("wrong key: status %d", a.status)
	}
	if a := c.get("/organization/audit_logs?limit=0"); a.status != 400 {
		t.Errorf("wrong query: status %d", a.status)
	}
	if a := c.get("/organization/users"); a.status != 403 {
		t.Errorf("another endpoint: status %d", a.status)
	}
	if a := c.get("/organization/audit_logs"); a.status != 500 {
		t.Errorf("the one that counts: status %d", a.status)
	}
}

func TestWhen(t *testing.T) {
	now := t0
	clock := func() time.Time { return now }
	at := t0.Unix()
	type request struct {
		advance time.Duration
		query   string
		struck  bool
	}
	tests := []struct {
		name     string
		when     fakeopenai.When
		requests []request
	}{
		{"always", fakeopenai.When{}, []request{{0, "", true}, {0, "", true}}},
		{"count", fakeopenai.When{Count: 2}, []request{{0, "", true}, {0, "", true}, {0, "", false}}},
		{"skip", fakeopenai.When{Skip: 1, Count: 1}, []request{{0, "", false}, {0, "", true}, {0, "", false}}},
		{"stream", fakeopenai.When{Streams: []fakeopenai.Stream{fakeopenai.TenantStream}}, []request{{0, "", false}, {0, "tenant_only=true", true}}},
		{"page 1", fakeopenai.When{Page: 1}, []request{{0, "limit=2", true}, {0, "limit=2&after=e3", false}}},
		{"page 2", fakeopenai.When{Page: 2}, []request{{0, "limit=2", false}, {0, "limit=2&after=e1", true}, {0, "limit=2&after=e3", false}}},
		{"page 2 of each walk", fakeopenai.When{Page: 2}, []request{
			{0, "limit=2", false}, {0, "limit=3", false}, {0, "limit=3&after=e2", true}, {0, "limit=2&after=e1", true},
		}},
		{"clock", fakeopenai.When{From: t0.Add(time.Second), To: t0.Add(2 * time.Second)}, []request{
			{0, "", false}, {time.Second, "", true}, {time.Second, "", false},
		}},
		{"window", fakeopenai.When{WindowFrom: at - 10, WindowTo: at - 5}, []request{
			{0, "", true},
			{0, fmt.Sprintf("effective_at[gte]=%d", at-5), false},
			{0, fmt.Sprintf("effective_at[gte]=%d", at-6), true},
			{0, fmt.Sprintf("effective_at[lt]=%d", at-10), false},
			{0, fmt.Sprintf("effective_at[lt]=%d", at-9), true},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			now = t0
			s := fakeopenai.New(fakeopenai.Options{Now: clock})
			s.Add(numbered(25)...)
			// A fault that leaves the listing usable, so that a walk goes on.
			s.Inject(fakeopenai.Fault{Kind: fakeopenai.WrongDate, Form: "invalid", When: tt.when})
			c := newClient(t, s)
			for i, r := range tt.requests {
				now = now.Add(r.advance)
				a := c.get("/organization/audit_logs?" + r.query)
				if got := a.header.Get("Date") == "half past nine"; got != r.struck {
					t.Errorf("request %d, %q: struck is %v", i, r.query, got)
				}
			}
		})
	}
}

func TestChanceIsSeeded(t *testing.T) {
	run := func(seed uint64) (pattern string) {
		s := newServer(1)
		s.Inject(fakeopenai.Fault{Kind: fakeopenai.ServerError, When: fakeopenai.When{Chance: 0.3, Seed: seed}})
		c := newClient(t, s)
		for range 200 {
			pattern += fmt.Sprint(c.get("/organization/audit_logs").status/100, "")
		}
		return pattern
	}
	one := run(1)
	if one != run(1) {
		t.Error("one seed, two patterns")
	}
	if one == run(2) {
		t.Error("two seeds, one pattern")
	}
	if n := strings.Count(one, "5"); n < 35 || n > 85 {
		t.Errorf("%d of 200 struck, want about 60", n)
	}
}

func TestSenselessFault(t *testing.T) {
	tests := []struct {
		name  string
		fault fakeopenai.Fault
		want  string
	}{
		{"no kind", fakeopenai.Fault{}, `unknown fault ""`},
		{"unknown kind", fakeopenai.Fault{Kind: "x"}, `unknown fault "x"`},
		{"unknown form", fakeopenai.Fault{Kind: "403", Form: "x"}, `fault 403: form "x": want one of object, string`},
		{"foreign parameter", fakeopenai.Fault{Kind: "500", Size: 3}, "fault 500 has no parameter size"},
		{"chance", fakeopenai.Fault{Kind: "500", When: fakeopenai.When{Chance: 2}}, "fault 500: chance 2: want 0 to 1"},
		{"part", fakeopenai.Fault{Kind: "cut", Part: -1}, "fault cut: part -1: want 0 to 1"},
		{"status", fakeopenai.Fault{Kind: "status", Status: 99}, "fault status: status 99: want 200 to 599"},
		{"count", fakeopenai.Fault{Kind: "500", When: fakeopenai.When{Count: -1}}, "fault 500: size, count, skip and page must not be negative"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newServer(1)
			s.Inject(tt.fault)
			a := newClient(t, s).get("/organization/audit_logs")
			wantError(t, a, 500, apiError{"fakeopenai: " + tt.want, "server_error", "", ""})
		})
	}
}

func TestParseFault(t *testing.T) {
	tests := []struct {
		text string
		want fakeopenai.Fault
	}{
		{"500", fakeopenai.Fault{Kind: "500"}},
		{"500:", fakeopenai.Fault{Kind: "500"}},
		{"429:retry_after=2s,form=date,code=x,count=3", fakeopenai.Fault{
			Kind: "429", RetryAfter: 2 * time.Second, Form: "date", Code: "x", When: fakeopenai.When{Count: 3},
		}},
		{"cut:part=0.9,chance=0.1,seed=18446744073709551615,skip=4,page=2,stream=tenant", fakeopenai.Fault{
			Kind: "cut", Part: 0.9,
			When: fakeopenai.When{Chance: 0.1, Seed: 1<<64 - 1, Skip: 4, Page: 2, Streams: []fakeopenai.Stream{fakeopenai.TenantStream}},
		}},
		{"redirect:location=https://h.example:8/x=y,status=301", fakeopenai.Fault{Kind: "redirect", Location: "https://h.example:8/x=y", Status: 301}},
		{"slow:for=1d12h,stream=organization", fakeopenai.Fault{
			Kind: "slow", For: 36 * time.Hour, When: fakeopenai.When{Streams: []fakeopenai.Stream{fakeopenai.OrganizationStream}},
		}},
		{"wrong_date:for=-90", fakeopenai.Fault{Kind: "wrong_date", For: -90 * time.Second}},
		{"malformed:form=deep,size=12", fakeopenai.Fault{Kind: "malformed", Form: "deep", Size: 12}},
		{"html:from=2026-11-21T12:00:00Z,to=2026-11-22T12:00:00Z,window_from=5,window_to=-6", fakeopenai.Fault{
			Kind: "html", When: fakeopenai.When{From: t0, To: t0.Add(24 * time.Hour), WindowFrom: 5, WindowTo: -6},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			got, err := fakeopenai.ParseFault(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseFaultErrors(t *testing.T) {
	whenNames := "count, skip, chance, seed, stream, path, page, from, to, window_from, window_to"
	tests := []struct{ text, want string }{
		{"shufle", `unknown fault "shufle"; did you mean shuffle?`},
		{"Repeat_Page", `unknown fault "Repeat_Page"; did you mean repeat_page?`},
		{"429:retry-after=1", `fault 429 has no parameter "retry-after"; did you mean retry_after?`},
		{"500:flavor=1", `fault 500 has no parameter "flavor"; known are ` + whenNames},
		{"500:count", `fault 500: count: want count=VALUE`},
		{"500:count=x", `fault 500: count=x: want an integer`},
		{"500:count=-1", `fault 500: size, count, skip and page must not be negative`},
		{"500:chance=often", `fault 500: chance=often: want a number`},
		{"500:chance=NaN", `fault 500: chance=NaN: want a number`},
		{"500:chance=1.5", `fault 500: chance 1.5: want 0 to 1`},
		{"500:stream=both", `fault 500: stream=both: want organization or tenant`},
		{"500:from=noon", `fault 500: from=noon: want a time as 2026-01-31T12:00:00Z`},
		{"500:window_to=noon", `fault 500: window_to=noon: want an integer of Unix seconds`},
		{"500:seed=-1", `fault 500: seed=-1: want an integer that is not negative`},
		{"slow:for=long", `fault slow: for=long: want a duration as 90s, 10m, 24h or 30d`},
		{"slow:for=1w", `fault slow: for=1w: want a duration as 90s, 10m, 24h or 30d`},
		{"slow:for=99999999999", `fault slow: for=99999999999: want a duration as 90s, 10m, 24h or 30d`},
		{"403:form=text", `fault 403: form "text": want one of object, string`},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			if _, err := fakeopenai.ParseFault(tt.text); err == nil || err.Error() != tt.want {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
	if _, err := fakeopenai.ParseFault("flood"); err == nil || !strings.HasPrefix(err.Error(), `unknown fault "flood"; known are 401, echo_key, 403,`) {
		t.Errorf("nothing alike: %v", err)
	}
}
