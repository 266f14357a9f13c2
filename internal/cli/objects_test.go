package cli_test

import (
	"bytes"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"fluent-bit-openai-audit/internal/cli"
	"fluent-bit-openai-audit/internal/fakeopenai"
	"fluent-bit-openai-audit/internal/fakeopenai/directory"
)

// tail reads an organization's objects, check says beforehand how many requests that takes, and state tells what is known.
func TestObjects(t *testing.T) {
	t.Parallel()
	const key = "sk-admin-test0123456789"
	dir := directory.New(directory.Options{
		Seed: 3, Created: 1_700_000_000, People: []directory.Person{{ID: "user-1", Email: "a@example.com"}, {ID: "user-2", Email: "b@example.com"}},
		Projects: []directory.Project{{ID: "proj_1", Name: "one"}, {ID: "proj_2", Name: "two"}},
	})
	api := fakeopenai.New(fakeopenai.Options{ManagementKeys: map[string]bool{key: true}, Directory: dir})
	api.Inject(fakeopenai.Fault{Kind: fakeopenai.Forbidden, When: fakeopenai.When{Path: "/certificates"}})
	server := httptest.NewServer(api)
	defer server.Close()
	path := filepath.Join(t.TempDir(), "a.db")
	run := func(name string, args ...string) string {
		t.Helper()
		var stdout, stderr bytes.Buffer
		getenv := func(name string) (string, bool) { return key, name == "OPENAI_ADMIN_KEY" }
		status := cli.Main(t.Context(), append([]string{name}, args...), cli.Env{Getenv: getenv, Version: "test"}, nil, &stdout, &stderr)
		if status != 0 {
			t.Fatalf("%s: status %d\n%s%s", name, status, &stdout, &stderr)
		}
		return strings.Join(strings.Fields(strings.ReplaceAll(stdout.String(), path, "PATH")), " ")
	}
	properties := []string{"--source=organization", "--base-url=" + server.URL + "/v1", "--max-requests-per-minute=0", "--db=" + path}
	holds := func(text string, wants ...string) {
		t.Helper()
		for _, want := range wants {
			if !strings.Contains(text, want) {
				t.Errorf("no %q in\n%s", want, text)
			}
		}
	}

	holds(run("check", properties...), "none yet at PATH: the first run begins with a snapshot of all objects",
		"served: user 2, invite 1, project 2,", "warning objects certificate is not served: the API key lacks a scope",
		"a snapshot takes about 40 requests")
	records := run("tail", append(properties, "-once")...)
	holds(records, `{"object":"openai_audit.inventory","kind":"user","id":"user-1","snapshot":`, `"change":"present","data":{`,
		`{"object":"openai_audit.snapshot",`, `"unread":[{"kind":"certificate","refused":1,`)
	if asked := api.Stats().ByStatus[200]; asked < 40 {
		t.Errorf("%d requests were answered", asked)
	}
	holds(run("check", append(properties, "-offline")...), "PATH knows ", "; the last snapshot is of 20")
	holds(run("state", "show", path), "schema 2", "the organization's objects", "project.api_key 8 objects in 2 lists", "user 2 objects in 1 list")
	holds(run("state", "show", "-until", "2026-01-01T00:00:00Z", path), "yes: the snapshot of 20")
	holds(run("state", "show", "-json", path), `"objects": { "snapshot": `, `"kind": "project.api_key", "lists": 2, "objects": 8`)
	holds(run("state", "check", path), "objects good ", "all readable")
	holds(run("state", "export", path), `"source":"organization"`, `{"mark":"list/project.api_key/proj_1",`)
	if again := run("tail", append(properties, "-once")...); again != "" {
		t.Errorf("a second tail within the interval prints %s", again)
	}

	var stdout, stderr bytes.Buffer
	getenv := func(name string) (string, bool) { return key, name == "OPENAI_ADMIN_KEY" }
	args := []string{"state", "forget", "-yes", "-from", "1", "-to", "2", path}
	if status := cli.Main(t.Context(), args, cli.Env{Getenv: getenv}, nil, &stdout, &stderr); status != 1 || !strings.Contains(stderr.String(), "move it away") {
		t.Errorf("forget: status %d\n%s", status, &stderr)
	}
	args = []string{"tail", "-once", "--db=" + path, "--base-url=" + server.URL + "/v1"}
	if status := cli.Main(t.Context(), args, cli.Env{Getenv: getenv}, nil, &stdout, &stderr); status != 1 ||
		!strings.Contains(stderr.String(), `of the source "organization", and this instance has the source audit_logs`) {
		t.Errorf("the audit log on it: status %d\n%s", status, &stderr)
	}
}
