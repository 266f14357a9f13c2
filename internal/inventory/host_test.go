package inventory_test

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tinylib/msgp/msgp"

	"fluent-bit-openai-audit/internal/config"
	"fluent-bit-openai-audit/internal/fakeopenai"
	"fluent-bit-openai-audit/internal/fakeopenai/directory"
	"fluent-bit-openai-audit/internal/host"
	"fluent-bit-openai-audit/internal/inventory"
	"fluent-bit-openai-audit/internal/record"
	"fluent-bit-openai-audit/internal/source"
)

const testKey = "sk-admin-test0123456789"

// fluentBit is a host whose ring buffer loses what was not drained when it is killed.
type fluentBit struct {
	mu     sync.Mutex
	ring   [][]byte
	out    uint64
	stored []told // what came to a chunk
	lines  []string
}

// told is a record that reached a chunk.
type told struct {
	Object   string
	Kind     string
	ID       string
	Project  struct{ ID, Name string }
	Parent   struct{ Kind, ID, Name string }
	Snapshot int64
	Change   string
	Changed  map[string][2]any
	Data     map[string]any
	text     string
	time     int64
	stream   string
}

func (f *fluentBit) Name() string { return "openai_audit.0" }

func (f *fluentBit) Log(level host.Level, text string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lines = append(f.lines, fmt.Sprintf("%s [%s] %s", time.Now().UTC().Format(time.TimeOnly), level, text))
}

func (f *fluentBit) log() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return strings.Join(f.lines, "\n")
}

func (f *fluentBit) append(records []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ring = append(f.ring, append([]byte(nil), records...))
	return nil
}

// drain stores what the ring buffer holds.
func (f *fluentBit) drain() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, b := range f.ring {
		n := len(f.stored)
		f.stored = append(f.stored, decode(b)...)
		f.out += uint64(len(f.stored) - n)
	}
	f.ring = nil
}

// Out and Rests make it a ring buffer that tells.
func (f *fluentBit) Out() (uint64, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.out, true
}

func (f *fluentBit) Rests() (rests, known bool) { return true, true }

// kill loses what was not stored.
func (f *fluentBit) kill() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ring, f.out = nil, 0
}

func (f *fluentBit) records() []told {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.stored[:len(f.stored):len(f.stored)]
}

// snapshots returns the records that close snapshots.
func (f *fluentBit) snapshots() (all []told) {
	for _, r := range f.records() {
		if r.Object == "openai_audit.snapshot" {
			all = append(all, r)
		}
	}
	return all
}

// decode splits a buffer into its records with a msgpack reader that is not ours.
func decode(b []byte) (out []told) {
	for len(b) > 0 {
		rest, err := msgp.Skip(b)
		if err != nil {
			panic(err)
		}
		one := b[:len(b)-len(rest)]
		b = rest
		var r told
		r.time = int64(binary.BigEndian.Uint32(one[4:]))
		meta, _, err := msgp.ReadMapStrIntfBytes(one[12:], nil)
		if err != nil {
			panic(err)
		}
		r.stream, _ = meta["stream"].(string)
		line, _, err := record.AppendJSON(nil, one)
		if err == nil {
			r.text = string(line)
			err = json.Unmarshal(line, &r)
		}
		if err != nil {
			panic(err)
		}
		out = append(out, r)
	}
	return out
}

// world is an organization, its API, and a host that reads it.
type world struct {
	t      *testing.T
	dir    *directory.Directory
	api    *fakeopenai.Server
	local  *fakeopenai.Local
	client *http.Transport
	fb     *fluentBit
	given  map[string]string
	asked  []fakeopenai.Exchange
	mu     sync.Mutex
	c      *inventory.Collector
	closed bool
	answer func(*http.Request) (status int, body string) // of requests that the server does not get; status 0 of one that it gets
}

// organization makes the objects of a small organization, in which each kind has some.
func organization(people, projects int) *directory.Directory {
	opts := directory.Options{Seed: 7, Created: 1_700_000_000}
	for i := range people {
		opts.People = append(opts.People, directory.Person{ID: fmt.Sprintf("user-%04d", i), Email: fmt.Sprintf("person.%d@corp.example.com", i)})
	}
	for i := range projects {
		opts.Projects = append(opts.Projects, directory.Project{ID: fmt.Sprintf("proj_%04d", i), Name: fmt.Sprintf("project %d", i)})
	}
	return directory.New(opts)
}

// newWorld is called in a synctest bubble.
func newWorld(t *testing.T, dir *directory.Directory, latency time.Duration, given map[string]string) *world {
	w := &world{t: t, dir: dir, fb: &fluentBit{}, given: map[string]string{
		"source": "organization", "api_key": testKey, "db": filepath.Join(t.TempDir(), "a.db"), "max_requests_per_minute": "0",
		"snapshot_interval": "10m",
	}}
	w.api = fakeopenai.New(fakeopenai.Options{
		Latency: latency, ManagementKeys: map[string]bool{testKey: true}, Directory: dir, Observe: func(x fakeopenai.Exchange) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.asked = append(w.asked, x)
		},
	})
	w.local = fakeopenai.NewLocal(w.api)
	w.client = &http.Transport{DialContext: w.local.DialContext, MaxIdleConnsPerHost: 64}
	w.given["base_url"] = w.local.URL
	for name, value := range given {
		w.given[name] = value
	}
	t.Cleanup(func() { w.end() })
	return w
}

func (w *world) end() {
	if !w.closed {
		w.closed = true
		if w.c != nil {
			w.c.Stop()
		}
		w.local.Close()
	}
}

// requests returns what was asked since the last call.
func (w *world) requests() []fakeopenai.Exchange {
	w.mu.Lock()
	defer w.mu.Unlock()
	asked := w.asked
	w.asked = nil
	return asked
}

// start starts a collector on the state file.
func (w *world) start() {
	w.t.Helper()
	cfg, err := config.ParseMap(w.given, func(string) (string, bool) { return "", false })
	if err != nil {
		w.t.Fatal(err)
	}
	w.fb.kill()
	w.c, err = inventory.New(cfg, w.fb, source.Options{
		Version: "test", Ring: w.fb, NoSync: true, Transport: w,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.c.Start()
}

// RoundTrip answers what the collector asks.
func (w *world) RoundTrip(r *http.Request) (*http.Response, error) {
	if w.answer != nil {
		if status, body := w.answer(r); status != 0 {
			return &http.Response{
				StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}, "Date": {time.Now().UTC().Format(http.TimeFormat)}},
				Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: r,
			}, nil
		}
	}
	return w.client.RoundTrip(r)
}

// kill ends the collector as kill -9 does.
func (w *world) kill() {
	w.t.Helper()
	if err := w.c.Abandon(); err != nil {
		w.t.Fatal(err)
	}
	w.c = nil
	w.fb.kill()
}

// run lets the host call the collector for d, every 100 ms.
func (w *world) run(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); {
		_ = w.c.HandOver(0, w.fb.append)
		time.Sleep(50 * time.Millisecond)
		w.fb.drain()
		time.Sleep(50 * time.Millisecond)
	}
}

// runUntilClosed runs until so many snapshots are closed.
func (w *world) runUntilClosed(snapshots int) {
	w.t.Helper()
	for range 1000 {
		if len(w.fb.snapshots()) >= snapshots {
			w.run(2 * time.Second) // and saved
			return
		}
		w.run(10 * time.Second)
	}
	w.t.Fatalf("no snapshot is closed:\n%s", w.fb.log())
}

// in runs a test in a bubble.
func in(t *testing.T, dir *directory.Directory, given map[string]string, f func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, dir, 0, given)
		defer w.end()
		f(w)
	})
}

// roundTrip returns an object as JSON has it.
func roundTrip(t *testing.T, o map[string]any) (again map[string]any) {
	t.Helper()
	text, err := json.Marshal(o)
	if err == nil {
		err = json.Unmarshal(text, &again)
	}
	if err != nil {
		t.Fatal(err)
	}
	return again
}
