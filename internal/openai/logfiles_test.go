package openai_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"fluent-bit-openai-audit/internal/openai"
)

const signedQuery = "signature=do-not-show-this"

// logServer answers with a signed address, and at that with a file.
func logServer(t *testing.T, location string, file func(http.Header) (int, io.Reader)) roundTrip {
	t.Helper()
	return func(r *http.Request) (*http.Response, error) {
		if strings.Contains(r.URL.Path, "/compliance/") {
			if r.Header.Get("Authorization") == "" {
				t.Error("the API was asked without the key")
			}
			resp := logAnswer(http.StatusTemporaryRedirect, "")
			resp.Header.Set("Location", location)
			return resp, nil
		}
		for _, name := range []string{"Authorization", "OpenAI-Organization", "Cookie"} {
			if r.Header.Get(name) != "" {
				t.Errorf("%s went to the signed address", name)
			}
		}
		resp := logAnswer(0, "")
		status, body := file(resp.Header)
		resp.StatusCode, resp.Body = status, io.NopCloser(body)
		return resp, nil
	}
}

func logAnswer(status int, body string) *http.Response {
	return &http.Response{
		StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), ContentLength: -1, ProtoMajor: 1, ProtoMinor: 1,
	}
}

var workspaceLogs = openai.LogPlace{Route: "workspaces", ID: "3f0a"}

func TestLogFiles(t *testing.T) {
	t.Parallel()
	var asked []string
	client := newClient(t, openai.Options{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		asked = append(asked, r.Method+" "+r.URL.String())
		return logAnswer(http.StatusOK, `{"data":[],"has_more":false,"last_end_time":null}`), nil
	})})
	at := time.Date(2026, 11, 20, 12, 0, 0, 5000, time.FixedZone("", 3600))
	for _, q := range []openai.LogQuery{
		{LogPlace: workspaceLogs, Types: []string{"AUTH_LOG", "A&B"}, After: at, Limit: 100},
		{LogPlace: openai.LogPlace{Route: "organizations", ID: "a/b"}, Types: []string{"COSTS"}, After: at, Before: at.Add(time.Hour), Limit: 7},
	} {
		resp, err := client.LogFiles(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		resp.Release()
	}
	want := []string{
		"/compliance/workspaces/3f0a/logs?event_type=AUTH_LOG&event_type=A%26B&after=2026-11-20T11%3A00%3A00.000005Z&limit=100",
		"/compliance/organizations/a%2Fb/logs?event_type=COSTS&after=2026-11-20T11%3A00%3A00.000005Z&before=2026-11-20T12%3A00%3A00.000005Z&limit=7",
	}
	for i, got := range asked {
		if !strings.HasSuffix(got, want[i]) || !strings.HasPrefix(got, "GET ") {
			t.Errorf("asked for %s, want %s", got, want[i])
		}
	}
}

func TestDownloadLog(t *testing.T) {
	t.Parallel()
	const location = "https://files.example.net/x?" + signedQuery
	text := strings.Repeat("{}\n", 1000)
	var zipped bytes.Buffer
	zw := gzip.NewWriter(&zipped)
	_, _ = zw.Write([]byte(text))
	_ = zw.Close()
	hash := func(b []byte) string {
		sum := sha256.Sum256(b)
		return hex.EncodeToString(sum[:])
	}
	answer := func(status int, body string) func(http.Header) (int, io.Reader) {
		return func(http.Header) (int, io.Reader) { return status, strings.NewReader(body) }
	}
	encoded := func(body string) func(http.Header) (int, io.Reader) {
		return func(h http.Header) (int, io.Reader) {
			h.Set("Content-Encoding", "gzip")
			return http.StatusOK, strings.NewReader(body)
		}
	}
	for name, tt := range map[string]struct {
		location string
		file     func(http.Header) (int, io.Reader)
		limit    int64
		reason   openai.Reason // none for success
		plain    string
	}{
		"a file":              {file: answer(http.StatusOK, text)},
		"gzip":                {plain: hash([]byte(text)), file: encoded(zipped.String())},
		"broken gzip":         {file: encoded(text)},
		"too large":           {file: answer(http.StatusOK, text), limit: 2999, reason: openai.ReasonTooLarge},
		"large enough":        {file: answer(http.StatusOK, text), limit: 3000},
		"expired":             {file: answer(http.StatusForbidden, location), reason: openai.ReasonFileRefused},
		"gone at its address": {file: answer(http.StatusNotFound, location), reason: openai.ReasonFileRefused},
		"another redirect": {file: func(h http.Header) (int, io.Reader) {
			h.Set("Location", "https://elsewhere.example.net/?"+signedQuery)
			return http.StatusFound, strings.NewReader("")
		}, reason: openai.ReasonFileRefused},
		"cut": {file: func(http.Header) (int, io.Reader) {
			return http.StatusOK, io.MultiReader(strings.NewReader("{"), cutBody{})
		}, reason: openai.ReasonCutShort},
		"an address of http":            {location: "http://files.example.net/x?" + signedQuery, reason: openai.ReasonRedirectRefused},
		"an address that is none":       {location: "https://files.example.net:x%zz/?" + signedQuery, reason: openai.ReasonRedirectRefused},
		"an address with a password":    {location: "https://me:secret@files.example.net/?" + signedQuery, reason: openai.ReasonRedirectRefused},
		"an address of another program": {location: "file:///etc/passwd?" + signedQuery, reason: openai.ReasonRedirectRefused},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if tt.location == "" {
				tt.location = location
			}
			if tt.limit == 0 {
				tt.limit = 1 << 20
			}
			var seen []openai.Observation
			client := newClient(t, openai.Options{
				Transport: logServer(t, tt.location, tt.file), OnRequest: func(o openai.Observation) { seen = append(seen, o) },
			})
			var got bytes.Buffer
			d, err := client.DownloadLog(t.Context(), workspaceLogs, "eclf_1", &got, tt.limit)
			reason := openai.ReasonNone
			if e, ok := errors.AsType[*openai.Error](err); ok {
				reason = e.Reason
				if e.Logs == "" {
					t.Errorf("%v is not about logs", err)
				}
			}
			if reason != tt.reason || (err == nil) != (tt.reason == openai.ReasonNone) {
				t.Fatalf("error %v, want %s", err, tt.reason)
			}
			if err == nil && (d.SHA256 != hash(got.Bytes()) || d.Size != int64(got.Len()) || d.Plain != tt.plain) {
				t.Errorf("%+v of %d bytes, want a plain %q", d, got.Len(), tt.plain)
			}
			told := fmt.Sprintf("%v %+v %#v %+v", err, err, err, seen)
			if e, ok := errors.AsType[*openai.Error](err); ok {
				told += e.Remedy() + fmt.Sprintf("%+v %#v", *e, *e)
			}
			for e := err; e != nil; e = errors.Unwrap(e) {
				told += fmt.Sprintf("%v %+v %#v", e, e, e)
			}
			if strings.Contains(told, "do-not-show") || strings.Contains(told, "secret@") {
				t.Errorf("the signed address shows: %s", told)
			}
		})
	}
}

type cutBody struct{}

func (cutBody) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// A file that cannot be kept is no failure of the API, and an address that cannot be reached tells no more than its host.
func TestDownloadLogElsewhere(t *testing.T) {
	t.Parallel()
	const location = "https://files.example.net/x?" + signedQuery
	client := newClient(t, openai.Options{Transport: logServer(t, location, func(http.Header) (int, io.Reader) { return http.StatusOK, strings.NewReader("{}") })})
	_, err := client.DownloadLog(t.Context(), workspaceLogs, "eclf_1", full{}, 100)
	if !errors.Is(err, openai.ErrWrite) || !strings.Contains(err.Error(), "disk full") {
		t.Errorf("error %v", err)
	}
	for _, id := range []string{"", "../../models", "a/b", `a\b`} {
		if _, err := client.DownloadLog(t.Context(), workspaceLogs, id, io.Discard, 100); err == nil {
			t.Errorf("the id %q was asked for", id)
		}
	}
	unreachable := newClient(t, openai.Options{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		if strings.Contains(r.URL.Path, "/compliance/") {
			resp := logAnswer(http.StatusTemporaryRedirect, "")
			resp.Header.Set("Location", location)
			return resp, nil
		}
		return nil, &url.Error{Op: "Get", URL: r.URL.String(), Err: errors.New("no route")}
	})})
	_, err = unreachable.DownloadLog(t.Context(), workspaceLogs, "eclf_1", io.Discard, 100)
	if err == nil || !strings.Contains(err.Error(), "files.example.net") || strings.Contains(err.Error(), signedQuery) {
		t.Errorf("error %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := client.DownloadLog(ctx, workspaceLogs, "eclf_1", io.Discard, 100); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("disk full") }

// A header that is no HTTP is an error that does not quote the address in it.
func TestDownloadLogOddHeader(t *testing.T) {
	t.Parallel()
	for _, header := range []string{
		"Location: https://files.example.com/\x7f?" + signedQuery, "Location : https://files.example.com/?" + signedQuery,
		"Location: https://files.example.com/\r\n" + signedQuery, "Content-Length: https://files.example.com/?" + signedQuery,
		"Transfer-Encoding: https://files.example.com/?" + signedQuery,
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_, err = fmt.Fprintf(conn, "HTTP/1.1 307 Temporary Redirect\r\n%s\r\n\r\n", header)
			if err := errors.Join(err, conn.Close()); err != nil {
				t.Error(err)
			}
		}))
		t.Cleanup(server.Close)
		client := newClient(t, openai.Options{BaseURL: parseURL(t, server.URL), Transport: &http.Transport{DisableKeepAlives: true}})
		_, err := client.DownloadLog(t.Context(), workspaceLogs, "eclf_1", io.Discard, 1000)
		if err == nil || strings.Contains(fmt.Sprintf("%v %+v", err, err), "do-not-show") {
			t.Errorf("%q: %v", header, err)
		}
	}
}

// An answer that has the address in its body is an error that does not quote it.
func TestDownloadLogAddressInBody(t *testing.T) {
	t.Parallel()
	const address = "https://files.example.com/f?" + signedQuery
	for _, body := range []string{
		address, `{"url":"` + address + `"}`, `{"error":{"message":"see ` + address + `, and ` + address + `"}}`, `<a href="` + address + `">here</a>`,
	} {
		for _, status := range []int{200, 302, 400, 403, 404, 429, 500} {
			client := newClient(t, openai.Options{Transport: roundTrip(func(*http.Request) (*http.Response, error) { return logAnswer(status, body), nil })})
			_, err := client.DownloadLog(t.Context(), workspaceLogs, "eclf_1", io.Discard, 1000)
			if err == nil || strings.Contains(fmt.Sprintf("%v %+v", err, err), "do-not-show") {
				t.Errorf("%d %s: %v", status, body, err)
			}
		}
	}
}
