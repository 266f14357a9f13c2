package cli_test

import (
	"bytes"
	"cmp"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"fluent-bit-openai-audit/internal/cli"
	"fluent-bit-openai-audit/internal/fakeopenai"
	"fluent-bit-openai-audit/internal/fakeopenai/logfiles"
)

// check of compliance logs says whether they are listed, whether a file comes from where it lies, and what reading costs.
func TestCheckLogs(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fault     string
		workspace string
		given     []string
		want      []string
		code      int
	}{
		"all well": {code: 0, want: []string{
			"ok      workspace logs      served; ", "ok      log files           a log file (", "files a day; from ", "the key may read conversations",
		}},
		"both places": {code: 0, given: []string{"--organization=org-simulated", "--log-types=AUTH_LOG,COSTS"}, want: []string{
			"ok      workspace logs      served; ", "ok      organization logs   served; ", "of COSTS",
		}},
		"no such workspace": {code: 1, workspace: "other", want: []string{
			"problem workspace logs      there are no such compliance logs", "check workspace_id",
		}},
		"no scope": {code: 1, fault: "403", want: []string{"problem key ", "one of three: ", "IP allow-list"}},
		"files that do not come": {code: 1, fault: "expired", want: []string{
			"problem log files ", "let requests to that host through",
		}},
		"files that are changed": {code: 1, fault: "wrong_sum", want: []string{"is not what its SHA-256 says"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var server *fakeopenai.Server
			files := logfiles.New(logfiles.Options{
				Seed: 1, From: time.Now().Add(-24 * time.Hour), Workspace: fakeopenai.DefaultWorkspace, Organization: fakeopenai.DefaultOrganization,
			})
			web := httptest.NewUnstartedServer(nil)
			server = fakeopenai.New(fakeopenai.Options{Files: files, FilesURL: "http://" + web.Listener.Addr().String()})
			web.Config.Handler = server
			web.Start()
			t.Cleanup(web.Close)
			if tt.fault != "" {
				f, err := fakeopenai.ParseFault(tt.fault)
				if err != nil {
					t.Fatal(err)
				}
				server.Inject(f)
			}
			args := append([]string{
				"check", "--source=compliance_logs", "--workspace-id=" + cmp.Or(tt.workspace, fakeopenai.DefaultWorkspace), "--base-url=" + web.URL + "/v1",
				"--max-requests-per-minute=0",
			}, tt.given...)
			getenv := func(name string) (string, bool) { return "sk-admin-test0123456789", name == "OPENAI_ADMIN_KEY" }
			var stdout, stderr bytes.Buffer
			code := cli.Main(t.Context(), args, cli.Env{Getenv: getenv}, nil, &stdout, &stderr)
			out := stdout.String()
			if code != tt.code {
				t.Errorf("exit status %d, want %d: %s", code, tt.code, &stderr)
			}
			text := strings.Join(strings.Fields(out), " ")
			for _, want := range tt.want {
				if !strings.Contains(out, want) && !strings.Contains(text, want) {
					t.Errorf("no %q in\n%s", want, out)
				}
			}
		})
	}
}
