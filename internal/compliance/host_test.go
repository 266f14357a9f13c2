package compliance_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"fluent-bit-openai-audit/internal/compliance"
	"fluent-bit-openai-audit/internal/config"
	"fluent-bit-openai-audit/internal/fakeopenai"
	"fluent-bit-openai-audit/internal/fakeopenai/logfiles"
	"fluent-bit-openai-audit/internal/host"
	"fluent-bit-openai-audit/internal/record"
	"fluent-bit-openai-audit/internal/source"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const testKey = "sk-admin-test0123456789"

// fluentBit is the host's part as far as these tests go: it stores what it accepts.
type fluentBit struct {
	mu     sync.Mutex
	got    []got
	refuse bool
	lines  []string
}

// got is one record that was accepted.
type got struct {
	ID   string `json:"event_id"`
	Type string `json:"type"`

	text string
	at   time.Time
}

func (f *fluentBit) Name() string { return "openai_audit.0" }

func (f *fluentBit) Log(level host.Level, text string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lines = append(f.lines, fmt.Sprintf("%s [%s] %s", time.Now().UTC().Format(time.DateTime), level, text))
}

func (f *fluentBit) log() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return strings.Join(f.lines, "\n")
}

func (f *fluentBit) append(records []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.refuse {
		return fmt.Errorf("refused")
	}
	for len(records) > 0 {
		line, rest, err := record.AppendJSON(nil, records)
		if err != nil {
			panic(err)
		}
		records = rest
		g := got{text: string(line), at: time.Now()}
		if err := json.Unmarshal(line, &g); err != nil {
			panic(err)
		}
		f.got = append(f.got, g)
	}
	return nil
}

func (f *fluentBit) records() []got {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.got[:len(f.got):len(f.got)]
}

// lab is a server with a workspace, and a configuration for it.
type lab struct {
	*testing.T

	server  *fakeopenai.Server
	local   *fakeopenai.Local
	archive *logfiles.Archive
	host    fluentBit
	types   []string
	given   map[string]string

	answering sync.Mutex
	answer    func(*http.Request) int // the status of what the server does not get; 0 of what it gets
}

// newLab makes a server with the files of so many days up to now. It runs inside a bubble.
func newLab(t *testing.T, days int, opts logfiles.Options) *lab {
	t.Helper()
	opts.Seed, opts.Workspace, opts.Organization = opts.Seed+7, fakeopenai.DefaultWorkspace, fakeopenai.DefaultOrganization
	if days > 0 {
		opts.From = time.Now().AddDate(0, 0, -days)
	}
	l := &lab{T: t, archive: logfiles.New(opts), types: []string{"AUDIT_LOG", "AUTH_LOG", "APP_AUTH_LOG"}}
	l.server = fakeopenai.New(fakeopenai.Options{Keys: []string{testKey}, Files: l.archive})
	l.local = fakeopenai.NewLocal(l.server)
	t.Cleanup(l.local.Close)
	l.given = map[string]string{
		"source": "compliance_logs", "api_key": testKey, "base_url": l.local.URL, "workspace_id": fakeopenai.DefaultWorkspace,
		"db": filepath.Join(t.TempDir(), "state.db"), "max_requests_per_minute": "0", "start_from": "30d", "exclude_own": "on",
	}
	return l
}

// open makes a collector, with properties that differ.
func (l *lab) open(more ...string) *compliance.Collector {
	l.Helper()
	for _, m := range more {
		name, value, _ := strings.Cut(m, "=")
		l.given[name] = value
	}
	cfg, err := config.ParseMap(l.given, func(string) (string, bool) { return "", false })
	if err != nil {
		l.Fatal(err)
	}
	c, err := compliance.New(cfg, &l.host, source.Options{NoSync: true, Transport: l})
	if err != nil {
		l.Fatal(err)
	}
	return c
}

// instead returns the status that a test answers a request with, or 0. One request is answered at a time.
func (l *lab) instead(r *http.Request) int {
	l.answering.Lock()
	defer l.answering.Unlock()
	if l.answer == nil {
		return 0
	}
	return l.answer(r)
}

// answers has f answer from now on what it returns a status for; nil leaves all to the simulator.
func (l *lab) answers(f func(*http.Request) int) {
	l.answering.Lock()
	defer l.answering.Unlock()
	l.answer = f
}

// RoundTrip answers what the collector asks.
func (l *lab) RoundTrip(r *http.Request) (*http.Response, error) {
	if status := l.instead(r); status != 0 {
		const body = `{"error":{"message":"You have insufficient permissions for this operation.","type":"invalid_request_error","param":null,"code":null}}`
		return &http.Response{
			StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}, "Date": {time.Now().UTC().Format(http.TimeFormat)}},
			Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: r,
		}, nil
	}
	return l.local.Client().Transport.RoundTrip(r)
}

// run plays the host for d: a collect callback every 250 ms, for long times every 5 s.
func (l *lab) run(c *compliance.Collector, d time.Duration) {
	step := 250 * time.Millisecond
	if d >= 12*time.Hour {
		step = 5 * time.Second
	}
	for end := time.Now().Add(d); time.Now().Before(end); {
		_ = c.HandOver(0, l.host.append)
		if clash := c.Overlapping(); clash != "" {
			l.Fatalf("windows overlap: %s", clash)
		}
		time.Sleep(step)
	}
}

// inject turns a fault on.
func (l *lab) inject(fault string) (remove func()) {
	l.Helper()
	f, err := fakeopenai.ParseFault(fault)
	if err != nil {
		l.Fatal(err)
	}
	return l.server.Inject(f)
}

// want returns the records that a collector that began at from should have delivered by now.
func (l *lab) want(from time.Time) map[string]string {
	want := make(map[string]string)
	for id, text := range l.archive.Records(l.types, from.Add(-time.Microsecond), time.Now()) {
		if !strings.Contains(text, `"redacted_id":"sk-...`+testKey[len(testKey)-4:]) {
			want[id] = text
		}
	}
	return want
}

// check compares what was delivered with what should have been: all of it, as it is, and at most so many times more than
// once. What came since want was told may have been delivered, too.
func (l *lab) check(want map[string]string, repeats int) {
	l.Helper()
	all := l.want(time.Time{})
	seen := make(map[string]int)
	again := 0
	for _, g := range l.host.records() {
		if strings.Contains(g.text, `"openai_audit.heartbeat"`) {
			continue
		}
		if seen[g.ID]++; seen[g.ID] > 1 {
			again++
		}
		if text, ok := want[g.ID]; ok && text != g.text {
			l.Errorf("got  %s\nwant %s", g.text, text)
		}
	}
	missing, odd := 0, 0
	for id, text := range want {
		if seen[id] == 0 {
			if missing++; missing <= 3 {
				l.Errorf("missing: %s", text)
			}
		}
	}
	for _, g := range l.host.records() {
		if all[g.ID] == "" && !strings.Contains(g.text, `"openai_audit.heartbeat"`) {
			if odd++; odd <= 3 {
				l.Errorf("not wanted: %s", g.text)
			}
		}
	}
	if missing > 0 || odd > 0 || again > repeats {
		l.Errorf("%d of %d records are missing, %d were not wanted, %d came again (%d may); the log:\n%s", missing, len(want), odd, again, repeats, l.host.log())
	}
}
