//go:build linux

package e2e_test

import (
	"net"
	"net/http"
	"slices"
	"testing"
	"time"

	"fluent-bit-openai-audit/internal/fakeopenai"
)

// api is the simulator on a loopback port.
type api struct {
	*fakeopenai.Server
	url string
}

// serve runs a simulator that accepts testKey, if no other is given, until the test ends.
func serve(t *testing.T, opts fakeopenai.Options, events ...fakeopenai.Event) *api {
	t.Helper()
	l := listen(t)
	a := unserved(opts, l.Addr().String(), events...)
	a.listen(t, l)
	return a
}

// unserved returns a simulator that does not listen yet.
func unserved(opts fakeopenai.Options, address string, events ...fakeopenai.Event) *api {
	if opts.Keys == nil {
		opts.Keys = []string{testKey}
	}
	a := &api{Server: fakeopenai.New(opts), url: "http://" + address + "/v1"}
	a.Add(events...)
	return a
}

// listen serves on a listener until the test ends.
func (a *api) listen(t *testing.T, l net.Listener) { serveHTTP(t, l, a.Server) }

// serveHTTP serves on a listener until the test ends.
func serveHTTP(t *testing.T, l net.Listener, h http.Handler) {
	t.Helper()
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(l) // always an error: the server is closed
	}()
	t.Cleanup(func() {
		_ = server.Close()
		<-done
	})
}

// listen listens on a free port of this machine.
func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// freePort returns a port of this machine that nobody listened on a moment ago.
func freePort(t *testing.T) string {
	t.Helper()
	l := listen(t)
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// events returns what the API lists now, of both streams.
func (a *api) events() []fakeopenai.Event {
	now := time.Now()
	all := slices.Collect(a.List(now, fakeopenai.Filter{Stream: fakeopenai.OrganizationStream}))
	return slices.AppendSeq(all, a.List(now, fakeopenai.Filter{Stream: fakeopenai.TenantStream}))
}

// populate adds a synthetic organization.
func (a *api) populate(t *testing.T, opts fakeopenai.OrganizationOptions) {
	t.Helper()
	o, err := fakeopenai.NewOrganization(opts)
	if err != nil {
		t.Fatal(err)
	}
	a.AddOrganization(o)
}

// history is an organization of count events over the last day, up to an hour ago.
func history(seed uint64, count int) fakeopenai.OrganizationOptions {
	now := time.Now()
	return fakeopenai.OrganizationOptions{
		Seed: seed, From: now.Add(-24 * time.Hour), To: now.Add(-time.Hour), Count: count, TenantShare: 0.1,
	}
}

// livePage returns the events of a page that the real API sent, with the identities in it replaced.
func livePage(t *testing.T) []fakeopenai.Event {
	t.Helper()
	events, err := fakeopenai.LoadFile("../fakeopenai/testdata/live_page.json")
	if err != nil {
		t.Fatal(err)
	}
	return events
}
