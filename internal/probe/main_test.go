package probe_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"fluent-bit-openai-audit/internal/config"
	"fluent-bit-openai-audit/internal/fakeopenai"
	"fluent-bit-openai-audit/internal/probe"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	adminKey   = "sk-admin-T3stKeyThatMustNeverBeSeen0123456789"
	projectKey = "sk-proj-T3stKeyThatMustNeverBeSeen0123456789"
)

// scene is a simulated API and the configuration that is examined with it.
type scene struct {
	api        fakeopenai.Options
	events     int           // one a minute, the newest a minute old
	quiet      time.Duration // how much older they are
	tenants    int           // of the tenant's stream, behind the others
	more       []fakeopenai.Event
	faults     []fakeopenai.Fault
	properties map[string]string // api_key_file names a file that is made
	key        string            // adminKey if ""
	mode       os.FileMode       // of the key file; 0600 if 0
	options    probe.Options
}

// run examines a scene within a bubble, so that times are exact, and returns what was found out and what was asked.
func (s scene) run(t *testing.T) (report *probe.Report, asked []string) {
	t.Helper()
	if s.key == "" {
		s.key = adminKey
	}
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		s.api.Observe = func(x fakeopenai.Exchange) {
			mu.Lock()
			defer mu.Unlock()
			asked = append(asked, x.Method+" "+strings.TrimPrefix(x.URL, "/v1/"))
		}
		server := fakeopenai.New(s.api)
		server.Add(s.list()...)
		server.Add(s.more...)
		for _, f := range s.faults {
			server.Inject(f)
		}
		local := fakeopenai.NewLocal(server)
		s.options.Transport = local.Client().Transport
		report = probe.Run(t.Context(), s.config(t, local.URL), s.options)
		local.Close() // which waits for the requests' ends
		if report.Requests != len(asked) {
			t.Errorf("%d requests are reported, and %d came", report.Requests, len(asked))
		}
	})
	return report, asked
}

func (s scene) list() []fakeopenai.Event {
	var events []fakeopenai.Event
	for i := range s.events + s.tenants {
		e := fakeopenai.Event{
			ID: fmt.Sprintf("audit_log-%d", i), Type: "login.succeeded",
			EffectiveAt: time.Now().Add(-s.quiet - time.Duration(i+1)*time.Minute).Unix(),
		}
		switch {
		case i >= s.events:
			e.Type, e.Tenant = "tenant.user.added", true
		case i%4 == 3:
			e.Type = "logout.succeeded"
		}
		events = append(events, e)
	}
	return events
}

func (s scene) config(t *testing.T, url string) *config.Config {
	t.Helper()
	properties := map[string]string{"base_url": url, "api_key": s.key}
	maps.Copy(properties, s.properties)
	if name, ok := properties["api_key_file"]; ok {
		delete(properties, "api_key")
		path := filepath.Join(t.TempDir(), name)
		properties["api_key_file"] = path
		if err := os.WriteFile(path, []byte(s.key+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if s.mode != 0 {
			if err := os.Chmod(path, s.mode); err != nil {
				t.Fatal(err)
			}
		}
	}
	return parse(t, properties)
}

func parse(t *testing.T, properties map[string]string) *config.Config {
	t.Helper()
	cfg, err := config.ParseMap(properties, func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// lines writes findings as a golden file has them.
func lines(found []probe.Finding) string {
	var b strings.Builder
	for _, f := range found {
		fmt.Fprintf(&b, "%s %s: %s\n", f.Level, f.Area, f.What)
		if f.Why != "" {
			fmt.Fprintf(&b, "    why: %s\n", f.Why)
		}
		if f.Remedy != "" {
			fmt.Fprintf(&b, "    do: %s\n", f.Remedy)
		}
	}
	return b.String()
}
