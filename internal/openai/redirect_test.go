package openai_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fluent-bit-openai-audit/internal/openai"
)

// redirects is a network in which the first requests are redirected, one to
// another, and the one after the last gets a page.
type redirects struct {
	locations []string
	asked     []string // where requests went
	keyless   int      // how many of them had no key
}

func (n *redirects) RoundTrip(r *http.Request) (*http.Response, error) {
	n.asked = append(n.asked, r.URL.String())
	if r.Header.Get("Authorization") != "Bearer "+testKey {
		n.keyless++
	}
	if i := len(n.asked) - 1; i < len(n.locations) {
		return answer(http.StatusTemporaryRedirect, http.Header{"Location": {n.locations[i]}}, "moved")(r)
	}
	return answer(200, nil, goodPage)(r)
}

func TestRedirectToTheSamePlace(t *testing.T) {
	const base = "https://api.openai.com/v1/organization/audit_logs"
	for name, locations := range map[string][]string{
		"relative":                    {"/v2/logs?limit=5"},
		"absolute":                    {"https://api.openai.com/v2/logs"},
		"the scheme's port spelt out": {"https://api.openai.com:443/v2/logs"},
		"other letters":               {"https://API.OpenAI.com/v2/logs"},
		"three times":                 {"/a", "/b", "/c"},
	} {
		t.Run(name, func(t *testing.T) {
			network := &redirects{locations: locations}
			page(t, newClient(t, openai.Options{Transport: network}), openai.Query{})
			if len(network.asked) != len(locations)+1 || network.asked[0] != base || network.keyless != 0 {
				t.Errorf("asked %q, %d times without the key", network.asked, network.keyless)
			}
		})
	}
}

func TestRedirectElsewhereIsRefused(t *testing.T) {
	const remedy = "check base_url: the key is sent to its host only, and where it points now sends requests elsewhere"
	pointsTo := func(where string) string {
		return "a redirect was refused: 307 Temporary Redirect: the server points to " + where + ", and the key is sent to https://api.openai.com only"
	}
	tests := []struct {
		name      string
		locations []string
		text      string
	}{
		{"another host", []string{"https://evil.example/v1?x=y"}, pointsTo("https://evil.example")},
		{"a host below", []string{"https://evil.api.openai.com/"}, pointsTo("https://evil.api.openai.com")},
		{"a host above", []string{"https://openai.com/"}, pointsTo("https://openai.com")},
		{"another port", []string{"https://api.openai.com:8443/"}, pointsTo("https://api.openai.com:8443")},
		{"plain http", []string{"http://api.openai.com/v1"}, pointsTo("http://api.openai.com")},
		{"no scheme", []string{"//evil.example/"}, pointsTo("https://evil.example")},
		{"a host that looks the same", []string{"https://api.openai.com@evil.example/"}, pointsTo("https://evil.example")},
		{"another host, in the end", []string{"/a", "https://evil.example/"}, pointsTo("https://evil.example")},
		{"a host that holds the key", []string{"https://" + strings.ToLower(testKey) + ".evil.example/"}, pointsTo("https://[redacted].evil.example")},
		{"in a circle", []string{"/a", "/b", "/a", "/b"}, "a redirect was refused: 307 Temporary Redirect: the server redirected more than 3 times"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			network := &redirects{locations: tt.locations}
			e := failure(t, newClient(t, openai.Options{Transport: network}), openai.Query{})
			expect(t, e, "", openai.Body, openai.ReasonRedirectRefused, tt.text)
			if e.Status != 307 || e.Remedy() != remedy {
				t.Errorf("status %d, remedy %s", e.Status, e.Remedy())
			}
			if len(network.asked) != len(tt.locations) {
				t.Errorf("asked %q", network.asked)
			}
		})
	}
}

func TestRedirectToAnotherSchemeOnTheSamePort(t *testing.T) {
	network := &redirects{locations: []string{"http://api.openai.com:8443/v1"}}
	client := newClient(t, openai.Options{BaseURL: parseURL(t, "https://api.openai.com:8443/v1"), Transport: network})
	e := failure(t, client, openai.Query{})
	expect(t, e, "", openai.Body, openai.ReasonRedirectRefused, "a redirect was refused: 307 Temporary Redirect: "+
		"the server points to http://api.openai.com:8443, and the key is sent to https://api.openai.com:8443 only")
	if len(network.asked) != 1 {
		t.Errorf("asked %q", network.asked)
	}
}

// With a real network, the other host hears nothing at all.
func TestRedirectSendsNothingElsewhere(t *testing.T) {
	heard := false
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { heard = true }))
	defer elsewhere.Close()
	server := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, elsewhere.URL, http.StatusFound) }, nil)
	client := newClient(t, openai.Options{BaseURL: parseURL(t, server.URL)})
	e := failure(t, client, openai.Query{})
	expect(t, e, "", openai.Body, openai.ReasonRedirectRefused,
		"a redirect was refused: 302 Found: the server points to "+elsewhere.URL+", and the key is sent to "+server.URL+" only")
	if _, err := client.Probe(t.Context(), "organization/users"); errorText(err) != e.Error() {
		t.Errorf("probe: %v", err)
	}
	if heard {
		t.Error("the other host was asked")
	}
}

// Every hop counts against the requests per minute.
func TestRedirectIsCharged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := openai.NewGate(1, 6)
		network := &redirects{locations: []string{"/a", "/b"}}
		client := newClient(t, openai.Options{Gate: gate, Transport: network})
		release, err := gate.Acquire(context.Background(), openai.Live)
		if err != nil {
			t.Fatal(err)
		}
		page(t, client, openai.Query{})
		release()
		start := time.Now()
		if release, err = gate.Acquire(context.Background(), openai.Live); err != nil {
			t.Fatal(err)
		}
		release()
		if waited := time.Since(start); waited != 30*time.Second {
			t.Errorf("the next request waited %v, want 30s", waited)
		}
	})
}
