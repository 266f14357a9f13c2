package openai_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"fluent-bit-openai-audit/internal/openai"
	"fluent-bit-openai-audit/internal/secret"
)

func TestRequest(t *testing.T) {
	var got *http.Request
	client := newClient(t, openai.Options{
		Organization: "org-1", UserAgent: openai.UserAgent("1.2.3"),
		Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			got = r
			return answer(200, nil, goodPage)(r)
		}),
	})
	page(t, client, openai.Query{})
	want := http.Header{
		"Authorization": {"Bearer " + testKey}, "Accept": {"application/json"}, "Accept-Encoding": {"gzip"},
		"User-Agent": {openai.UserAgent("1.2.3")}, "Openai-Organization": {"org-1"},
	}
	if diff := cmp.Diff(want, got.Header); diff != "" {
		t.Errorf("headers differ (-want +got):\n%s", diff)
	}
	if got.Method != http.MethodGet || got.Body != nil {
		t.Errorf("%s with body %v", got.Method, got.Body)
	}
	if agent := openai.UserAgent("1.2.3"); !strings.HasPrefix(agent, "fluent-bit-openai-audit/1.2.3 (") {
		t.Errorf("User-Agent %q", agent)
	}

	client = newClient(t, openai.Options{Transport: remember(&got)})
	page(t, client, openai.Query{})
	if _, sent := got.Header["Openai-Organization"]; sent || got.Header.Get("User-Agent") != "fluent-bit-openai-audit" {
		t.Errorf("headers without options: %v", got.Header)
	}
}

func remember(got **http.Request) roundTrip {
	return func(r *http.Request) (*http.Response, error) {
		*got = r
		return answer(200, nil, goodPage)(r)
	}
}

func TestOrganizationID(t *testing.T) {
	for header, want := range map[string]string{
		"": "", "org-AbC_123": "org-AbC_123", "user-1abc": "user-1abc", strings.Repeat("x", 128): strings.Repeat("x", 128),
		strings.Repeat("x", 129): "", "org 1": "", "org-1,org-2": "", "org-\u00e9": "", "org-1\x00": "", "<b>": "",
		testKey: "", testKey[9:30]: "", "org-" + testKey[20:28]: "", "sk-admin-0123456789012345678": "",
	} {
		client := newClient(t, openai.Options{Transport: answer(200, http.Header{"Openai-Organization": {header}}, goodPage)})
		for range 2 { // the second time it may be known
			if got := page(t, client, openai.Query{}).OrganizationID; got != want {
				t.Errorf("%q is read as %q, want %q", header, got, want)
			}
		}
	}
}

func TestResponse(t *testing.T) {
	date := time.Date(2026, 11, 21, 11, 0, 0, 0, time.UTC)
	full := http.Header{}
	full.Set("Date", date.Format(http.TimeFormat))
	full.Set("OpenAI-Organization", "acme-corp")
	full.Set("Content-Type", "text/plain")
	compressed := full.Clone()
	compressed.Set("Content-Encoding", "GZip")
	zipped := string(gzipped(t, goodPage))
	twoDocuments := goodPage + "\n" + goodPage

	tests := []struct {
		name   string
		header http.Header
		body   string
		want   openai.Response
	}{
		{"all headers", full, goodPage, openai.Response{
			Body: []byte(goodPage), Date: date, OrganizationID: "acme-corp",
		}},
		{"compressed", compressed, zipped, openai.Response{
			Body: []byte(goodPage), Date: date, OrganizationID: "acme-corp",
		}},
		{"no headers", nil, goodPage, openai.Response{Body: []byte(goodPage)}},
		{"byte order mark first", nil, "\ufeff" + goodPage, openai.Response{Body: []byte("\ufeff" + goodPage)}},
		{"an error beside events", nil, `{"data":[1],"error":{"message":"x"}}`, openai.Response{Body: []byte(`{"data":[1],"error":{"message":"x"}}`)}},
		{"error null", nil, `{"data":null,"error":null}`, openai.Response{Body: []byte(`{"data":null,"error":null}`)}},
		{"a list without data", nil, `{"object":"list","has_more":false}`, openai.Response{Body: []byte(`{"object":"list","has_more":false}`)}},
		{"bad date", http.Header{"Date": {"yesterday"}}, goodPage, openai.Response{Body: []byte(goodPage)}},
		{"several documents", nil, twoDocuments, openai.Response{Body: []byte(twoDocuments)}},
		{"white space first", nil, "\r\n " + goodPage, openai.Response{Body: []byte("\r\n " + goodPage)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			client := newClient(t, openai.Options{Transport: answer(200, tt.header, tt.body)})
			got := page(t, client, openai.Query{})
			if diff := cmp.Diff(tt.want, *got, cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".buffers" }, cmp.Ignore())); diff != "" {
				t.Errorf("response differs (-want +got):\n%s", diff)
			}
			if got.Size() < len(got.Body) || got.Size() > 1<<20 {
				t.Errorf("a body of %d bytes takes %d", len(got.Body), got.Size())
			}
			got.Release()
			got.Release()
			if got.Body != nil || got.Size() != 0 {
				t.Error("the body can still be used after Release")
			}
		})
	}
}

// Bodies of answers that are in use at the same time do not share a buffer.
func TestResponsesDoNotShareBuffers(t *testing.T) {
	client := newClient(t, openai.Options{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		return answer(200, nil, `{"page":"`+r.URL.Query().Get("after")+`"}`)(r)
	})})
	ask := func(after string) *openai.Response { return page(t, client, openai.Query{After: after}) }
	ask("warm-up").Release()
	for range 100 {
		a, b := ask("a"), ask("b")
		a.Release()
		a.Release()
		c, d := ask("c"), ask("d")
		for want, resp := range map[string]*openai.Response{"b": b, "c": c, "d": d} {
			if got := string(resp.Body); got != `{"page":"`+want+`"}` {
				t.Fatalf("body %s for %s", got, want)
			}
			resp.Release()
		}
	}
}

func TestOtherFieldsOfAnError(t *testing.T) {
	header := http.Header{}
	header.Set("Retry-After", "3600")
	body := `{"error":{"message":"m","type":"t","param":"p","code":"c"}}`
	client := newClient(t, openai.Options{Transport: answer(503, header, body)})
	e := failure(t, client, openai.Query{})
	if e.RetryAfter != 5*time.Minute || e.Code != "c" || e.KeyKind != secret.AdminKey {
		t.Errorf("got %+v", e)
	}
	client = newClient(t, openai.Options{MaxRetryAfter: 2 * time.Hour, Transport: answer(503, header, body)})
	if e := failure(t, client, openai.Query{}); e.RetryAfter != time.Hour {
		t.Errorf("got %+v", e)
	}
}

// An Error that other code made up is told in full too.
func TestErrorFromParts(t *testing.T) {
	cause := errors.New("cause")
	for want, e := range map[string]*openai.Error{
		"the request failed":                          {},
		"the API rejected the query: 400 Bad Request": {Kind: openai.QueryRejected, Reason: openai.ReasonBadQuery, Status: 400},
		"the API failed: cause":                       {Kind: openai.Server, Reason: openai.ReasonServerFailed, Err: cause},
		"the answer is too large (request r)":         {Kind: openai.Body, Reason: openai.ReasonTooLarge, RequestID: "r"},
		"the answer was cut short":                    {Kind: openai.Body, Reason: openai.ReasonCutShort},
	} {
		if e.Error() != want {
			t.Errorf("text %q, want %q", e, want)
		}
		if e.Err != nil && !errors.Is(e, cause) {
			t.Errorf("%q hides its cause", e)
		}
		if remedy := e.Remedy(); strings.Contains(remedy, "the key in use") {
			t.Errorf("%q blames a key that it does not know: %s", e, remedy)
		}
	}
}

func TestNames(t *testing.T) {
	seen := make(map[string]bool)
	for kind := range openai.Body + 1 {
		seen[kind.String()] = true
	}
	if len(seen) != 7 || seen["unknown"] || (openai.Body+1).String() != "unknown" || openai.SlowDown.String() != "slow_down" {
		t.Errorf("kinds %v", seen)
	}
	clear(seen)
	for reason := range openai.ReasonRedirectRefused + 1 {
		if e := (&openai.Error{Reason: reason}); reason != openai.ReasonNone && e.Error() == "the request failed" {
			t.Errorf("reason %v has no words", reason)
		}
		seen[reason.String()] = true
	}
	if len(seen) != int(openai.ReasonRedirectRefused)+1 || seen["unknown"] || (openai.ReasonRedirectRefused+1).String() != "unknown" {
		t.Errorf("reasons %v", seen)
	}
	// One from each end of the list, and one from its middle.
	for reason, want := range map[openai.Reason]string{
		openai.ReasonNoKey: "no_key", openai.ReasonServerFailed: "server_failed", openai.ReasonRedirectRefused: "redirect_refused",
	} {
		if reason.String() != want {
			t.Errorf("reason %v, want %s", reason, want)
		}
	}
}

func TestCallerGivesUp(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	client := newClient(t, openai.Options{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		cancel()
		<-r.Context().Done()
		return nil, r.Context().Err()
	})})
	for _, when := range []string{"under way", "before"} {
		resp, err := client.AuditLogs(ctx, openai.Query{})
		if !errors.Is(err, context.Canceled) || resp != nil {
			t.Errorf("%s: %v, %v, want the context's error", when, resp, err)
		}
		if _, isError := errors.AsType[*openai.Error](err); isError {
			t.Errorf("%s: the caller's own giving up is an *Error", when)
		}
		if _, err := client.Probe(ctx, "organization/users"); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: probe: %v", when, err)
		}
	}
}

type failingKeys struct{ err error }

func (k failingKeys) Key(context.Context) (secret.Key, error) { return secret.Key{}, k.err }
func (failingKeys) Generation() uint64                        { return 0 }
func (failingKeys) Changed(context.Context, uint64) error     { return errors.New("no") }
func (failingKeys) Refused(secret.Key) bool                   { return true }

func TestNoKey(t *testing.T) {
	for want, err := range map[string]error{"there is no API key: vault is sealed": errors.New("vault is sealed"), "there is no API key": nil} {
		client := newClient(t, openai.Options{Keys: failingKeys{err}, Transport: answer(200, nil, goodPage)})
		e := failure(t, client, openai.Query{})
		if e.Kind != openai.KeyRejected || e.Reason != openai.ReasonNoKey || e.Error() != want {
			t.Errorf("%v, %v, %q, want %q", e.Kind, e.Reason, e, want)
		}
		if !strings.HasPrefix(e.Remedy(), "set api_key, api_key_file or the environment variable OPENAI_ADMIN_KEY; use an admin key") {
			t.Errorf("remedy %s", e.Remedy())
		}
	}
}

func TestProbe(t *testing.T) {
	tests := []struct {
		name, path, want string
		status           int
	}{
		{"open", "organization/users?limit=1", "https://api.openai.com/v1/organization/users?limit=1", 200},
		{"forbidden", "organization/projects", "https://api.openai.com/v1/organization/projects", 403},
		{"unknown key", "organization/roles", "https://api.openai.com/v1/organization/roles", 401},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got *http.Request
			read := &endless{}
			client := newClient(t, openai.Options{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				got = r
				return response(r, tt.status, nil, read), nil
			})})
			status, err := client.Probe(t.Context(), tt.path)
			if err != nil || status != tt.status {
				t.Errorf("status %d and error %v, want %d", status, err, tt.status)
			}
			if got.Method != http.MethodGet || got.URL.String() != tt.want || got.Header.Get("Authorization") != "Bearer "+testKey {
				t.Errorf("%s %s", got.Method, got.URL)
			}
			if read.n > 1<<20 {
				t.Errorf("read %d bytes of a body that is of no use", read.n)
			}
		})
	}
	for _, path := range []string{"/organization/users", "https://evil.example/", "//evil.example/", "organization/../../x", ":", "http:x"} {
		client := newClient(t, openai.Options{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			t.Errorf("asked for %s", r.URL)
			return nil, io.EOF
		})})
		if status, err := client.Probe(t.Context(), path); errorText(err) != "this path cannot be probed" || status != 0 {
			t.Errorf("%s: status %d, error %v", path, status, err)
		}
	}
}

// endless is a body without end.
type endless struct{ n int }

func (e *endless) Read(p []byte) (int, error) {
	e.n += len(p)
	clear(p)
	return len(p), nil
}

func TestObservations(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []openai.Observation
		f := newKeyFile(t, keyA)
		client := newClient(t, openai.Options{
			Keys:      f.FileKey,
			OnRequest: func(o openai.Observation) { got = append(got, o) },
			Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				switch {
				case strings.HasSuffix(r.URL.Path, "users"):
					return answer(403, nil, "12345")(r)
				case r.URL.Query().Get("limit") == "9":
					return nil, io.ErrUnexpectedEOF
				case r.Header.Get("Authorization") == "Bearer "+keyA:
					return answer(401, nil, "123")(r)
				}
				return answer(200, nil, goodPage)(r)
			}),
		})
		f.replace(t, keyB)
		page(t, client, openai.Query{Tenant: true})
		failure(t, client, openai.Query{Limit: 9})
		if _, err := client.Probe(t.Context(), "organization/users"); err != nil {
			t.Fatal(err)
		}
		failure(t, client, openai.Query{Limit: 900}) // is not sent
		want := []openai.Observation{
			{Tenant: true, Status: 401, Wire: 3},
			{Tenant: true, Status: 200, Wire: int64(len(goodPage))},
			{},
			{Probe: true, Status: 403, Wire: 5},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("observations differ (-want +got):\n%s", diff)
		}
	})
}

func TestNewRefuses(t *testing.T) {
	good := func() openai.Options {
		return openai.Options{BaseURL: parseURL(t, "https://api.openai.com/v1"), Keys: staticKey(t, testKey)}
	}
	base := func(text string) func(*openai.Options) {
		return func(o *openai.Options) { o.BaseURL = parseURL(t, text) }
	}
	proxy := func(text string) func(*openai.Options) {
		return func(o *openai.Options) { o.Proxy = parseURL(t, text) }
	}
	tests := []struct {
		name   string
		change func(*openai.Options)
		want   string
	}{
		{"no base URL", func(o *openai.Options) { o.BaseURL = nil }, "base_url: there is none"},
		{"no host", base("https:///v1"), "base_url: there is no host in it"},
		{"another scheme", base("ftp://x/v1"), `base_url: scheme "ftp" is neither https nor http`},
		{"password in the URL", base("https://u:hunter2@x/v1"), "base_url: user and password have no place in it"},
		{"query in the URL", base("https://x/v1?a=b"), "base_url: query and fragment have no place in it"},
		{"plain http", base("http://x/v1"), "base_url: plain http would send the key in the clear: use https, or set insecure_http on"},
		{"plain http to something like this host", base("http://localhost.example/v1"), "base_url: plain http would send the key in the clear: use https, or set insecure_http on"},
		{"no key", func(o *openai.Options) { o.Keys = nil }, "api_key: there is none"},
		{"organization with a line break", func(o *openai.Options) { o.Organization = "a\r\nX: y" }, "organization: holds a character that no header can carry"},
		{"user agent with a line break", func(o *openai.Options) { o.UserAgent = "a\n" }, "user agent: holds a character that no header can carry"},
		{"proxy of an unknown kind", proxy("ftp://u:hunter2@p:1"), `proxy: scheme "ftp" is none of http, https, socks5, socks5h`},
		{"proxy without a host", proxy("http://u:hunter2@/"), "proxy: there is no host in the URL"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			opts := good()
			tt.change(&opts)
			client, err := openai.New(opts)
			if errorText(err) != tt.want {
				t.Errorf("error %q, want %q", errorText(err), tt.want)
			}
			if client != nil {
				t.Error("there is a client beside the error")
			}
		})
	}
	for _, text := range []string{"http://localhost:1/v1", "http://127.0.0.1/v1", "http://[::1]:8080", "HTTPS://x/"} {
		opts := good()
		opts.BaseURL = parseURL(t, text)
		if _, err := openai.New(opts); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	opts := good()
	opts.BaseURL, opts.InsecureHTTP = parseURL(t, "http://gateway.example/v1"), true
	if _, err := openai.New(opts); err != nil {
		t.Errorf("insecure_http on: %v", err)
	}
}

// The connection is used again after good answers and small errors, and given up
// by CloseIdle.
func TestConnectionIsKept(t *testing.T) {
	remotes := make(map[string]bool)
	status := 200
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		remotes[r.RemoteAddr] = true
		w.Header().Set("Content-Encoding", "gzip")
		w.WriteHeader(status)
		_, _ = w.Write(gzipped(t, goodPage))
	}))
	defer server.Close()
	client := newClient(t, openai.Options{BaseURL: parseURL(t, server.URL)})
	for range 5 {
		page(t, client, openai.Query{}).Release()
	}
	status = 429
	failure(t, client, openai.Query{})
	status = 200
	page(t, client, openai.Query{}).Release()
	if _, err := client.Probe(t.Context(), "x"); err != nil {
		t.Fatal(err)
	}
	page(t, client, openai.Query{}).Release()
	if len(remotes) != 1 {
		t.Errorf("%d connections, want 1", len(remotes))
	}
	client.CloseIdle()
	page(t, client, openai.Query{}).Release()
	if len(remotes) != 2 {
		t.Errorf("%d connections after CloseIdle, want 2", len(remotes))
	}
}
