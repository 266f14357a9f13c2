package config_test

import (
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fluent-bit-openai-audit/internal/config"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares text with a file in testdata.
func golden(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if text != string(want) {
		t.Errorf("%s has changed; if it is meant to, run go test ./internal/config -update. It is now:\n%s", path, text)
	}
}

func TestGoldenTexts(t *testing.T) {
	t.Parallel()
	golden(t, "properties.md", config.Markdown())
	golden(t, "properties.txt", config.HelpText())
	var manual strings.Builder
	for i, p := range config.Properties() {
		text, ok := config.ManualText(p.Name)
		if !ok {
			t.Fatalf("%s has no manual", p.Name)
		}
		if i > 0 {
			manual.WriteString("\n" + strings.Repeat("-", 80) + "\n\n")
		}
		manual.WriteString(text)
	}
	golden(t, "manual.txt", manual.String())
}

func TestTextsFitTheTerminal(t *testing.T) {
	t.Parallel()
	texts := map[string]string{"help": config.HelpText()}
	for _, p := range config.Properties() {
		texts[p.Name], _ = config.ManualText(p.Name)
	}
	for name, text := range texts {
		for line := range strings.SplitSeq(text, "\n") {
			if len(line) > 80 && strings.Contains(strings.TrimSpace(line), " ") {
				t.Errorf("%s: a line of %d characters: %s", name, len(line), line)
			}
			if strings.TrimRight(line, " ") != line {
				t.Errorf("%s: a line ends in blanks: %q", name, line)
			}
			if strings.Contains(line, "`") {
				t.Errorf("%s: a line with a mark of Markdown: %s", name, line)
			}
		}
	}
}

// TestTableAgrees holds what the table says against what the parser does.
func TestTableAgrees(t *testing.T) {
	t.Parallel()
	properties := config.Properties()
	defaults := make(map[config.Source]map[string]string)
	for _, source := range config.Sources() {
		defaults[source] = maps.Collect(parsed(t, map[string]string{"source": string(source)}).Values())
	}
	seen := map[string]bool{}
	var groups []config.Group
	for _, p := range properties {
		if seen[p.Name] || strings.ToLower(p.Name) != p.Name {
			t.Errorf("%s stands twice in the table, or not in lower case", p.Name)
		}
		seen[p.Name] = true
		if n := len(groups); n == 0 || groups[n-1] != p.Group {
			if slices.Contains(groups, p.Group) {
				t.Errorf("%s is apart from its group", p.Name)
			}
			groups = append(groups, p.Group)
		}

		// The default is what the parser takes, and is written as a user would write it.
		for source, values := range defaults {
			got, used := values[p.Name]
			if used != p.UsedBy(source) || used && got != p.DefaultOf(source) && !p.Secret && p.Name != "source" && p.Name != "workspace_id" {
				t.Errorf("the default of %s with source %s is %q, the parser's %q", p.Name, source, p.DefaultOf(source), got)
			}
		}
		if p.Default != "" && p.Instead != "" {
			t.Errorf("%s has two defaults", p.Name)
		}

		// The example is accepted.
		example := map[string]string{p.Name: strings.ReplaceAll(p.Example, "${OPENAI_ADMIN_KEY}", testKey)}
		switch p.Name {
		case "client_cert_file":
			example["client_key_file"] = "/k"
		case "client_key_file":
			example["client_cert_file"] = "/c"
		case "ocsf_version", "include_original":
			example["format"] = "ocsf"
		case "redact":
			example["redact_key_file"] = "/k"
		case "redact_key_file":
			example["redact"] = "actor.session.ip_address=hash"
		}
		source := config.Sources()[0]
		if !p.UsedBy(source) {
			source = p.Sources[0]
			example["source"] = string(source)
		}
		cfg := parsed(t, example)
		if len(cfg.Warnings) > 0 {
			t.Errorf("the example of %s is warned of: %v", p.Name, cfg.Warnings)
		}

		// What is accepted stands in the error text, and in the help.
		if _, err := config.ParseMap(map[string]string{"api_key": testKey, "source": string(source), p.Name: " "}, getter(nil)); !strings.Contains(errorText(err), p.Name+": the value is empty; accepted: "+p.Accepted+";") {
			t.Errorf("the error of %s does not say what is accepted (%s): %v", p.Name, p.Accepted, err)
		}
		if page, ok := config.ManualText(strings.ToUpper(p.Name)); !ok || !strings.HasPrefix(page, "NAME\n    "+p.Name+" - ") {
			t.Errorf("the manual of %s begins %.40q", p.Name, page)
		}
		if !strings.Contains(config.HelpText(), "\n  "+p.Name+" ") || !strings.Contains(config.Markdown(), "\n| `"+p.Name+"` | ") {
			t.Errorf("%s is missing from the help or from the README's table", p.Name)
		}

		for _, text := range []string{p.Type, p.Meaning, p.Manual, p.Example, p.Accepted} {
			if text == "" {
				t.Errorf("a text of %s is missing: %+v", p.Name, p)
			}
		}
		if strings.ContainsAny(p.Meaning+p.Accepted, "|\n") || strings.HasSuffix(p.Meaning, ".") {
			t.Errorf("the meaning of %s does not fit a table: %s", p.Name, p.Meaning)
		}
		if strings.Count(p.Manual, "`")%2 != 0 || strings.Count(p.Meaning, "`")%2 != 0 {
			t.Errorf("a backtick of %s has no partner", p.Name)
		}
		for _, related := range p.Related {
			if _, ok := config.Lookup(related); !ok || related == p.Name {
				t.Errorf("%s is said to be related to %s", p.Name, related)
			}
		}
	}
	if _, ok := config.ManualText("frobnicate"); ok {
		t.Error("there is a manual of no property")
	}
	if _, ok := config.Lookup("frobnicate"); ok {
		t.Error("there is a property of any name")
	}
}

// TestRangesAreAsDocumented tries the ends of each range that the table names, and what lies beyond.
func TestRangesAreAsDocumented(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ property, accepted, below, least, most, above string }{
		{"poll_interval", "1s to 24h", "999ms", "1s", "24h", "24h1s"},
		{"overlap", "0 (off), or 1s to 90d in whole seconds", "", "0", "90d", "91d"},
		{"sweep_interval", "0 (off), or 1s to 30d", "999ms", "1s", "30d", "31d"},
		{"sweep_window", "0 (off), or 1s to 90d in whole seconds", "", "0", "90d", "91d"},
		{"heartbeat_interval", "0 (off), or 1s to 24h", "1ms", "1s", "24h", "25h"},
		{"request_timeout", "1s to 10m", "0", "1s", "10m", "10m1s"},
		{"page_size", "1 to 100", "0", "1", "100", "101"},
		{"concurrency", "1 to 64", "0", "1", "64", "65"},
		{"max_requests_per_minute", "0 (no cap), or 1 to 100000", "-1", "0", "100000", "100001"},
		{"max_body_size", "1M to 256M", "999999", "1M", "256M", "256000001"},
		{"queue_size", "1M to 1G", "999K", "1M", "1G", "1000000001"},
		{"start_from", "now, beginning, an RFC 3339 time, or an age up to 3650d in whole seconds", "-1", "0", "3650d", "3651d"},
	} {
		p, ok := config.Lookup(tt.property)
		if !ok || p.Accepted != tt.accepted {
			t.Errorf("%s accepts %q, want %q", tt.property, p.Accepted, tt.accepted)
		}
		try := func(value string) error {
			given := map[string]string{"api_key": testKey, tt.property: value}
			if tt.property == "overlap" {
				given["sweep_window"] = "90d"
			}
			if tt.property == "sweep_window" {
				given["overlap"] = "0"
			}
			_, err := config.ParseMap(given, getter(nil))
			return err
		}
		for _, value := range []string{tt.least, tt.most} {
			if err := try(value); err != nil {
				t.Errorf("%s %s is refused: %v", tt.property, value, err)
			}
		}
		for _, value := range []string{tt.below, tt.above} {
			if value != "" && try(value) == nil {
				t.Errorf("%s %s is accepted", tt.property, value)
			}
		}
	}
}
