package organization

import (
	"math"
	"strings"
	"testing"
	"time"

	"fluent-bit-openai-audit/internal/fakeopenai/dice"
)

func TestIDs(t *testing.T) {
	for _, key := range []uint64{0, 1, math.MaxUint64, 0x123456789abcdef} {
		for _, n := range []uint64{0, 1, 2, 61, 62, 1 << 40, math.MaxUint64} {
			id := string(appendID(nil, key, n))
			if got, ok := idNumber(key, id); !ok || got != n {
				t.Errorf("key %x: %s is number %d, want %d", key, id, got, n)
			}
			if dice.Mix(dice.Unmix(n^key)) != n^key {
				t.Errorf("unmix does not undo mix of %x", n^key)
			}
		}
	}
	for _, id := range []string{"", "audit_log-", "audit_log-short", "audit_log-w8gKaSpg0kPsoPOmrSvWHH8é", strings.Repeat("x", idLength), idPrefix + strings.Repeat("-", idDigits)} {
		if n, ok := idNumber(1, id); ok {
			t.Errorf("%q is number %d", id, n)
		}
	}
}

// TestCalendar maps weights to times and back.
func TestCalendar(t *testing.T) {
	from := time.Date(2026, 11, 18, 5, 30, 0, 0, time.UTC)
	for _, rhythm := range []Rhythm{Steady, OfficeHours} {
		c := newCalendar(rhythm, from)
		if monday := time.Unix(0, c.monday).UTC(); monday.Weekday() != time.Monday || monday.After(from) || from.Sub(monday) > 7*24*time.Hour {
			t.Errorf("rhythm %d: monday is %s", rhythm, monday)
		}
		last := int64(math.MinInt64)
		for _, after := range []time.Duration{0, 1, time.Second, 29 * time.Minute, 30 * time.Minute, 90 * time.Hour, 100 * 24 * time.Hour, 29 * 365 * 24 * time.Hour} {
			at := from.Add(after).UnixNano()
			w := c.weight(at)
			if w < last {
				t.Errorf("rhythm %d: weight falls at %s", rhythm, after)
			}
			last = w
			if got := c.time(w); got != at {
				t.Errorf("rhythm %d: the time of the weight at %s is %d ns off", rhythm, after, got-at)
			}
			if got := c.time(w + 1); got <= at || got > at+1 {
				t.Errorf("rhythm %d: the next weight after %s is %d ns later", rhythm, after, got-at)
			}
		}
	}
	sunday := newCalendar(Steady, time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC))
	if got := time.Unix(0, sunday.monday).UTC(); !got.Equal(time.Date(2026, 11, 16, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("the monday of a sunday is %s", got)
	}
}
