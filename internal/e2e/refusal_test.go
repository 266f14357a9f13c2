//go:build linux

package e2e_test

import (
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"fluent-bit-openai-audit/internal/fakeopenai"
)

// wantNoStart fails the test unless Fluent Bit ends by itself, with an error, and without having asked the API anything.
func wantNoStart(p *process, a *api) {
	p.t.Helper()
	p.waitEnd()
	if p.cmd.ProcessState.Success() {
		p.t.Error("Fluent Bit ended without an error")
	}
	if n := a.Stats().Requests; n != 0 {
		p.t.Errorf("%d requests were sent", n)
	}
}

// Wrong properties: Fluent Bit does not start, and one message names each of them, what it was given and what it accepts.
func TestWrongProperties(t *testing.T) {
	t.Parallel()
	theHost(t)
	dir := t.TempDir()
	a := serve(t, fakeopenai.Options{}, livePage(t)...)
	c := pipeline(dir, a, "page_size", "1000", "scope", "everything", "poll_interval", "soon", "event_type", "login.failed",
		"start_from", "yesterday")
	p := start(t, c.write(t, dir, "conf"), launch{})
	wantNoStart(p, a)
	var said []string
	for _, line := range p.screen.lines() {
		if strings.Contains(line, "[error] [input:openai_audit:openai_audit.0]") {
			said = append(said, line)
		}
	}
	all := strings.Join(said, "\n")
	for _, want := range []string{
		"page_size", "1000", "1 to 100", "scope", "everything", "organization, tenant or all", "poll_interval", "soon",
		"event_type", "event_types", "start_from", "yesterday", "RFC 3339",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("the log does not say %q", want)
		}
	}
}

// A wrong key: Fluent Bit stays up, and the log says which key and which scope it takes.
func TestWrongKey(t *testing.T) {
	t.Parallel()
	theHost(t)
	tests := []struct {
		name  string
		fault fakeopenai.Fault
		want  []string
	}{
		{"refused", fakeopenai.Fault{Kind: fakeopenai.Unauthorized}, []string{"401", "admin key", "api.audit_logs.read"}},
		{"echoed", fakeopenai.Fault{Kind: fakeopenai.EchoKey}, []string{"401", "admin key", "api.audit_logs.read"}},
		{"without the scope", fakeopenai.Fault{Kind: fakeopenai.Forbidden}, []string{"403", "api.audit_logs.read"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			a := serve(t, fakeopenai.Options{}, livePage(t)...)
			remove := a.Inject(test.fault)
			defer remove()
			c := pipeline(dir, a)
			c.service["log_level"] = "trace"
			c.outputs = []props{toStdout()}
			p := start(t, c.write(t, dir, "yaml"), launch{})
			p.awaitScreen(test.want...)
			p.await("the second request", func() bool { return a.Stats().Requests > 1 })
			p.terminate()
			if out := p.stdout.String(); out != "" {
				t.Errorf("records came: %.200s", out)
			}
		})
	}
}

// The API is down at the start and comes up later.
func TestOutageAtStart(t *testing.T) {
	t.Parallel()
	theHost(t)
	dir := t.TempDir()
	address := "127.0.0.1:" + freePort(t)
	a := unserved(fakeopenai.Options{}, address, livePage(t)...)
	p := start(t, pipeline(dir, a).write(t, dir, "conf"), launch{})
	p.awaitScreen("refuses connections", address)
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", address)
	if err != nil {
		t.Skip("somebody else took the port: ", err)
	}
	a.listen(t, l)
	w, want := watch(t, dir), a.events()
	p.await("the events", func() bool { return w.has(len(want)) })
	p.terminate()
	w.read()
	wantEach(t, want, w.ids)
}

// A state folder in which nothing can be written: Fluent Bit does not start, and the log names the file.
func TestReadOnlyStateFolder(t *testing.T) {
	t.Parallel()
	theHost(t)
	dir := t.TempDir()
	state := filepath.Join(dir, "state")
	if err := os.Mkdir(state, 0o555); err != nil {
		t.Fatal(err)
	}
	how := launch{library: theLibrary(t, programs.library)}
	if os.Geteuid() == 0 {
		// Nothing is read-only for root, so Fluent Bit runs as somebody else, who may enter the test's folders.
		const nobody = 65534
		for _, path := range []string{theHost(t).path, programs.dir} {
			if !reachable(path) {
				t.Skipf("another user than root cannot reach %s", path)
			}
		}
		how.user = &syscall.Credential{Uid: nobody, Gid: nobody}
		for _, path := range []string{filepath.Dir(dir), dir} {
			if err := os.Chmod(path, 0o777); err != nil {
				t.Fatal(err)
			}
		}
	}
	a := serve(t, fakeopenai.Options{}, livePage(t)...)
	config := pipeline(dir, a, "db", filepath.Join(state, "audit.db")).write(t, dir, "conf")
	if err := os.Chmod(config, 0o644); err != nil {
		t.Fatal(err)
	}
	p := start(t, config, how)
	wantNoStart(p, a)
	if !slices.ContainsFunc(p.screen.lines(), func(line string) bool {
		return strings.Contains(line, "[error] [input:openai_audit:openai_audit.0]") &&
			strings.Contains(line, filepath.Join(state, "audit.db")) && strings.Contains(line, "permission denied")
	}) {
		t.Error("no line of the log names the file and the reason")
	}
}

// reachable reports whether every user may enter the folders that a path leads through.
func reachable(path string) bool {
	for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err != nil || info.Mode()&0o001 == 0 {
			return false
		}
		if dir == filepath.Dir(dir) {
			return true
		}
	}
}
