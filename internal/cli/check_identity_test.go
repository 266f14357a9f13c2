package cli_test

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"fluent-bit-openai-audit/internal/cli"
	"fluent-bit-openai-audit/internal/fakeopenai"
	"fluent-bit-openai-audit/internal/state"
)

// A state file of another organization than the one that the API answers for.
func TestCheckOrganization(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		known, answered string
		status          int
		want            string
	}{
		"the same":           {known: "org-a", answered: "org-a"},
		"not known":          {answered: "org-a"},
		"not told":           {known: "org-a"},
		"another":            {"org-a", "org-b", 1, "problem state PATH is about the organization org-a, and the API answers for org-b Why: "},
		"another, and odd":   {"org-\x1b[2J", "org-b", 1, `about the organization "org-\x1b[2J", and`},
		"another, and a key": {"sk-admin-0123456789abcdefghijkl", "org-b", 1, "about the organization [redacted], and"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var handler http.Handler = fakeopenai.New(fakeopenai.Options{Organization: tt.answered})
			if tt.answered == "" {
				handler = untold(handler)
			}
			api := httptest.NewServer(handler)
			defer api.Close()
			path := filepath.Join(t.TempDir(), "a.db")
			db, err := state.Open(path, state.Options{NoSync: true})
			if err != nil {
				t.Fatal(err)
			}
			_, err = db.Commit(state.Commit{Streams: []*state.Stream{{
				Name: "organization", Source: api.URL + "/v1", Filters: "{}", Start: 1000, Swept: 1000, Identity: tt.known,
			}}})
			if err := errors.Join(err, db.Close()); err != nil {
				t.Fatal(err)
			}
			getenv := func(name string) (string, bool) { return "sk-admin-test0123456789", name == "OPENAI_ADMIN_KEY" }
			var stdout, stderr bytes.Buffer
			status := cli.Main(t.Context(), []string{"check", "-no-power", "--base-url=" + api.URL + "/v1", "--db=" + path},
				cli.Env{Getenv: getenv}, nil, &stdout, &stderr)
			text := strings.Join(strings.Fields(strings.ReplaceAll(stdout.String(), path, "PATH")), " ")
			if status != tt.status || !strings.Contains(text, tt.want) || tt.want == "" && strings.Contains(text, "problem state") {
				t.Errorf("status %d, no %q in\n%s%s", status, tt.want, &stdout, &stderr)
			}
			if strings.Contains(text, "0123456789abcdefghijkl") || strings.Contains(text, "\x1b") {
				t.Errorf("it prints\n%s", &stdout)
			}
		})
	}
}

// untold is an API that does not tell whose log it is.
func untold(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := httptest.NewRecorder()
		h.ServeHTTP(answer, r)
		for name, values := range answer.Header() {
			if name != "Openai-Organization" {
				w.Header()[name] = values
			}
		}
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
	})
}
