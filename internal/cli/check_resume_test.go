package cli_test

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"fluent-bit-openai-audit/internal/cli"
	"fluent-bit-openai-audit/internal/state"
)

// TestCheckStateFile looks at what check says of a state file, where nobody answers for the API. The scripts have the
// plain cases.
func TestCheckStateFile(t *testing.T) {
	t.Parallel()
	const source, login = "http://127.0.0.1:1/v1", `{"event_types":["login.failed"]}`
	begun := func(name, filters string, covered ...state.Span) *state.Stream {
		return &state.Stream{Name: name, Source: source, Filters: filters, Start: 1000, Covered: covered, Swept: 1000}
	}
	span := state.Span{From: 1000, To: 2000}
	for name, tt := range map[string]struct {
		streams []*state.Stream
		want    string // lines are joined
	}{
		"begun, and nothing covered": {
			[]*state.Stream{begun("organization", "{}"), begun("tenant", "{}")},
			"ok state PATH covers nothing yet: collecting goes on where it began Why: start_from counts no more",
		},
		"one stream": {
			[]*state.Stream{begun("organization", "{}", span)},
			"ok state PATH covers the organization stream up to 1970-01-01T00:33:20Z " +
				"Why: collecting goes on from there, and start_from counts no more",
		},
		"one stream of other filters": {
			[]*state.Stream{begun("organization", "{}", span), begun("tenant", login, span)},
			"ok state PATH covers the organization stream up to 1970-01-01T00:33:20Z " +
				"Why: collecting goes on from there, and start_from counts no more " +
				"warning state PATH was written under other filters: " +
				"what is new of the tenant stream is fetched from start_from (24h) on " +
				"Why: what was delivered under the former ones is not delivered again",
		},
		"both": {
			[]*state.Stream{begun("organization", login, span), begun("tenant", login, span)},
			"warning state PATH was written under other filters: " +
				"what is new of the organization stream and the tenant stream is fetched from start_from (24h) on " +
				"Why: what was delivered under the former ones is not delivered again",
		},
		"filters that are none": {
			[]*state.Stream{begun("organization", "none", span)},
			`problem state state file PATH: damaged: read filters "none": invalid character 'o' in literal null (expecting 'u') ` +
				"Do: inspect it with 'openai-audit state check PATH'; it was left as it is: restore a copy, " +
				"or move it away to fetch from start_from anew",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "a.db")
			db, err := state.Open(path, state.Options{NoSync: true})
			if err != nil {
				t.Fatal(err)
			}
			_, err = db.Commit(state.Commit{Streams: tt.streams})
			if err := errors.Join(err, db.Close()); err != nil {
				t.Fatal(err)
			}
			getenv := func(name string) (string, bool) { return "sk-admin-test0123456789", name == "OPENAI_ADMIN_KEY" }
			var stdout, stderr bytes.Buffer
			cli.Main(context.Background(), []string{"check", "-no-power", "--base-url=" + source, "--db=" + path},
				cli.Env{Getenv: getenv}, nil, &stdout, &stderr)
			text := strings.Join(strings.Fields(strings.ReplaceAll(stdout.String(), path, "PATH")), " ")
			if !strings.Contains(text, " "+tt.want+" ") {
				t.Errorf("no %q in\n%s%s", tt.want, &stdout, &stderr)
			}
		})
	}
}
