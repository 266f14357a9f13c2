//go:build linux

package e2e_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"fluent-bit-openai-audit/internal/cli"
	"fluent-bit-openai-audit/internal/fakeopenai"
)

// check runs the command that README.md says to run before a reload, and returns its status and what it prints.
func check(t *testing.T, config string) (status int, text string) {
	t.Helper()
	var out bytes.Buffer
	args := []string{"check", "-offline", "-c", config}
	status = cli.Main(t.Context(), args, cli.Env{Getenv: os.LookupEnv, Version: "test"}, nil, &out, &out)
	return status, out.String()
}

// A reload of Fluent Bit dies of what check finds before it, and of nothing where check finds no problem.
func TestReload(t *testing.T) {
	t.Parallel()
	theHost(t)
	tests := []struct {
		name      string
		extension string
		change    func(t *testing.T, dir string, c *configuration)
		status    int    // of check; 0: the reload succeeds
		finding   string // of check
	}{
		{name: "right value", extension: "yaml", change: set("page_size", "50")},
		{name: "right value, classic", extension: "conf", change: set("poll_interval", "2s")},
		{"wrong value", "yaml", set("page_size", "1000"), 2, "page_size: "},
		{"wrong value, classic", "conf", set("poll_interval", "soon"), 2, "poll_interval: "},
		{"wrong name", "conf", set("event_type", "login.failed"), 2, "event_type: "},
		{"a misspelling of Fluent Bit's", "yaml", set("storage.typ", "filesystem"), 2, "storage.typ: "},
		{"no key file", "conf", set("api_key", "", "api_key_file", "/nosuch/key"), 2, "api_key_file: "},
		{"no certificate", "yaml", set("ca_file", "/nosuch/ca.pem"), 2, "ca_file: "},
		{"no folder of the state", "conf", set("db", "/nosuch/state.db"), 1, "db: "},
		{"no state file", "yaml", func(t *testing.T, dir string, c *configuration) {
			t.Helper()
			text := filepath.Join(dir, "text.db")
			writeFile(t, text, strings.Repeat("this is text\n", 1000))
			c.inputs[0] = c.inputs[0].with("db", text)
		}, 1, "text.db: "},
		{"no storage", "conf", func(_ *testing.T, _ string, c *configuration) { delete(c.service, "storage.path") }, 2, "storage.path "},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			a := serve(t, fakeopenai.Options{}, livePage(t)...)
			c := pipeline(dir, a)
			w := watch(t, dir)
			config := c.write(t, dir, test.extension)
			if status, text := check(t, config); status != 0 {
				t.Fatalf("of what Fluent Bit begins with, check says (%d)\n%s", status, text)
			}
			p := start(t, config, launch{})
			want := a.events()
			p.await("the events", func() bool { return w.has(len(want)) })

			test.change(t, dir, &c)
			c.write(t, dir, test.extension)
			requests := a.Stats().Requests
			status, text := check(t, config)
			if status != test.status || !strings.Contains(strings.Join(strings.Fields(text), " "), test.finding) {
				t.Errorf("check ends with %d, want %d, and says\n%s", status, test.status, text)
			}
			p.signal(syscall.SIGHUP)
			if test.status != 0 {
				p.waitEnd()
				if p.cmd.ProcessState.Success() {
					t.Error("Fluent Bit ended without an error")
				}
				return
			}
			p.await("the next life", func() bool {
				return strings.Count(p.screen.String(), "collects organization and tenant") > 1 && a.Stats().Requests > requests
			})
			p.terminate()
			w.read()
			wantEach(t, want, w.ids)
		})
	}
}

// set returns a change that sets properties of the input, given as name, value, name, value, …; an empty value takes one away.
func set(pairs ...string) func(*testing.T, string, *configuration) {
	return func(_ *testing.T, _ string, c *configuration) {
		c.inputs[0] = c.inputs[0].with(pairs...)
		for name, value := range c.inputs[0] {
			if value == "" {
				delete(c.inputs[0], name)
			}
		}
	}
}
