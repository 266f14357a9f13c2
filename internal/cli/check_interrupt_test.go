package cli_test

import (
	"bytes"
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"fluent-bit-openai-audit/internal/cli"
	"fluent-bit-openai-audit/internal/fakeopenai"
)

// A cap on requests can make check take long: that is said at the beginning, and what was found is printed when it is
// interrupted.
func TestCheckInterrupted(t *testing.T) {
	t.Parallel()
	ctx, interrupt := context.WithCancelCause(t.Context())
	server := httptest.NewServer(fakeopenai.New(fakeopenai.Options{
		Observe: func(fakeopenai.Exchange) { interrupt(errors.New("interrupted")) },
	}))
	t.Cleanup(server.Close)
	var stdout, stderr bytes.Buffer
	args := []string{"check", "--base-url=" + server.URL + "/v1", "--api-key=sk-admin-x", "--max-requests-per-minute=3"}
	status := cli.Main(ctx, args, cli.Env{Getenv: func(string) (string, bool) { return "", false }}, nil, &stdout, &stderr)
	for _, want := range []string{"ok      configuration       scope all", "unknown tenant stream", " made.\n"} {
		if !strings.Contains(stdout.String(), want) {
			t.Errorf("stdout does not hold %q:\n%s", want, stdout.String())
		}
	}
	want := "openai-audit check: max_requests_per_minute makes this take up to 4m40s\nopenai-audit check: interrupted\n"
	if status != 1 || stderr.String() != want {
		t.Errorf("status %d, stderr %q", status, stderr.String())
	}
}
