package config

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

const day = 24 * time.Hour

var (
	errNoDuration   = errors.New("not a duration")
	errLongDuration = errors.New("longer than a duration can be")
)

// durationUnit is a unit and its name.
type durationUnit struct {
	name string
	unit time.Duration
}

// durationUnits are the units a duration may use, longest first. Fluent Bit's own are s, m, h and d;
// it reads "500ms" as 500 seconds, which is why ms is read properly here.
func durationUnits() []durationUnit {
	return []durationUnit{{"d", day}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}, {"ms", time.Millisecond}}
}

// ParseDuration reads "30s", "1h30m", "1.5h", "500ms", or a bare number of seconds. Units come longest
// first and once each; a fraction has at most three digits. The result is never negative.
func ParseDuration(s string) (time.Duration, error) {
	if isDecimal(s) {
		return scaleDecimal(s, time.Second)
	}
	units := durationUnits()
	var total time.Duration
	rest := strings.ToLower(s)
	for rest != "" {
		n := strings.IndexFunc(rest, func(r rune) bool { return r != '.' && (r < '0' || r > '9') })
		if n <= 0 || !isDecimal(rest[:n]) {
			return 0, errNoDuration
		}
		number := rest[:n]
		rest = rest[n:]
		n = strings.IndexFunc(rest, func(r rune) bool { return r < 'a' || r > 'z' })
		if n < 0 {
			n = len(rest)
		}
		name := rest[:n]
		rest = rest[n:]

		for len(units) > 0 && units[0].name != name {
			units = units[1:]
		}
		if len(units) == 0 {
			return 0, errNoDuration
		}
		d, err := scaleDecimal(number, units[0].unit)
		if err != nil {
			return 0, err
		}
		if total > math.MaxInt64-d {
			return 0, errLongDuration
		}
		total += d
		units = units[1:]
	}
	if s == "" {
		return 0, errNoDuration
	}
	return total, nil
}

// isDecimal reports whether s is digits, or digits, a point, and one to three digits.
func isDecimal(s string) bool {
	whole, fraction, point := strings.Cut(s, ".")
	return isDigits(whole) && (!point || isDigits(fraction) && len(fraction) <= 3)
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// scaleDecimal multiplies a decimal number with a unit of whole milliseconds, exactly.
func scaleDecimal(number string, unit time.Duration) (time.Duration, error) {
	whole, fraction, _ := strings.Cut(number, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || n > int64(math.MaxInt64/unit) {
		return 0, errLongDuration
	}
	total := time.Duration(n) * unit
	thousandths, err := strconv.Atoi((fraction + "000")[:3])
	if err != nil {
		return 0, errNoDuration
	}
	part := time.Duration(thousandths) * (unit / 1000)
	if total > math.MaxInt64-part {
		return 0, errLongDuration
	}
	return total + part, nil
}

// formatDuration writes d so that ParseDuration reads it back: "30s", "24h", "7d", "1h30m", "0". Days
// are used from two days on.
func formatDuration(d time.Duration) string {
	if d <= 0 {
		return "0"
	}
	var b strings.Builder
	for _, u := range durationUnits() {
		if u.unit == day && d < 2*day {
			continue
		}
		if n := d / u.unit; n > 0 {
			b.WriteString(strconv.FormatInt(int64(n), 10))
			b.WriteString(u.name)
			d -= n * u.unit
		}
	}
	if b.Len() == 0 { // below a millisecond: no property can hold it
		return "0"
	}
	return b.String()
}

// nearDuration guesses the duration that s means: blanks inside, spelt-out units, a decimal comma, weeks.
// It returns "" when it has no guess.
func nearDuration(s string) string {
	letter := func(r rune) bool { return 'a' <= r && r <= 'z' }
	rest := strings.NewReplacer(" ", "", "_", "", ",", ".").Replace(strings.ToLower(s))
	var b strings.Builder
	for rest != "" {
		tail := strings.TrimLeftFunc(rest, func(r rune) bool { return !letter(r) })
		b.WriteString(rest[:len(rest)-len(tail)])
		rest = strings.TrimLeftFunc(tail, letter)
		b.WriteString(unitName(tail[:len(tail)-len(rest)]))
	}
	guess := b.String()
	if weeks, ok := strings.CutSuffix(guess, "w"); ok {
		n, err := strconv.Atoi(weeks)
		if err != nil || n < 0 || n > 5000 {
			return ""
		}
		return formatDuration(time.Duration(n) * 7 * day)
	}
	d, err := ParseDuration(guess)
	if err != nil || guess == s {
		return ""
	}
	return formatDuration(d)
}

// unitName shortens a spelt-out unit; other words stay as they are.
func unitName(word string) string {
	switch word {
	case "millisecond", "milliseconds", "millis", "msec", "msecs":
		return "ms"
	case "sec", "secs", "second", "seconds":
		return "s"
	case "min", "mins", "minute", "minutes":
		return "m"
	case "hr", "hrs", "hour", "hours":
		return "h"
	case "day", "days":
		return "d"
	case "week", "weeks":
		return "w"
	}
	return word
}
