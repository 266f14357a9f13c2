package openai_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"fluent-bit-openai-audit/internal/openai"
	"fluent-bit-openai-audit/internal/secret"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// testKey is the key of every test that does not need another one.
const testKey = "sk-admin-T3stKeyThatMustNeverBeSeen0123456789"

const goodPage = `{"object":"list","data":[],"first_id":null,"last_id":null,"has_more":false}`

// roundTrip is a network in memory.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// answer is a network that gives one answer to everything.
func answer(status int, header http.Header, body string) roundTrip {
	return func(r *http.Request) (*http.Response, error) {
		return response(r, status, header, strings.NewReader(body)), nil
	}
}

func response(r *http.Request, status int, header http.Header, body io.Reader) *http.Response {
	if header == nil {
		header = http.Header{}
	}
	return &http.Response{
		StatusCode: status, Header: header.Clone(), Body: io.NopCloser(body), ContentLength: -1, Request: r,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}
}

// newClient makes a client from options in which what is missing is filled in.
func newClient(t testing.TB, opts openai.Options) *openai.Client {
	t.Helper()
	if opts.BaseURL == nil {
		opts.BaseURL = parseURL(t, "https://api.openai.com/v1")
	}
	if opts.Keys == nil {
		opts.Keys = staticKey(t, testKey)
	}
	client, err := openai.New(opts)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	t.Cleanup(client.CloseIdle)
	return client
}

func parseURL(t testing.TB, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func staticKey(t testing.TB, text string) *openai.StaticKey {
	t.Helper()
	return openai.NewStaticKey(parseKey(t, text))
}

func parseKey(t testing.TB, text string) secret.Key {
	t.Helper()
	key, err := secret.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// failure asks for a page and returns the error, which has to be an *Error
// without a page beside it.
func failure(t testing.TB, client *openai.Client, q openai.Query) *openai.Error {
	t.Helper()
	resp, err := client.AuditLogs(context.Background(), q)
	if resp != nil {
		t.Error("there is a response beside the error")
	}
	e, ok := errors.AsType[*openai.Error](err)
	if !ok {
		t.Fatalf("error is %T (%v), want *openai.Error", err, err)
	}
	return e
}

func page(t testing.TB, client *openai.Client, q openai.Query) *openai.Response {
	t.Helper()
	resp, err := client.AuditLogs(context.Background(), q)
	if err != nil {
		t.Fatalf("AuditLogs: %v", err)
	}
	t.Cleanup(resp.Release)
	return resp
}

func gzipped(t testing.TB, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
