package probe_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"fluent-bit-openai-audit/internal/fakeopenai"
	"fluent-bit-openai-audit/internal/probe"
)

var update = flag.Bool("update", false, "write testdata/findings.txtar anew")

const golden = "testdata/findings.txtar"

// inTenant limits a fault to the tenant's stream.
var inTenant = fakeopenai.When{Streams: []fakeopenai.Stream{fakeopenai.TenantStream}}

func fault(kind fakeopenai.Kind, form string) []fakeopenai.Fault {
	return []fakeopenai.Fault{{Kind: kind, Form: form}}
}

type namedScene struct {
	name string
	scene
}

func scenes() []namedScene {
	otherKeys := fakeopenai.Options{Keys: []string{"sk-admin-another"}}
	return []namedScene{
		{"good", scene{events: 300, tenants: 2}},
		{"key file", scene{events: 3, properties: map[string]string{"api_key_file": "key", "scope": "organization"}}},
		{"key file that others can read", scene{
			events: 3, properties: map[string]string{"api_key_file": "key", "scope": "organization"}, mode: 0o644,
		}},
		{"overpowered key", scene{events: 3, api: fakeopenai.Options{Overpowered: true}}},
		{"power not looked at", scene{events: 3, api: fakeopenai.Options{Overpowered: true}, options: probe.Options{NoPower: true}}},
		{"offline", scene{events: 3, options: probe.Options{Offline: true}}},
		{"offline, with a key file that others can read", scene{
			events: 3, properties: map[string]string{"api_key_file": "key"}, mode: 0o644, options: probe.Options{Offline: true},
		}},
		{"wrong key", scene{events: 3, api: otherKeys}},
		{"project's key", scene{events: 3, key: projectKey, api: otherKeys}},
		{"project's key that a gateway takes", scene{events: 3, key: projectKey}},
		{"echoed key", scene{faults: fault(fakeopenai.EchoKey, "")}},
		{"missing scope, 401", scene{events: 3, faults: fault(fakeopenai.Unauthorized, "scope")}},
		{"missing scope, 403 as a string", scene{events: 3, faults: fault(fakeopenai.Forbidden, "string")}},
		{"tenant refused", scene{events: 3, faults: []fakeopenai.Fault{{Kind: fakeopenai.Forbidden, When: inTenant}}}},
		{"tenant alone, refused", scene{
			events: 3, properties: map[string]string{"scope": "tenant"}, faults: fault(fakeopenai.Status, ""),
		}},
		{"tenant alone", scene{tenants: 3, properties: map[string]string{"scope": "tenant"}}},
		{"tenant fails", scene{events: 3, faults: []fakeopenai.Fault{{Kind: fakeopenai.ServerError, When: inTenant}}}},
		{"empty log", scene{}},
		{"quiet log", scene{events: 5, quiet: 10*24*time.Hour + 2*time.Hour}},
		{"filters without a match", scene{events: 5, properties: map[string]string{"actor_ids": "user-x", "scope": "organization"}}},
		{"filters on an empty log", scene{properties: map[string]string{"actor_ids": "user-x", "scope": "organization"}}},
		{"address refused", scene{faults: []fakeopenai.Fault{{Kind: fakeopenai.Status, Status: 403, Code: "ip_not_authorized"}}}},
		{"query refused", scene{events: 3, faults: fault(fakeopenai.Status, ""), properties: map[string]string{"scope": "organization"}}},
		{"wrong path", scene{events: 3, api: fakeopenai.Options{BasePath: "/v2"}, properties: map[string]string{"base_url": "http://127.0.0.1/v1"}}},
		{"throttled", scene{events: 3, faults: fault(fakeopenai.Throttled, "")}},
		{"throttled once", scene{events: 3, faults: []fakeopenai.Fault{{Kind: fakeopenai.Throttled, When: fakeopenai.When{Count: 1}}}}},
		{"quota", scene{events: 3, faults: []fakeopenai.Fault{{Kind: fakeopenai.Throttled, Code: "insufficient_quota"}}}},
		{"down", scene{faults: fault(fakeopenai.Unavailable, "")}},
		{"dropped", scene{faults: fault(fakeopenai.Drop, "")}},
		{"hangs", scene{faults: fault(fakeopenai.Hang, ""), properties: map[string]string{"request_timeout": "5s"}}},
		{"HTML", scene{faults: fault(fakeopenai.HTML, "")}},
		{"redirect", scene{faults: fault(fakeopenai.Redirect, "")}},
		{"cut page", scene{events: 3, faults: fault(fakeopenai.Cut, "clean")}},
		{"no page", scene{events: 3, faults: fault(fakeopenai.Cut, "clean"), api: fakeopenai.Options{NoGzip: true}}},
		{"clock behind", scene{events: 3, faults: []fakeopenai.Fault{{Kind: fakeopenai.WrongDate, For: 4*time.Minute + 12*time.Second}}}},
		{"no clock", scene{events: 3, faults: fault(fakeopenai.WrongDate, "none")}},
		{"warnings", scene{events: 3, properties: map[string]string{"db": "off", "event_types": "login.suceeded", "scope": "organization"}}},
	}
}

func TestRun(t *testing.T) {
	t.Parallel()
	archive, err := txtar.ParseFile(golden)
	if err != nil && !*update {
		t.Fatal(err)
	}
	want := make(map[string]string)
	if archive != nil {
		for _, f := range archive.Files {
			want[f.Name] = string(f.Data)
		}
	}
	written := &txtar.Archive{Comment: []byte("What is asked in each scene of TestRun, and what is found. Written by: go test ./internal/probe -update\n\n")}
	for _, s := range scenes() {
		t.Run(s.name, func(t *testing.T) {
			report, asked := s.run(t)
			got := strings.Join(asked, "\n") + "\n\n" + lines(report.Findings) + "\n"
			got = tempDir(got)
			written.Files = append(written.Files, txtar.File{Name: s.name, Data: []byte(got)})
			if diff := cmp.Diff(want[s.name], got); diff != "" && !*update {
				t.Errorf("not as in %s (-want +got):\n%s", golden, diff)
			}
			checkSafe(t, asked, report)
		})
	}
	if *update {
		if err := os.WriteFile(golden, txtar.Format(written), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// tempDir replaces the directory of the key file.
func tempDir(text string) string {
	for _, line := range strings.Split(text, "\n") {
		if at := strings.Index(line, os.TempDir()+"/"); at >= 0 {
			dir, _, _ := strings.Cut(line[at:], "/key")
			text = strings.ReplaceAll(text, dir, "DIR")
		}
	}
	return text
}

// checkSafe checks what holds whatever is found: nothing but GETs, no key, one line for each text.
func checkSafe(t *testing.T, asked []string, report *probe.Report) {
	t.Helper()
	for _, request := range asked {
		if !strings.HasPrefix(request, "GET ") {
			t.Errorf("it asked %s", request)
		}
	}
	power := 0
	for _, request := range asked {
		if !strings.Contains(request, "audit_logs") {
			power++
		}
	}
	if power > probe.PowerRequests || len(asked) > 3+probe.PowerRequests {
		t.Errorf("it took %d requests, %d of them for the power", len(asked), power)
	}
	for _, f := range report.Findings {
		text := f.String()
		if strings.Contains(text, "T3stKey") {
			t.Errorf("a key is shown: %s", text)
		}
		if strings.ContainsAny(text, "\n\r") || strings.HasSuffix(text, ".") || strings.HasSuffix(text, ": ") {
			t.Errorf("%q is no line, or no text", text)
		}
		if f.Level == probe.Problem && f.Remedy == "" {
			t.Errorf("a problem without a remedy: %s", text)
		}
	}
}

// The network, where the simulator has no part in what goes wrong.
func TestNetwork(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		err  error
		want string
	}{
		{
			"DNS", &net.DNSError{Err: "no such host", Name: "api.openai.com", IsNotFound: true},
			"the name of api.openai.com cannot be resolved: lookup api.openai.com: no such host",
		},
		{"no answer", errors.New("something else"), "the request to api.openai.com failed: something else"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			transport := roundTrip(func(*http.Request) (*http.Response, error) { return nil, tt.err })
			report := probe.Run(t.Context(), parse(t, map[string]string{"api_key": adminKey}), probe.Options{Transport: transport})
			checkSafe(t, nil, report)
			i := slices.IndexFunc(report.Findings, func(f probe.Finding) bool { return f.Area == probe.AreaNetwork })
			if f := report.Findings[i]; f.Level != probe.Problem || f.What != tt.want || f.Why != "the request went to https://api.openai.com/v1" {
				t.Errorf("found %s %s", f.Level, f)
			}
		})
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestUnusable(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name       string
		properties map[string]string
		want       string
	}{
		{
			"key file",
			map[string]string{"api_key_file": "/nonexistent/key"},
			"problem configuration: api_key_file: /nonexistent/key: no such file or directory; accepted: a file with the key and nothing else",
		},
		{
			"CA file",
			map[string]string{"api_key": adminKey, "ca_file": "/nonexistent/ca.pem"},
			"problem configuration: ca_file: /nonexistent/ca.pem: no such file or directory; accepted: a PEM file with the certificates of authorities",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			report := probe.Run(t.Context(), parse(t, tt.properties), probe.Options{})
			if !strings.Contains(lines(report.Findings), tt.want+"\n") || report.Requests != 0 {
				t.Errorf("%d requests, found\n%s", report.Requests, lines(report.Findings))
			}
		})
	}
}

// A cap on requests is kept.
func TestCap(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var at []time.Duration
		begin := time.Now()
		transport := roundTrip(func(*http.Request) (*http.Response, error) {
			at = append(at, time.Since(begin))
			const page = `{"data":[],"has_more":false}`
			return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(page))}, nil
		})
		cfg := parse(t, map[string]string{"api_key": adminKey, "max_requests_per_minute": "6"})
		probe.Run(t.Context(), cfg, probe.Options{Transport: transport})
		if len(at) != 7 || at[6] < time.Minute {
			t.Errorf("requests were made at %s", at)
		}
	})
}

// What is said of a key before the API has said anything.
func TestKeyKinds(t *testing.T) {
	t.Parallel()
	transport := roundTrip(func(*http.Request) (*http.Response, error) { return nil, errors.New("no network") })
	for key, want := range map[string]string{
		"sk-admin-x":   "unknown key: an admin key (sk-admin-...), fingerprint ",
		"sk-proj-x":    "warning key: a project's key (sk-proj-...), fingerprint ",
		"sk-svcacct-x": "warning key: a service account's key (sk-svcacct-...), fingerprint ",
		"sk-x":         "warning key: a user's key (sk-...), fingerprint ",
		"a-gateways":   "warning key: a key of a kind that is not OpenAI's, fingerprint ",
	} {
		report := probe.Run(t.Context(), parse(t, map[string]string{"api_key": key}), probe.Options{Transport: transport})
		text := lines(report.Findings)
		if !strings.Contains(text, "\n"+want) || strings.Contains(text, key+" ") || strings.Contains(text, "warning configuration") {
			t.Errorf("of %s it is found\n%s", key, text)
		}
	}
}

func TestProxyIsNamed(t *testing.T) {
	t.Parallel()
	cfg := parse(t, map[string]string{"api_key": adminKey, "proxy": "http://me:pa55word@127.0.0.1:1"})
	report := probe.Run(t.Context(), cfg, probe.Options{})
	text := lines(report.Findings)
	if !strings.Contains(text, "    why: the request went to https://api.openai.com/v1 through the proxy http://127.0.0.1:1\n") {
		t.Errorf("the proxy is not named in\n%s", text)
	}
	if strings.Contains(text, "pa55word") {
		t.Errorf("the proxy's password is shown in\n%s", text)
	}
}

func TestEndOfContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	report := probe.Run(ctx, parse(t, map[string]string{"api_key": adminKey}), probe.Options{})
	want := `ok configuration: scope all, start_from 24h, a poll every 30s
unknown key: an admin key (sk-admin-...), fingerprint 45252f87
    why: whether the API accepts it is not known: no answer tells
unknown network: https://api.openai.com/v1 did not answer before this was ended
unknown organization stream: not looked at: context canceled
unknown tenant stream: not looked at: context canceled
unknown power: what else the key can do was not looked at, since the audit log could not be read with it
`
	if diff := cmp.Diff(want, lines(report.Findings)); diff != "" || report.Requests != 0 {
		t.Errorf("%d requests, (-want +got):\n%s", report.Requests, diff)
	}
}

// answers is an API that answers each path with a status, or not at all.
type answers struct {
	status map[string]int
	asked  []string
}

func (a *answers) Probe(_ context.Context, path string) (int, error) {
	path, _, _ = strings.Cut(path, "?")
	path = strings.TrimPrefix(path, "organization/")
	a.asked = append(a.asked, path)
	if status, ok := a.status[path]; ok {
		if status == 0 {
			return 0, errors.New("no answer")
		}
		return status, nil
	}
	return http.StatusForbidden, nil
}

func TestPower(t *testing.T) {
	t.Parallel()
	const refusedAll = "ok power: the key may not list users, projects, admin API keys, invitations or models\n"
	const able = "warning power: the key can do more than read the audit log: it may list "
	const unclear = "unknown power: whether the key can do more than read the audit log is not clear: "
	for _, tt := range []struct {
		name     string
		status   map[string]int
		want     []string // the beginnings of the findings
		requests int
	}{
		{"refused", nil, []string{refusedAll}, 5},
		{"refused with 401", map[string]int{"users": 401, "models": 401}, []string{refusedAll}, 5},
		{"one", map[string]int{"models": 200}, []string{able + "models\n"}, 5},
		{"two", map[string]int{"users": 200, "invites": 200}, []string{able + "users and invitations\n"}, 5},
		{"404", map[string]int{"invites": 404}, []string{unclear + "invitations: 404 Not Found\n"}, 5},
		{"no content", map[string]int{"invites": 204}, []string{unclear + "invitations: 204 No Content\n"}, 5},
		{"a status of nobody's", map[string]int{"invites": 599}, []string{unclear + "invitations: 599\n"}, 5},
		{"500 and 200", map[string]int{"users": 500, "models": 200}, []string{able + "models\n", unclear + "users: 500 Internal Server Error\n"}, 5},
		{"throttled at once", map[string]int{"users": 429}, []string{unclear + "users: 429 Too Many Requests\n"}, 1},
		{
			"throttled later",
			map[string]int{"users": 200, "projects": 429, "models": 200},
			[]string{able + "users\n", unclear + "projects: 429 Too Many Requests\n"},
			2,
		},
		{"lost", map[string]int{"projects": 0}, []string{unclear + "projects: no answer\n"}, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			api := &answers{status: tt.status}
			found := probe.Power(t.Context(), api)
			if len(found) != len(tt.want) {
				t.Fatalf("found\n%s", lines(found))
			}
			for i, f := range found {
				if got := lines([]probe.Finding{f}); !strings.HasPrefix(got, tt.want[i]) {
					t.Errorf("found\n%swant\n%s", got, tt.want[i])
				}
			}
			if len(api.asked) != tt.requests {
				t.Errorf("it asked for %q", api.asked)
			}
		})
	}
}

func TestClock(t *testing.T) {
	t.Parallel()
	sent := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		date time.Duration // after sent
		took time.Duration
		want string
	}{
		{0, 200 * time.Millisecond, "ok clock: this machine's clock agrees with the server's to 1s\n"},
		{-20 * time.Second, 0, "ok clock: this machine's clock agrees with the server's to 19s\n"},
		{20 * time.Second, 40 * time.Second, "ok clock: this machine's clock agrees with the server's to 1s\n"},
		{-32 * time.Second, 0, "warning clock: this machine's clock is 32s ahead of the server's\n"},
		{31 * time.Second, 0, "warning clock: this machine's clock is 32s behind the server's\n"},
		{26 * time.Hour, time.Second, "warning clock: this machine's clock is 1d2h behind the server's\n"},
	} {
		got := lines([]probe.Finding{probe.Clock(sent.Add(tt.date), sent, sent.Add(tt.took))})
		if got, _, _ := strings.Cut(got, "    why"); got != tt.want {
			t.Errorf("Date %s after sending, answered after %s: %swant %s", tt.date, tt.took, got, tt.want)
		}
	}
}

func TestAge(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		0: "0s", 400 * time.Millisecond: "0s", 12 * time.Second: "12s", 60 * time.Second: "1m", 16*time.Minute + 40*time.Second: "16m40s",
		time.Hour: "1h", time.Hour + 59*time.Second: "1h", 25*time.Hour + time.Minute: "1d1h", 400 * 24 * time.Hour: "400d",
	} {
		if got := probe.Age(d); got != want {
			t.Errorf("Age(%d) = %s, want %s", d, got, want)
		}
	}
}

func TestFindingIsOneLine(t *testing.T) {
	t.Parallel()
	f := probe.Finding{Area: probe.AreaKey, Level: probe.Warning, What: "it is old", Why: "nobody knows who has it", Remedy: "replace it"}
	if got, want := fmt.Sprint(f), "key: it is old; nobody knows who has it: replace it"; got != want {
		t.Errorf("it is %q, want %q", got, want)
	}
}
