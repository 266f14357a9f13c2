package cli_test

import (
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"

	"fluent-bit-openai-audit/internal/fakeopenai"
	"fluent-bit-openai-audit/internal/state"
)

// TestCheckScripts runs the scripts of check. Beside testscript's own commands they have
//
//	api [FLAGS]     serve the audit log of a simulated API at $API, or with -down nothing there
//	screen FILE     compare the last stdout with FILE, times and addresses replaced
//	hold FILE       hold a state file as a running Fluent Bit does
func TestCheckScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/check",
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("OPENAI_ADMIN_KEY", "sk-admin-S1mulatedKeyThatIsNeverShown")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"api":    func(ts *testscript.TestScript, _ bool, args []string) { serveAPI(t, ts, args) },
			"screen": screen,
			"hold":   hold,
		},
	})
}

// serveAPI runs the simulator until the script ends.
func serveAPI(t *testing.T, ts *testscript.TestScript, args []string) {
	t.Helper()
	var events, tenants int
	var down bool
	opts := fakeopenai.Options{Observe: func(x fakeopenai.Exchange) {
		if x.Method != http.MethodGet {
			t.Errorf("%s %s was sent", x.Method, x.URL)
		}
	}}
	var faults []fakeopenai.Fault
	flags := flag.NewFlagSet("api", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.IntVar(&events, "events", 0, "")
	flags.IntVar(&tenants, "tenants", 0, "")
	flags.StringVar(&opts.Organization, "organization", "", "")
	flags.BoolVar(&opts.Overpowered, "overpowered", false, "")
	flags.BoolVar(&down, "down", false, "")
	flags.Func("key", "", func(key string) error {
		opts.Keys = append(opts.Keys, key)
		return nil
	})
	flags.Func("fault", "", func(text string) error {
		f, err := fakeopenai.ParseFault(text)
		faults = append(faults, f)
		return err
	})
	ts.Check(flags.Parse(args))

	api := fakeopenai.New(opts)
	now := time.Now()
	for i := range events + tenants {
		e := fakeopenai.Event{
			ID: fmt.Sprintf("audit_log-%d", i), Type: "login.succeeded", EffectiveAt: now.Add(-time.Duration(i+1) * time.Minute).Unix(),
		}
		switch {
		case i >= events:
			e.Type, e.Tenant = "tenant.user.added", true
		case i%4 == 3:
			e.Type = "logout.succeeded"
		}
		api.Add(e)
	}
	for _, f := range faults {
		api.Inject(f)
	}
	if down {
		ts.Setenv("API", "http://"+deafAddress(ts)+"/v1")
		return
	}
	server := httptest.NewServer(api)
	ts.Setenv("API", server.URL+"/v1")
	ts.Defer(server.Close)
}

// deafAddress returns an address where nobody listens, nor anybody else can until the script ends.
func deafAddress(ts *testscript.TestScript) string {
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	ts.Check(err)
	ts.Defer(func() { _ = unix.Close(socket) })
	ts.Check(unix.Bind(socket, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	address, err := unix.Getsockname(socket)
	ts.Check(err)
	return fmt.Sprintf("127.0.0.1:%d", address.(*unix.SockaddrInet4).Port)
}

// screen compares the last stdout with a file of the script.
func screen(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: screen FILE")
	}
	got := ts.ReadFile("stdout")
	for _, r := range []struct{ from, to string }{
		{`http://127\.0\.0\.1:\d+`, "http://127.0.0.1:PORT"},
		{`127\.0\.0\.1:\d+`, "127.0.0.1:PORT"},
		{`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`, "2026-11-21T12:00:00Z"},
		{`(answered in) \S+`, "$1 9ms"},
		{`(Z,\s+)\S+ ago`, "${1}1m ago"},
		{`req_[0-9a-f]{32}`, "req_0123456789abcdef0123456789abcdef"},
	} {
		got = regexp.MustCompile(r.from).ReplaceAllString(got, r.to)
	}
	got = strings.ReplaceAll(got, ts.Getenv("WORK"), "WORK")
	if want := ts.ReadFile(args[0]); got != want {
		ts.Logf("the screen shows\n%s", got)
		ts.Fatalf("that is not %s", args[0])
	}
	for line := range strings.Lines(got) {
		if len(line) > 81 {
			ts.Fatalf("a line of %d characters: %s", len(line), line)
		}
	}
}

// hold locks a state file until the script ends.
func hold(ts *testscript.TestScript, _ bool, args []string) {
	db, err := state.Open(ts.MkAbs(args[0]), state.Options{NoSync: true})
	ts.Check(err)
	ts.Defer(func() {
		if err := db.Close(); err != nil && !os.IsNotExist(err) {
			ts.Logf("close state file: %v", err)
		}
	})
}
