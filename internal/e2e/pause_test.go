//go:build linux

package e2e_test

import (
	"bufio"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"fluent-bit-openai-audit/internal/fakeopenai"
)

// sink receives what out_http sends, unless it is blocked: then it holds requests until it is unblocked.
type sink struct {
	open chan struct{} // closed when it is not blocked

	mu  sync.Mutex
	ids []string
	bad error
}

func newSink() *sink { return &sink{open: make(chan struct{})} }

// output serves the sink and returns the output that sends to it.
func (s *sink) output(t *testing.T, match string) props {
	t.Helper()
	l := listen(t)
	serveHTTP(t, l, s)
	_, port, _ := strings.Cut(l.Addr().String(), ":")
	return toHTTP(match, port)
}

func toHTTP(match, port string) props {
	return props{
		"name": "http", "match": match, "host": "127.0.0.1", "port": port, "format": "json_lines", "retry_limit": "no_limits",
	}
}

// ServeHTTP takes JSON lines.
func (s *sink) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	select {
	case <-s.open:
	case <-r.Context().Done():
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	lines := bufio.NewScanner(r.Body)
	lines.Buffer(nil, 8<<20)
	var ids []string
	for lines.Scan() {
		record, err := stdoutRecord(lines.Text())
		if err != nil {
			s.bad = err
			return
		}
		ids = append(ids, record.id)
	}
	if err := lines.Err(); err != nil {
		s.bad = err
		return
	}
	s.ids = append(s.ids, ids...)
	w.WriteHeader(http.StatusNoContent)
}

func (s *sink) received() ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.ids...), s.bad
}

// An output that does not answer: Fluent Bit pauses the plugin, fetching stops, and when the output answers again, all
// goes on by itself with nothing lost or repeated.
func TestPause(t *testing.T) {
	t.Parallel()
	theHost(t)
	tests := []struct {
		name    string
		events  int // several times what Fluent Bit and the plugin may hold
		service []string
		input   []string
	}{
		{"memory", 12_000, nil, []string{"storage.type", "memory", "mem_buf_limit", "300k"}},
		{
			"filesystem", 40_000,
			[]string{"storage.max_chunks_up", "2"},
			[]string{"storage.pause_on_chunks_overlimit", "on"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			a := serve(t, fakeopenai.Options{Latency: 50 * time.Millisecond})
			a.populate(t, history(3, test.events))
			s := newSink()
			// What comes within one of Fluent Bit's calls is handed over in it, before it can pause anything: two workers
			// fetch 4,000 events/s.
			c := pipeline(dir, a, append(test.input, "queue_size", "1M", "concurrency", "2")...)
			port := freePort(t)
			c.service = c.service.with(test.service...).with("http_server", "on", "http_listen", "127.0.0.1", "http_port", port)
			c.outputs = []props{s.output(t, "*")}
			paused := func() float64 {
				page := get(t, "http://127.0.0.1:"+port+"/api/v2/metrics/prometheus")
				return sum(page, "fluentbit_input_openai_audit_paused", "openai_audit.0")
			}
			p := start(t, c.write(t, dir, "conf"), launch{})
			p.awaitScreen("openai_audit.0 paused")
			quiet := p.awaitQuiet(a)
			t.Logf("%d events were fetched before it stopped", quiet)
			if quiet > len(a.events())/2 {
				t.Errorf("%d events were fetched for an output that takes none", quiet)
			}
			if ids, _ := s.received(); len(ids) > 0 {
				t.Fatalf("the blocked output took %d records", len(ids))
			}
			// Fluent Bit does not call an input that it has paused, if that is the only one.
			p.await("the metrics to say so", func() bool { return paused() == 1 })
			close(s.open)
			want := a.events()
			var ids []string
			p.await("all events", func() bool {
				var err error
				if ids, err = s.received(); err != nil {
					t.Fatal(err)
				}
				return len(ids) >= len(want)
			})
			p.awaitScreen("openai_audit.0 resume")
			p.await("the metrics to say that it goes on", func() bool { return paused() == 0 })
			p.terminate()
			ids, _ = s.received()
			wantEach(t, want, ids)
		})
	}
}

// Fluent Bit ends, or is killed, while it has the plugin paused: at the next start nothing is lost. (What lay in its ring
// buffer is gone, so the plugin may not have counted it as delivered.)
func TestEndWhilePaused(t *testing.T) {
	t.Parallel()
	theHost(t)
	for name, end := range map[string]func(*process){"terminated": (*process).terminate, "killed": (*process).kill} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			a := serve(t, fakeopenai.Options{Latency: 50 * time.Millisecond})
			a.populate(t, history(4, 20_000))
			c := pipeline(dir, a, "storage.pause_on_chunks_overlimit", "on", "queue_size", "1M")
			c.service = c.service.with("storage.max_chunks_up", "2", "grace", "2")
			c.outputs = []props{toHTTP("*", freePort(t))}
			p := start(t, c.write(t, dir, "conf"), launch{})
			p.awaitScreen("openai_audit.0 paused")
			p.awaitQuiet(a)
			end(p)

			s := newSink()
			close(s.open)
			c.outputs = []props{s.output(t, "*")}
			p = start(t, c.write(t, dir, "conf"), launch{})
			want := a.events()
			p.await("all events", func() bool {
				ids, err := s.received()
				if err != nil {
					t.Fatal(err)
				}
				return count(want, ids).lost == 0
			})
			p.terminate()
			ids, _ := s.received()
			n := count(want, ids)
			t.Logf("%d events: %d lost, %d repeated", n.events, n.lost, n.repeated)
			if n.foreign > 0 {
				t.Errorf("%d records are in no list of the API", n.foreign)
			}
		})
	}
}

// Of two instances one has an output that does not answer: nothing of the other is lost or repeated, and when the output
// answers again, both go on.
//
// The other goes on meanwhile, even the last in the configuration, to which Fluent Bit stops its calls when it pauses any.
func TestPauseOfOne(t *testing.T) {
	t.Parallel()
	theHost(t)
	for _, blocked := range []int{0, 1} {
		t.Run([]string{"first", "second"}[blocked], func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			s := newSink()
			var apis []*api
			var c configuration
			names := []string{"one", "two"}
			for _, name := range names {
				a := serve(t, fakeopenai.Options{Latency: 50 * time.Millisecond})
				apis = append(apis, a)
				own := pipeline(dir, a, "alias", name, "tag", "audit."+name, "db", filepath.Join(dir, name+".db"),
					"storage.type", "memory", "mem_buf_limit", "300k", "queue_size", "1M")
				c.service = own.service
				c.inputs = append(c.inputs, own.inputs...)
			}
			c.outputs = []props{
				s.output(t, "audit."+names[blocked]),
				{"name": "file", "match": "audit." + names[1-blocked], "path": dir, "file": "events"},
			}
			apis[blocked].populate(t, history(6, 5_000))
			p := start(t, c.write(t, dir, "conf"), launch{})
			p.awaitScreen(names[blocked] + " paused")
			p.awaitQuiet(apis[blocked])

			free := apis[1-blocked]
			free.Add(recent("a", 500)...)
			w := watch(t, dir)
			p.await("the events of the other", func() bool { return w.has(500) })
			close(s.open)
			want := apis[blocked].events()
			p.await("the events of the one", func() bool {
				ids, _ := s.received()
				return len(ids) >= len(want)
			})
			free.Add(recent("b", 500)...)
			p.await("new events of the other", func() bool { return w.has(1000) })
			p.terminate()
			w.read()
			ids, err := s.received()
			if err != nil {
				t.Fatal(err)
			}
			wantEach(t, want, ids)
			wantEach(t, free.events(), w.ids)
		})
	}
}

// awaitQuiet waits until the plugin has stopped fetching events for some seconds, and returns how many it fetched.
func (p *process) awaitQuiet(a *api) int {
	p.t.Helper()
	const looks = 80
	return p.awaitSame("fetching to stop", looks, func() int { return a.Stats().Events })
}
