//go:build linux

package e2e_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fluent-bit-openai-audit/internal/fakeopenai"
	"fluent-bit-openai-audit/internal/fakeopenai/directory"
	"fluent-bit-openai-audit/internal/fakeopenai/logfiles"
)

// The configurations that are shipped hold, as they stand, in a place that is made known by the environment alone.
func TestShippedConfigurations(t *testing.T) {
	t.Parallel()
	if !theHost(t).atLeast(5, 0, 6) {
		t.Skip("Fluent Bit before 5.0.6 knows no ${NAME:-default}")
	}
	for _, name := range []string{"fluent-bit.conf", "fluent-bit.yaml"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config, err := filepath.Abs(filepath.Join("../../conf", name))
			if err != nil {
				t.Fatal(err)
			}
			runShipped(t, config, theLibrary(t, programs.library))
		})
	}
}

// runShipped runs Fluent Bit with a configuration that is shipped and a library.
func runShipped(t *testing.T, config, library string) {
	t.Helper()
	dir := t.TempDir()
	plugins, key := filepath.Join(dir, "plugins.conf"), filepath.Join(dir, "key")
	writeFile(t, plugins, "[PLUGINS]\n    Path "+library+"\n")
	writeFile(t, key, testKey+"\n")
	events := livePage(t)
	a := serve(t, fakeopenai.Options{}, events...)
	env := []string{
		"OPENAI_ADMIN_KEY_FILE=" + key,
		"OPENAI_BASE_URL=" + a.url,
		"OPENAI_AUDIT_START_FROM=beginning",
		"OPENAI_AUDIT_DB=" + filepath.Join(dir, "state.db"),
		"OPENAI_AUDIT_STORAGE=" + filepath.Join(dir, "storage"),
		"OPENAI_AUDIT_PLUGINS=" + plugins,
		"OPENAI_AUDIT_HTTP_PORT=" + freePort(t),
	}
	dryRun(t, config, env)
	p := start(t, config, launch{bare: true, env: env})
	p.wantPrinted(events)
	for _, name := range []string{"state.db", "storage"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
	for _, line := range p.screen.lines() {
		if strings.Contains(line, "[error]") || strings.Contains(line, "[ warn]") && !strings.Contains(line, "service will shutdown") {
			t.Errorf("the log has the line %s", line)
		}
	}
}

// Without api_key_file the key is that of the environment, and in the environment's absence the rest has its defaults.
func TestShippedConfigurationWithKeyInEnvironment(t *testing.T) {
	t.Parallel()
	if !theHost(t).atLeast(5, 0, 6) {
		t.Skip("Fluent Bit before 5.0.6 knows no ${NAME:-default}")
	}
	dir := t.TempDir()
	config, err := filepath.Abs("../../conf/fluent-bit.yaml")
	if err != nil {
		t.Fatal(err)
	}
	a := serve(t, fakeopenai.Options{})
	now := time.Now()
	a.populate(t, fakeopenai.OrganizationOptions{Seed: 5, From: now.Add(-48 * time.Hour), To: now.Add(-time.Minute), Count: 400})
	p := start(t, config, launch{env: []string{
		"OPENAI_ADMIN_KEY=" + testKey,
		"OPENAI_BASE_URL=" + a.url,
		"OPENAI_AUDIT_DB=" + filepath.Join(dir, "state.db"),
		"OPENAI_AUDIT_STORAGE=" + filepath.Join(dir, "storage"),
		"OPENAI_AUDIT_PLUGINS=/dev/null", // the library is given with -e
		"OPENAI_AUDIT_HTTP_PORT=" + freePort(t),
	}})
	var day []fakeopenai.Event
	for _, e := range a.events() {
		if e.EffectiveAt >= now.Add(-24*time.Hour).Unix()+10 {
			day = append(day, e)
		}
	}
	p.await("the records of a day", func() bool { return len(p.stdout.lines()) >= len(day) })
	p.terminate()
	if n := len(p.stdout.lines()); n > len(day)+5 {
		t.Errorf("%d records, of which %d are of the last 24h", n, len(day))
	}
}

// dryRun has Fluent Bit check a configuration.
func dryRun(t *testing.T, config string, env []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, theHost(t).path, "--dry-run", "-c", config)
	cmd.Env = env
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", cmd, err, out)
	}
}

// wantPrinted waits until Fluent Bit has printed all events, ends it, and checks that each was printed once.
func (p *process) wantPrinted(events []fakeopenai.Event) {
	p.t.Helper()
	p.await("the records", func() bool { return len(p.stdout.lines()) >= len(events) })
	p.terminate()
	var ids []string
	for _, line := range p.stdout.lines() {
		r, err := stdoutRecord(line)
		if err != nil {
			p.t.Fatal(err)
		}
		ids = append(ids, r.id)
	}
	wantEach(p.t, events, ids)
}

// The configurations of the other sources hold, too: what each reads comes, under its own tag's input and state.
func TestShippedConfigurationsOfSources(t *testing.T) {
	t.Parallel()
	if !theHost(t).atLeast(5, 0, 6) {
		t.Skip("Fluent Bit before 5.0.6 knows no ${NAME:-default}")
	}
	for name, marks := range map[string][]string{
		"compliance.yaml":   {`"type":"AUTH_LOG"`},
		"organization.yaml": {`"kind":"role"`, `"object":"openai_audit.snapshot"`},
		"all-sources.yaml":  {`"type":"AUTH_LOG"`, `"object":"organization.audit_log"`, `"object":"openai_audit.inventory"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config, err := filepath.Abs(filepath.Join("../../conf", name))
			if err != nil {
				t.Fatal(err)
			}
			dir, now, l := t.TempDir(), time.Now(), listen(t)
			organization, err := fakeopenai.NewOrganization(fakeopenai.OrganizationOptions{Seed: 5, From: now.Add(-2 * time.Hour), To: now.Add(-time.Minute), Count: 20})
			if err != nil {
				t.Fatal(err)
			}
			a := unserved(fakeopenai.Options{
				Directory: directory.New(directory.Options{Seed: 5}), FilesURL: "http://" + l.Addr().String(), Overpowered: true,
				Files: logfiles.New(logfiles.Options{Seed: 5, From: now.Add(-2 * time.Hour), Workspace: fakeopenai.DefaultWorkspace}),
			}, l.Addr().String())
			a.AddOrganization(organization)
			a.listen(t, l)
			plugins := filepath.Join(dir, "plugins.conf")
			writeFile(t, plugins, "[PLUGINS]\n    Path "+theLibrary(t, programs.library)+"\n")
			env := []string{
				"OPENAI_ADMIN_KEY=" + testKey, "OPENAI_BASE_URL=" + a.url, "OPENAI_COMPLIANCE_BASE_URL=" + a.url,
				"OPENAI_WORKSPACE_ID=" + fakeopenai.DefaultWorkspace, "OPENAI_AUDIT_DB=" + filepath.Join(dir, "a.db"),
				"OPENAI_OBJECTS_DB=" + filepath.Join(dir, "o.db"), "OPENAI_COMPLIANCE_DB=" + filepath.Join(dir, "c.db"),
				"OPENAI_AUDIT_STORAGE=" + filepath.Join(dir, "storage"), "OPENAI_AUDIT_PLUGINS=" + plugins, "OPENAI_AUDIT_HTTP_PORT=" + freePort(t),
			}
			dryRun(t, config, env)
			p := start(t, config, launch{bare: true, env: env})
			for _, mark := range marks {
				p.await("a record with "+mark, func() bool { return strings.Contains(p.stdout.String(), mark) })
			}
		})
	}
}
