package config_test

import (
	"fmt"
	"strings"
	"testing"

	"fluent-bit-openai-audit/internal/config"
)

// FuzzParse puts a value, with a key somewhere in it, into one property, and holds that nothing which is
// printed shows the key.
func FuzzParse(f *testing.F) {
	properties := config.Properties()
	f.Add(uint8(0), "", "", "")
	f.Add(uint8(2), "https://", "@api.openai.com", "api_key")
	f.Add(uint8(4), "", "", "apikey")
	f.Add(uint8(7), "30", " # ", "interval")
	f.Add(uint8(11), "login.failed,", ",*", "event_type")
	f.Add(uint8(24), "http://user:", "@proxy", "https_proxy")
	f.Add(uint8(17), "${", "}", "state")
	f.Fuzz(func(t *testing.T, which uint8, before, after, name string) {
		row := properties[int(which)%len(properties)]
		property := row.Name
		given := map[string]string{"api_key_file": "/run/key", name: before + testKey}
		if row.Sources != nil {
			given["source"] = string(row.Sources[0])
		}
		given[property] = before + testKey + after
		for _, get := range []map[string]string{{}, {"OPENAI_ADMIN_KEY": before + testKey}} {
			cfg, err := config.ParseMap(given, getter(get))
			check(t, cfg, err)
		}
		// Without the key in it, a value may be accepted; then it must not change when it is read back.
		given[property] = before + after
		delete(given, name)
		if property == "api_key" {
			delete(given, "api_key_file")
		}
		cfg, err := config.ParseMap(given, getter(nil))
		check(t, cfg, err)
		if err != nil || property == "api_key" || property == "proxy" {
			return
		}
		again := map[string]string{}
		for name, value := range cfg.Values() {
			if value != "" {
				again[name] = value
			}
		}
		second, err := config.ParseMap(again, getter(nil))
		if err != nil {
			t.Fatalf("%s %q is accepted, and what became of it is not: %v", property, before+after, err)
		}
		if first, second := fmt.Sprint(cfg), fmt.Sprint(second); first != second {
			t.Fatalf("%s %q becomes\n%s\nand then\n%s", property, before+after, first, second)
		}
	})
}

// check looks for the key in all that is printed of a Config or an error, and for lines that are more
// than one.
func check(t *testing.T, cfg *config.Config, err error) {
	t.Helper()
	if (cfg == nil) == (err == nil) {
		t.Fatalf("the Config is %v, the error %v", cfg, err)
	}
	lines := problemLines(t, err)
	if cfg != nil {
		lines = append(lines, warningLines(cfg)...)
		lines = append(lines, fmt.Sprint(cfg))
	}
	for _, line := range lines {
		if leaks(line) {
			t.Fatalf("the key is printed: %s", line)
		}
		if strings.ContainsAny(line, "\n\r\x00") {
			t.Fatalf("a line is not one line: %q", line)
		}
	}
}

// FuzzDuration holds that what is read is written so that it is read again, and is never more than the
// digits allow.
func FuzzDuration(f *testing.F) {
	for _, seed := range []string{"30s", "10m", "24h", "7d", "1h30m", "500ms", "1.5h", "0", "90", "106751d23h47m16s", "-1s", "1e9"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := config.ParseDuration(text)
		if err != nil {
			return
		}
		if d < 0 {
			t.Fatalf("%q is %v", text, d)
		}
		if d%1_000_000 != 0 {
			return // parts of a millisecond have no way to be written
		}
		if again, err := config.ParseDuration(config.FormatDuration(d)); err != nil || again != d {
			t.Fatalf("%q is %v, written %q, read as %v, %v", text, d, config.FormatDuration(d), again, err)
		}
	})
}

// FuzzSize holds the same for sizes.
func FuzzSize(f *testing.F) {
	for _, seed := range []string{"512K", "2M", "1G", "16MB", "1.5M", "0", "9223372036854775807", "9223372036G", "-1", "1KiB"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, err := config.ParseSize(text)
		if err != nil {
			return
		}
		if n < 0 {
			t.Fatalf("%q is %d", text, n)
		}
		if again, err := config.ParseSize(config.FormatSize(n)); err != nil || again != n {
			t.Fatalf("%q is %d, written %q, read as %d, %v", text, n, config.FormatSize(n), again, err)
		}
	})
}
