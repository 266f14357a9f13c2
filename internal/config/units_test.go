package config_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"fluent-bit-openai-audit/internal/config"
)

func TestDuration(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for _, tt := range []struct {
		text string
		want time.Duration
	}{
		{"0", 0},
		{"0s", 0},
		{"1", time.Second},
		{"90", 90 * time.Second},
		{"007", 7 * time.Second},
		{"30s", 30 * time.Second},
		{"10m", 10 * time.Minute},
		{"24h", day},
		{"7d", 7 * day},
		{"30S", 30 * time.Second},
		{"10M", 10 * time.Minute},
		{"24H", day},
		{"7D", 7 * day},
		{"500ms", 500 * time.Millisecond},
		{"500MS", 500 * time.Millisecond},
		{"1s500ms", 1500 * time.Millisecond},
		{"1h30m", 90 * time.Minute},
		{"1d12h", 36 * time.Hour},
		{"1d1h1m1s1ms", 25*time.Hour + time.Minute + time.Second + time.Millisecond},
		{"1.5h", 90 * time.Minute},
		{"0.001s", time.Millisecond},
		{"1.5", 1500 * time.Millisecond},
		{"1.125ms", 1125 * time.Microsecond},
		{"106751d", 106751 * day},
	} {
		if got, err := config.ParseDuration(tt.text); err != nil || got != tt.want {
			t.Errorf("ParseDuration(%q) = %v, %v, want %v", tt.text, got, err, tt.want)
		}
	}
	for _, text := range []string{
		"", "s", "ms", "-1", "-1s", "+1s", "1 s", " 1s", "1s ", "1x", "1w", "1y", "1us", "1ns", "1sec", "1m1h", "1h1h", "1s1s", "30s10",
		"1.", ".5", "1..5s", "1.2345s", "1e3", "0x10", "1_000", "1,5s", "٣s", "1\x00s", "1h-30m", "now", "NaN", "Inf",
	} {
		if got, err := config.ParseDuration(text); err == nil || err.Error() != "not a duration" {
			t.Errorf("ParseDuration(%q) = %v, %v, want: not a duration", text, got, err)
		}
	}
	for _, text := range []string{
		"106752d", "9223372037", "9223372036.999", "99999999999999999999s", "106751d23h48m", strings.Repeat("9", 4000) + "d",
	} {
		if got, err := config.ParseDuration(text); err == nil || err.Error() != "longer than a duration can be" {
			t.Errorf("ParseDuration(%q) = %v, %v, want: longer than a duration can be", text, got, err)
		}
	}
}

func TestFormatDuration(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		d    time.Duration
		want string
	}{
		{0, "0"},
		{-time.Second, "0"},
		{time.Nanosecond, "0"},
		{500 * time.Millisecond, "500ms"},
		{30 * time.Second, "30s"},
		{90 * time.Second, "1m30s"},
		{10 * time.Minute, "10m"},
		{24 * time.Hour, "24h"},
		{36 * time.Hour, "36h"},
		{48 * time.Hour, "2d"},
		{49 * time.Hour, "2d1h"},
		{7 * 24 * time.Hour, "7d"},
	} {
		if got := config.FormatDuration(tt.d); got != tt.want {
			t.Errorf("FormatDuration(%v) = %q, want %q", tt.d, got, tt.want)
		}
	}
}

func TestSize(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text string
		want int64
	}{
		{"0", 0},
		{"1", 1},
		{"1500", 1500},
		{"512K", 512_000},
		{"2M", 2_000_000},
		{"1G", 1_000_000_000},
		{"512k", 512_000},
		{"2m", 2_000_000},
		{"1g", 1_000_000_000},
		{"16MB", 16_000_000},
		{"16mb", 16_000_000},
		{"1.5M", 1_500_000},
		{"0.125G", 125_000_000},
		{"1.001K", 1001},
		{"9223372036854775807", math.MaxInt64},
		{"9223372036G", 9_223_372_036_000_000_000},
	} {
		if got, err := config.ParseSize(tt.text); err != nil || got != tt.want {
			t.Errorf("ParseSize(%q) = %v, %v, want %v", tt.text, got, err, tt.want)
		}
	}
	for _, text := range []string{
		"", "K", "M", "B", "-1", "+1", "1 M", "1T", "1KiB", "1MiB", "1.5", "1.", ".5M", "1.2345M", "1e6", "0x10", "1_000", "1,5M", "12B", "MM",
		"1KB B", "false", "٣M",
	} {
		if got, err := config.ParseSize(text); err == nil || err.Error() != "not a size" {
			t.Errorf("ParseSize(%q) = %v, %v, want: not a size", text, got, err)
		}
	}
	for _, text := range []string{"9223372036854775808", "9223372036.999G", "9223372037G", "99999999999999999999", strings.Repeat("9", 4000)} {
		if got, err := config.ParseSize(text); err == nil || err.Error() != "larger than a size can be" {
			t.Errorf("ParseSize(%q) = %v, %v, want: larger than a size can be", text, got, err)
		}
	}
}

func TestFormatSize(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		n    int64
		want string
	}{{0, "0"}, {999, "999"}, {1500, "1500"}, {512_000, "512K"}, {1_500_000, "1500K"}, {16_000_000, "16M"}, {1_000_000_000, "1G"}} {
		if got := config.FormatSize(tt.n); got != tt.want {
			t.Errorf("FormatSize(%d) = %q, want %q", tt.n, got, tt.want)
		}
	}
}

func TestStart(t *testing.T) {
	t.Parallel()
	const now = 1_760_000_000
	zone := time.FixedZone("", 2*60*60)
	for _, tt := range []struct {
		name  string
		start config.Start
		at    int64
		text  string
	}{
		{"zero", config.Start{}, now, "now"},
		{"now", config.StartNow(), now, "now"},
		{"beginning", config.StartBeginning(), 0, "beginning"},
		{"age", config.StartAgo(24 * time.Hour), now - 86400, "24h"},
		{"age with a fraction reads more", config.StartAgo(1500 * time.Millisecond), now - 2, "1s500ms"},
		{"age before 1970", config.StartAgo(100 * 365 * 24 * time.Hour), 0, "36500d"},
		{"negative age", config.StartAgo(-time.Hour), now, "now"},
		{"time", config.StartAt(time.Date(2025, 9, 10, 23, 25, 22, 0, zone)), 1757539522, "2025-09-10T21:25:22Z"},
		{"time with a fraction reads more", config.StartAt(time.Date(2025, 9, 10, 21, 25, 22, 999, time.UTC)), 1757539522, "2025-09-10T21:25:22Z"},
		{"time in the future", config.StartAt(time.Unix(now+60, 0)), now + 60, "2025-10-09T08:54:20Z"},
		{"time before 1970", config.StartAt(time.Unix(-5, 0)), 0, "1969-12-31T23:59:55Z"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.start.At(now); got != tt.at {
				t.Errorf("At = %d, want %d", got, tt.at)
			}
			if got := tt.start.String(); got != tt.text {
				t.Errorf("String = %q, want %q", got, tt.text)
			}
		})
	}
}
