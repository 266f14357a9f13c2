package host_test

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fluent-bit-openai-audit/internal/host"
)

func TestRepeatIsSummedUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		j := host.NewJournal(host.NewPlain("a", host.Info, &out), 10*time.Minute)
		for range 43 {
			j.Repeat(host.Warn, "net", "no route")
		}
		time.Sleep(10 * time.Minute)
		j.Repeat(host.Warn, "net", "no route")
		j.Over("net", "the network is back")
		j.Over("net", "never said")
		j.Repeat(host.Warn, "net", "no route")

		var got []string
		for line := range strings.Lines(out.String()) {
			_, text, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "openai_audit:a] ")
			got = append(got, text)
		}
		want := "no route|no route (42 more in 10m0s)|the network is back|no route"
		if strings.Join(got, "|") != want {
			t.Errorf("said %q, want %q", strings.Join(got, "|"), want)
		}
	})
}

func TestOnce(t *testing.T) {
	var out bytes.Buffer
	j := host.NewJournal(host.NewPlain("a", host.Info, &out), time.Minute)
	j.Once(host.Info, "k", "first")
	j.Once(host.Info, "k", "second")
	if got := out.String(); !strings.Contains(got, "first") || strings.Contains(got, "second") {
		t.Errorf("said %q", got)
	}
}

func TestLineIsFluentBits(t *testing.T) {
	at := time.Date(2026, 11, 21, 20, 30, 12, 123456789, time.UTC)
	got := host.Line(at, host.Warn, "openai_audit.0", "text")
	want := "[2026/11/21 20:30:12.123] [ warn] [input:openai_audit:openai_audit.0] text"
	if got != want {
		t.Errorf("Line = %q, want %q", got, want)
	}
}
