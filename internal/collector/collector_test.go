package collector_test

import (
	"path/filepath"
	"strings"
	"testing"

	"fluent-bit-openai-audit/internal/collector"
	"fluent-bit-openai-audit/internal/config"
	"fluent-bit-openai-audit/internal/host"
	"fluent-bit-openai-audit/internal/source"
	"fluent-bit-openai-audit/internal/state"
)

type silent struct{}

func (silent) Name() string           { return "test" }
func (silent) Log(host.Level, string) {}

// Every source that is accepted has a collector, which works on a state file of its own and refuses those of all others.
func TestSources(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range config.Sources() {
		properties := map[string]string{"source": string(name), "api_key": "sk-admin-test0123456789", "db": filepath.Join(dir, string(name))}
		if name == config.ComplianceLogs {
			properties["workspace_id"] = "3f0a6c1e"
		}
		cfg, err := config.ParseMap(properties, func(string) (string, bool) { return "", false })
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // a file that it made, too
			c, err := collector.New(cfg, silent{}, source.Options{NoSync: true})
			if err != nil {
				t.Fatal(err)
			}
			c.Stop()
		}
		db, err := state.Open(filepath.Join(dir, "other"), state.Options{Source: "another", NoSync: true})
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		cfg.DB = filepath.Join(dir, "other")
		_, err = collector.New(cfg, silent{}, source.Options{NoSync: true})
		if err == nil || !strings.Contains(err.Error(), `of the source "another", and this instance has the source `+string(name)) {
			t.Errorf("source %s on a file of another: %v", name, err)
		}
	}
	if _, err := collector.New(&config.Config{}, silent{}, source.Options{}); err == nil {
		t.Error("there is a collector of no source")
	}
}
