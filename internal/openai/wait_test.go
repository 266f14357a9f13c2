package openai_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"fluent-bit-openai-audit/internal/openai"
)

func TestBackoff(t *testing.T) {
	half := func() float64 { return 0.5 }
	tests := []struct {
		name string
		b    openai.Backoff
		want []time.Duration
	}{
		{"as it comes", openai.Backoff{Rand: half}, []time.Duration{
			time.Second / 2, time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second, 32 * time.Second,
			time.Minute, time.Minute, time.Minute,
		}},
		{"own bounds", openai.Backoff{Base: 10 * time.Second, Cap: 25 * time.Second, Rand: half}, []time.Duration{
			5 * time.Second, 10 * time.Second, 12500 * time.Millisecond, 12500 * time.Millisecond,
		}},
		{"base above the cap", openai.Backoff{Base: time.Hour, Cap: time.Minute, Rand: half}, []time.Duration{30 * time.Second, 30 * time.Second}},
		{"no jitter upwards", openai.Backoff{Rand: func() float64 { return 0 }}, []time.Duration{0, 0, 0}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []time.Duration
			for range tt.want {
				got = append(got, tt.b.Next())
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
}

func TestBackoffStaysWithinBounds(t *testing.T) {
	var b openai.Backoff
	distinct := make(map[time.Duration]bool)
	for range 1000 {
		wait := b.Next()
		if wait < 0 || wait >= 2*time.Minute {
			t.Fatalf("a wait of %v", wait)
		}
		distinct[wait] = true
	}
	if len(distinct) < 900 {
		t.Errorf("only %d different waits of 1000: there is no jitter", len(distinct))
	}
}

func TestWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		if err := openai.Wait(t.Context(), time.Hour); err != nil || time.Since(start) != time.Hour {
			t.Errorf("waited %v with error %v", time.Since(start), err)
		}
		if err := openai.Wait(t.Context(), -time.Hour); err != nil {
			t.Errorf("error %v for no wait", err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start = time.Now()
		if err := openai.Wait(ctx, time.Hour); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("waited %v with error %v", time.Since(start), err)
		}
		if err := openai.Wait(ctx, 0); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v for no wait after the context's end", err)
		}
	})
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	const (
		limit  = 5 * time.Minute
		date   = "Sat, 21 Nov 2026 11:00:00 GMT" // an hour before the local clock
		after  = "Sat, 21 Nov 2026 11:00:30 GMT"
		before = "Sat, 21 Nov 2026 10:59:00 GMT"
	)
	tests := []struct {
		name                string
		millis, after, date string
		want                time.Duration
	}{
		{"nothing", "", "", date, 0},
		{"seconds", "", "20", "", 20 * time.Second},
		{"seconds with a fraction", "", "1.5", "", 1500 * time.Millisecond},
		{"white space", "", " 7 ", "", 7 * time.Second},
		{"zero", "", "0", "", 0},
		{"negative", "", "-5", "", 0},
		{"above the cap", "", "3600", "", limit},
		{"absurd", "", "1e300", "", limit},
		{"more than a number holds", "", "1e999", "", limit},
		{"overflows a duration", "", "18446744073709551617", "", limit},
		{"infinite", "", "Inf", "", limit},
		{"not a number", "", "NaN", "", 0},
		{"words", "", "soon", "", 0},
		{"milliseconds", "250", "", "", 250 * time.Millisecond},
		{"milliseconds before seconds", "250", "20", "", 250 * time.Millisecond},
		{"bad milliseconds", "x", "20", "", 20 * time.Second},
		{"milliseconds above the cap", "99999999", "", "", limit},
		{"date by the server's clock", "", after, date, 30 * time.Second},
		{"date in the server's past", "", before, date, 0},
		{"date without a server's clock", "", "Sat, 21 Nov 2026 12:00:10 GMT", "", 10 * time.Second},
		{"date with a broken server's clock", "", "Sat, 21 Nov 2026 12:00:10 GMT", "now", 10 * time.Second},
		{"date far off", "", "Sat, 21 Nov 2099 12:00:10 GMT", "", limit},
		{"date in the form of RFC 850", "", "Saturday, 21-Nov-26 11:00:30 GMT", date, 30 * time.Second},
		{"no date", "", "Sat, 21 Nov", date, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			header := http.Header{}
			for name, value := range map[string]string{"Retry-After-Ms": tt.millis, "Retry-After": tt.after, "Date": tt.date} {
				if value != "" {
					header.Set(name, value)
				}
			}
			if got := openai.RetryAfter(header, now, limit); got != tt.want {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, value := range []string{"", "20", "-1", "1e999", "NaN", "0x1p-2", "Sat, 21 Nov 2026 11:00:30 GMT", "9223372036854775807"} {
		f.Add(value, "", "")
		f.Add("", value, "Sat, 21 Nov 2026 11:00:00 GMT")
		f.Add("", value, value)
	}
	f.Fuzz(func(t *testing.T, millis, after, date string) {
		const limit = 5 * time.Minute
		header := http.Header{"Retry-After-Ms": {millis}, "Retry-After": {after}, "Date": {date}}
		if got := openai.RetryAfter(header, time.Now(), limit); got < 0 || got > limit {
			t.Errorf("%v is not within 0 and %v", got, limit)
		}
	})
}
