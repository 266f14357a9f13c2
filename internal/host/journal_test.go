package host_test

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fluent-bit-openai-audit/internal/host"
)

// said returns the texts that a journal with an interval of ten minutes wrote during f.
func said(f func(j *host.Journal)) string {
	var out bytes.Buffer
	f(host.NewJournal(host.NewPlain("a", host.Info, &out), 10*time.Minute))
	var texts []string
	for line := range strings.Lines(out.String()) {
		_, text, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "openai_audit:a] ")
		texts = append(texts, text)
	}
	return strings.Join(texts, "|")
}

func TestRepeatIsSummedUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := said(func(j *host.Journal) {
			for range 43 {
				j.Repeat(host.Warn, "net", "no route")
			}
			time.Sleep(10 * time.Minute)
			j.Repeat(host.Warn, "net", "no route")
			j.Over("net", "the network is back")
			j.Over("net", "said already")
			time.Sleep(10 * time.Minute)
			j.Repeat(host.Warn, "net", "no route")
		})
		if want := "no route|no route (42 more in 10m0s)|the network is back|no route"; got != want {
			t.Errorf("said %q, want %q", got, want)
		}
	})
}

// What comes and goes fills no log: of a request that fails every other second for a day, a few pairs of lines are
// written, and then one in each interval.
func TestWhatComesAndGoesIsSaidSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := strings.Split(said(func(j *host.Journal) {
			for range 12 * 3600 {
				j.Repeat(host.Warn, "net/5xx", "down")
				time.Sleep(time.Second)
				j.Over("net/", "up")
				time.Sleep(time.Second)
			}
		}), "|")
		if n := len(got); n < 2*24*6 || n > 2*(24*6+5) {
			t.Errorf("%d lines in a day: %q…", n, got[:12])
		}
		for i, text := range got {
			if up := text == "up"; up != (i%2 == 1) {
				t.Fatalf("line %d is %q: failures and their ends are to take turns", i, text)
			}
		}
	})
}

// An outage that follows another is said within a minute, if it lasts so long.
func TestASecondOutageIsSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := said(func(j *host.Journal) {
			j.Repeat(host.Warn, "net", "down")
			j.Over("net", "up")
			for range 60 {
				j.Repeat(host.Warn, "net", "down again")
				time.Sleep(time.Second)
			}
			j.Over("net", "up again")
		})
		if want := "down|up|down again (38 more in 38s)|up again"; got != want {
			t.Errorf("said %q, want %q", got, want)
		}
	})
}

func TestLineIsFluentBits(t *testing.T) {
	at := time.Date(2026, 11, 21, 20, 30, 12, 123456789, time.UTC)
	got := host.Line(at, host.Warn, "openai_audit.0", "text")
	want := "[2026/11/21 20:30:12.123] [ warn] [input:openai_audit:openai_audit.0] text"
	if got != want {
		t.Errorf("Line = %q, want %q", got, want)
	}
}
