package openai

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// defaultMaxRetryAfter caps what a server may ask for.
const defaultMaxRetryAfter = 5 * time.Minute

// RetryAfter returns how long an answer with these headers asks to wait: at most
// limit, and 0 when it does not say so in a way that makes sense. Retry-After-Ms
// comes before Retry-After, which may hold seconds or a date. A date is taken
// relative to the answer's own Date header, so that it does not matter how wrong
// the local clock is; only without that header relative to now.
func RetryAfter(header http.Header, now time.Time, limit time.Duration) time.Duration {
	if wait, ok := parseWait(header.Get("Retry-After-Ms"), time.Millisecond, limit); ok {
		return wait
	}
	value := header.Get("Retry-After")
	if wait, ok := parseWait(value, time.Second, limit); ok {
		return wait
	}
	until, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	if date, err := http.ParseTime(header.Get("Date")); err == nil {
		now = date
	}
	return min(max(until.Sub(now), 0), limit)
}

// parseWait reads a number of units, with or without a fraction.
func parseWait(text string, unit, limit time.Duration) (time.Duration, bool) {
	n, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	// The comparison refuses NaN too. A number too large for a float is infinite
	// and so capped: a server that asks for very much means very much.
	if !(n >= 0) || (err != nil && n == 0) {
		return 0, false
	}
	// Compared before the conversion, which would overflow.
	if n >= float64(limit)/float64(unit) {
		return limit, true
	}
	return time.Duration(n * float64(unit)), true
}
