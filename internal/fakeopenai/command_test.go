package fakeopenai_test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"fluent-bit-openai-audit/internal/fakeopenai"
)

// simulation is a running command.
type simulation struct {
	line   string // that it greets with
	url    string
	key    string
	stderr <-chan string // its lines, buffered
	end    func() int    // stops it and returns its exit code
}

var greeting = regexp.MustCompile(`^Simulating OpenAI's audit log at (http://\S+) with key (\S+): (.+)\. Try: curl -H 'Authorization: Bearer (\S+)' '(\S+)'\n$`)

func simulate(t *testing.T, args ...string) *simulation {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	read, write := io.Pipe()
	code := make(chan int, 1)
	var stdout strings.Builder
	go func() {
		code <- fakeopenai.Main(ctx, append([]string{"-listen", "127.0.0.1:0"}, args...), &stdout, write)
		_ = write.Close()
	}()
	lines := make(chan string, 100)
	go func() {
		defer close(lines)
		for in := bufio.NewReader(read); ; {
			line, err := in.ReadString('\n')
			if err != nil {
				return
			}
			lines <- line
		}
	}()
	run := &simulation{stderr: lines}
	run.end = func() int {
		cancel()
		n := <-code
		code <- n
		return n
	}
	t.Cleanup(func() { run.end() })
	line, ok := <-lines
	if !ok {
		t.Fatalf("no greeting, exit code %d", run.end())
	}
	m := greeting.FindStringSubmatch(line)
	if m == nil || m[2] != m[4] || !strings.HasPrefix(m[5], m[1]) {
		t.Fatalf("odd greeting: %s", line)
	}
	run.line, run.url, run.key = m[3], m[5], m[2]
	return run
}

func (run *simulation) get(t *testing.T, query string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, strings.Replace(run.url, "limit=2", query, 1), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+run.key)
	tr := &http.Transport{DisableKeepAlives: true}
	defer tr.CloseIdleConnections()
	return (&client{t: t, http: &http.Client{Transport: tr}}).do(req)
}

func TestSimulateFile(t *testing.T) {
	run := simulate(t, "-events", "testdata/live_page.json", "-key", "sk-admin-mine", "-v", "-fault", "500:count=1")
	if run.line != "100 events" || run.key != "sk-admin-mine" {
		t.Errorf("greeting says %q, key %s", run.line, run.key)
	}
	if a := run.get(t, "limit=2"); a.status != 500 {
		t.Errorf("the fault is missing: status %d", a.status)
	}
	if p := run.get(t, "limit=100").page(t); len(p.Data) != 100 || p.HasMore {
		t.Errorf("%d events", len(p.Data))
	}
	for _, want := range []string{
		`^\S+Z GET /v1/organization/audit_logs\?limit=2 500 organization page 1: 0 events, \d+ bytes in \S+ fault 500\n$`,
		`^\S+Z GET /v1/organization/audit_logs\?limit=100 200 organization page 1: 100 events, \d+ bytes in \S+\n$`,
	} {
		if line := <-run.stderr; !regexp.MustCompile(want).MatchString(line) {
			t.Errorf("log line %q, want %s", line, want)
		}
	}
	if code := run.end(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

func TestSimulateOrganization(t *testing.T) {
	args := []string{"-rate", "1", "-history", "1d", "-late", "0", "-tenant", "0.5"}
	run := simulate(t, args...)
	if !regexp.MustCompile(`^\d{5,6} events and more to come$`).MatchString(run.line) {
		t.Errorf("greeting says %q", run.line)
	}
	org, tenant := run.get(t, "limit=100").page(t), run.get(t, "limit=100&tenant_only=true").page(t)
	if len(org.Data) != 100 || len(tenant.Data) != 100 || !org.HasMore {
		t.Errorf("%d and %d events", len(org.Data), len(tenant.Data))
	}
	run.end()
	again := simulate(t, args...)
	if a := again.get(t, "limit=1&after="+*org.LastID); a.status != 200 {
		t.Errorf("another organization after a restart: status %d", a.status)
	}
}

func TestSimulateBoth(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.jsonl")
	if err := os.WriteFile(path, []byte(`{"id":"a","type":"login.succeeded","effective_at":1}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if run := simulate(t, "-events", path); run.line != "1 event" {
		t.Errorf("greeting says %q", run.line)
	}
	run := simulate(t, "-events", path, "-rate", "0.0001", "-history", "0")
	if run.line != "1 event and more to come" {
		t.Errorf("greeting says %q", run.line)
	}
}

func TestSimulateLatency(t *testing.T) {
	run := simulate(t, "-latency", "30ms")
	begun := time.Now()
	run.get(t, "limit=1").page(t)
	if took := time.Since(begun); took < 30*time.Millisecond {
		t.Errorf("took %s", took)
	}
}

// TestSimulateEndsRequests stops the command while a request waits for an answer that will not come.
func TestSimulateEndsRequests(t *testing.T) {
	run := simulate(t, "-fault", "hang")
	failed := make(chan error, 1)
	go func() { failed <- run.get(t, "limit=1").err }()
	if code := run.end(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if err := <-failed; err == nil {
		t.Error("the request outlived the server")
	}
}

// TestSimulateEndsWhileItLoads stops the command while it waits for a file that nobody writes.
func TestSimulateEndsWhileItLoads(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	code := make(chan int)
	var stderr strings.Builder
	go func() {
		code <- fakeopenai.Main(ctx, []string{"-listen", "127.0.0.1:0", "-events", path}, io.Discard, &stderr)
	}()
	writer, err := os.OpenFile(path, os.O_WRONLY, 0) // once the command has it open
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	cancel()
	if got := <-code; got != 0 || stderr.Len() > 0 {
		t.Errorf("exit code %d: %s", got, stderr.String())
	}
}

func TestSimulateErrors(t *testing.T) {
	tests := []struct {
		name string
		args []string
		code int
		want string
	}{
		{"unknown flag", []string{"-lisen", ":1"}, 2, "unknown flag -lisen; did you mean listen?"},
		{"unknown flag with two dashes", []string{"--event=x"}, 2, "unknown flag -event; did you mean events?"},
		{"flag like no other", []string{"-v", "-xyzzy"}, 2, "unknown flag -xyzzy; known are events, fault, history, key, late, latency, listen, people, projects, public, rate, requests-per-minute, seed, tenant, v"},
		{"value that looks like a flag", []string{"-key", "-lisen", "-seed", "x"}, 2, `invalid value "x" for flag -seed: parse error`},
		{"unknown fault", []string{"-fault", "shufle"}, 2, `invalid value "shufle" for flag -fault: unknown fault "shufle"; did you mean shuffle?`},
		{"duration", []string{"-history", "-1d"}, 2, `invalid value "-1d" for flag -history: want a duration that is not negative`},
		{"argument", []string{"page.json"}, 2, `unexpected argument "page.json": events are given with -events FILE`},
		{"empty key", []string{"-key", ""}, 2, "-key must not be empty"},
		{"limit", []string{"-requests-per-minute", "-1"}, 2, "-requests-per-minute must not be negative"},
		{"rate", []string{"-rate", "-1"}, 1, "make organization: Rate must be from 0 to 1e6, and Count not negative"},
		{"no file", []string{"-events", "testdata/none"}, 1, "load events: open testdata/none: no such file or directory"},
		{"no events", []string{"-events", "main_test.go"}, 1, "main_test.go: load events: line 1: invalid character 'p' looking for beginning of value"},
		{"no port", []string{"-listen", "localhost"}, 1, "-listen localhost: want HOST:PORT"},
		{"all networks", []string{"-listen", ":0"}, 1, "-listen :0: no host means every network of this machine; -public allows it"},
		{"another address", []string{"-listen", "192.0.2.1:0"}, 1, "-listen 192.0.2.1:0: 192.0.2.1 is not a loopback address; -public allows it"},
		{"unspecified address", []string{"-listen", "[::]:0"}, 1, "-listen [::]:0: :: is not a loopback address; -public allows it"},
		{"port out of range", []string{"-listen", "127.0.0.1:99999"}, 1, "listen: listen tcp: address 99999: invalid port"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var stdout, stderr strings.Builder
			code := fakeopenai.Main(t.Context(), tt.args, &stdout, &stderr)
			got, _, _ := strings.Cut(stderr.String(), "\n")
			if code != tt.code || got != "openai-audit simulate: "+tt.want || stdout.Len() > 0 {
				t.Errorf("exit code %d, want %d\ngot  %s\nwant %s", code, tt.code, got, tt.want)
			}
			if hint := strings.Contains(stderr.String(), "-h for help"); hint != (tt.code == 2) {
				t.Errorf("hint at -h is %v: %s", hint, stderr.String())
			}
		})
	}
}

func TestSimulatePublic(t *testing.T) {
	run := simulate(t, "-listen", "0.0.0.0:0", "-public", "-events", "testdata/live_page.json")
	if run.line != "100 events" {
		t.Errorf("greeting says %q", run.line)
	}
}

func TestSimulateHelp(t *testing.T) {
	for _, flag := range []string{"-h", "--help"} {
		var stdout, stderr strings.Builder
		if code := fakeopenai.Main(t.Context(), []string{"-v", flag}, &stdout, &stderr); code != 0 || stderr.Len() > 0 {
			t.Errorf("%s: exit code %d: %s", flag, code, stderr.String())
		}
		for _, k := range fakeopenai.FaultKinds() {
			if !strings.Contains(stdout.String(), "\n  "+string(k.Kind)+" ") {
				t.Errorf("%s: no fault %s", flag, k.Kind)
			}
		}
		for _, want := range []string{"usage: openai-audit simulate", "-listen HOST:PORT", "-history DURATION", "window_from", "default 127.0.0.1:8790"} {
			if !strings.Contains(stdout.String(), want) {
				t.Errorf("%s: no %q", flag, want)
			}
		}
	}
}
