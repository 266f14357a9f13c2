package cli_test

import (
	"slices"
	"testing"
	"time"

	"fluent-bit-openai-audit/internal/cli"
	"fluent-bit-openai-audit/internal/config"
)

func TestParseTail(t *testing.T) {
	t.Parallel()
	getenv := func(name string) (string, bool) { return "sk-admin-abc", name == "OPENAI_ADMIN_KEY" }

	cfg, limit, once, err := cli.ParseTail(nil, getenv)
	if err != nil {
		t.Fatal(err)
	}
	if limit != 0 || once || cfg.DB != "" || cfg.APIKey.Reveal() != "sk-admin-abc" || len(cfg.Warnings) != 0 {
		t.Errorf("without arguments: limit %d, once %v, warnings %q, %v", limit, once, cfg.Warnings, cfg)
	}

	cfg, limit, once, err = cli.ParseTail([]string{
		"-n", "5", "-once", "-p", "Poll_Interval=10s", "-p", "db=/tmp/a=b.db", "--api-key=sk-admin-def", "-page_size", "7",
		"--event-types=login.failed,logout.failed", "--insecure_http", "off",
	}, getenv)
	if err != nil {
		t.Fatal(err)
	}
	if limit != 5 || !once {
		t.Errorf("limit is %d, once %v", limit, once)
	}
	if cfg.PollInterval != 10*time.Second || cfg.DB != "/tmp/a=b.db" || cfg.APIKey.Reveal() != "sk-admin-def" || cfg.PageSize != 7 ||
		!slices.Equal(cfg.EventTypes, []string{"login.failed", "logout.failed"}) || cfg.InsecureHTTP {
		t.Errorf("the properties are %v", cfg)
	}
	want := []config.Problem{{Property: "api_key", Text: "other users of this machine can read a key on the command line; use api_key_file"}}
	if !slices.Equal(cfg.Warnings, want) {
		t.Errorf("warnings are %q, want %q", cfg.Warnings, want)
	}
}
