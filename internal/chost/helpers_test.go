package chost_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"fluent-bit-openai-audit/internal/chost"
	"fluent-bit-openai-audit/internal/fakeopenai"
)

const adminKey = "sk-admin-chost-0123456789abcdefghijklmnopqrstuvwxyz"

// built is the library under test.
var built *chost.Program

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "chost")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	built, err = chost.Build(context.Background(), dir)
	if err != nil && !errors.Is(err, chost.ErrNoCompiler) {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// program returns the built library and its hosts.
func program(t *testing.T) *chost.Program {
	t.Helper()
	if built == nil {
		t.Skip("a C compiler is needed to build the library and its host")
	}
	return built
}

// api is a simulated API over HTTP.
type api struct {
	*fakeopenai.Server
	url string
}

func newAPI(t *testing.T, organization fakeopenai.OrganizationOptions) *api {
	t.Helper()
	return newSlowAPI(t, organization, 0)
}

func newSlowAPI(t *testing.T, organization fakeopenai.OrganizationOptions, latency time.Duration) *api {
	t.Helper()
	a := &api{Server: fakeopenai.New(fakeopenai.Options{Keys: []string{adminKey}, Latency: latency})}
	if organization.Count > 0 {
		o, err := fakeopenai.NewOrganization(organization)
		if err != nil {
			t.Fatal(err)
		}
		a.AddOrganization(o)
	}
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	a.url = server.URL + "/v1"
	return a
}

// yesterday is an organization with so many events in the day before.
func yesterday(seed uint64, count int) fakeopenai.OrganizationOptions {
	now := time.Now().Truncate(time.Second)
	return fakeopenai.OrganizationOptions{Seed: seed, From: now.Add(-24 * time.Hour), To: now.Add(-time.Minute), Count: count}
}

// events returns what the API lists.
func (a *api) events(streams ...fakeopenai.Stream) map[string]fakeopenai.Event {
	events := make(map[string]fakeopenai.Event)
	for _, s := range streams {
		for e := range a.List(time.Now(), fakeopenai.Filter{Stream: s}) {
			events[e.ID] = e
		}
	}
	return events
}

// properties are those of an instance that reads all of the organization stream, changed by some.
func (a *api) properties(t *testing.T, changed ...string) []string {
	t.Helper()
	return append(changed, // the host takes the first of two that are alike
		"base_url", a.url, "api_key", adminKey, "db", filepath.Join(t.TempDir(), "state.db"),
		"scope", "organization", "start_from", "beginning", "poll_interval", "1s",
	)
}

// tick waits about as long as it takes until a host calls again, or a share of it.
func tick(d time.Duration) { <-time.After(d) }

// collect calls the callback of an instance until it has handed over n records, and returns them.
func collect(t *testing.T, h *chost.Host, instance, n int) []chost.Record {
	t.Helper()
	return collectUntil(t, h, instance, strconv.Itoa(n)+" records", func(records []chost.Record) bool {
		return len(records) >= n
	})
}

// collectUntil calls the callback of an instance until what it has handed over is enough, and returns it.
func collectUntil(t *testing.T, h *chost.Host, instance int, want string, enough func([]chost.Record) bool) []chost.Record {
	t.Helper()
	for deadline := time.Now().Add(60 * time.Second); ; tick(20 * time.Millisecond) {
		h.Do("collect %d", instance)
		records := h.Records(instance)
		if enough(records) {
			return records
		}
		if time.Now().After(deadline) {
			t.Fatalf("instance %d handed over %d records, want %s", instance, len(records), want)
		}
	}
}

// terminate ends an instance as Fluent Bit does: it pauses it, empties the ring buffer, pauses it again,
// and lets it exit.
func terminate(h *chost.Host, instance int) {
	h.Do("pause %d", instance)
	tick(500 * time.Millisecond)
	h.Do("pause %d", instance)
	if instance == 0 { // the callback is optional
		h.Do("preexit %d", instance)
	}
	h.Do("exit %d", instance)
}

// wantAll checks that the records are the events, each once.
func wantAll(t *testing.T, records []chost.Record, events map[string]fakeopenai.Event) {
	t.Helper()
	seen := make(map[string]bool)
	for _, r := range records {
		id := r.ID()
		event, listed := events[id]
		switch {
		case !listed:
			t.Errorf("record of event %q, which the API does not list", id)
		case seen[id]:
			t.Errorf("event %s was handed over twice", id)
		case int64(r.Sec) != event.EffectiveAt || r.Nsec != 0:
			t.Errorf("event %s has the time %d.%09d, want %d", id, r.Sec, r.Nsec, event.EffectiveAt)
		case r.Metadata["stream"] != event.Stream().String():
			t.Errorf("event %s has the metadata %v, want the stream %s", id, r.Metadata, event.Stream())
		default:
			if err := r.Is(event.Raw); err != nil {
				t.Errorf("event %s: %v", id, err)
			}
		}
		seen[id] = true
	}
	if len(seen) != len(events) {
		t.Errorf("%d events were handed over, want %d", len(seen), len(events))
	}
}

// wantLog checks that a line was logged: its level, and all of what comes before a text and some of it.
func wantLog(t *testing.T, h *chost.Host, level int, name, text string) {
	t.Helper()
	prefix := fmt.Sprintf("%d [input:openai_audit:%s] ", level, name)
	for _, line := range h.Lines("log") {
		if rest, ok := strings.CutPrefix(line, prefix); ok && strings.Contains(rest, text) {
			return
		}
	}
	t.Errorf("no log line %q...%q in:\n%s", prefix, text, strings.Join(h.Lines("log"), "\n"))
}

// hosts are the kinds of host there are, and may be.
var hosts = []struct {
	name string
	chost.Options
}{
	{"4.1 and later", chost.Options{Contexts: true, Exports: true}},
	{"4.0", chost.Options{Exports: true}},
	{"4.1 and later, nothing exported", chost.Options{Contexts: true}},
	{"4.0, nothing exported", chost.Options{}},
}
