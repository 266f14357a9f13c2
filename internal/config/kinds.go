package config

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// durationKind is a duration within a range.
type durationKind struct {
	field    func(*Config) *time.Duration
	min, max time.Duration
	zero     string // what 0 means, if it is accepted although it lies below min
	whole    bool   // seconds only: the API tells time in seconds
}

func (durationKind) typeName() string { return "duration" }

func (k durationKind) accepted() string {
	s := formatDuration(k.min) + " to " + formatDuration(k.max)
	if k.whole {
		s += " in whole seconds"
	}
	if k.zero != "" {
		s = "0 (" + k.zero + "), or " + s
	}
	return s
}

func (k durationKind) set(c *Config, value string) *fault {
	d, err := ParseDuration(value)
	switch {
	case errors.Is(err, errLongDuration):
		return &fault{reason: "is too long"}
	case err != nil:
		return &fault{
			reason: "is not a duration", meant: nearDuration(value),
			hint: "durations are written 30s, 10m, 24h, 7d or 1h30m, and a bare number is seconds",
		}
	case d == 0 && k.zero != "":
	case d < k.min:
		return &fault{reason: "is too short"}
	case d > k.max:
		return &fault{reason: "is too long"}
	case k.whole && d%time.Second != 0:
		return &fault{reason: "is not a whole number of seconds"}
	}
	*k.field(c) = d
	return nil
}

func (k durationKind) get(c *Config) string { return formatDuration(*k.field(c)) }

// sizeKind is a number of bytes within a range.
type sizeKind struct {
	field    func(*Config) *int64
	min, max int64
}

func (sizeKind) typeName() string { return "size" }

func (k sizeKind) accepted() string { return formatSize(k.min) + " to " + formatSize(k.max) }

func (k sizeKind) set(c *Config, value string) *fault {
	n, err := parseSize(value)
	switch {
	case errors.Is(err, errLongSize):
		return &fault{reason: "is too large"}
	case err != nil:
		return &fault{
			reason: "is not a size", meant: nearSize(value),
			hint: "sizes are written 512K, 16M or 1G with K = 1000, and a bare number is bytes",
		}
	case n < k.min:
		return &fault{reason: "is too small"}
	case n > k.max:
		return &fault{reason: "is too large"}
	}
	*k.field(c) = n
	return nil
}

func (k sizeKind) get(c *Config) string { return formatSize(*k.field(c)) }

// numberKind is a whole number within a range.
type numberKind struct {
	field    func(*Config) *int
	min, max int
	zero     string // what 0 means, where it means something else than "none"
}

func (numberKind) typeName() string { return "number" }

func (k numberKind) accepted() string {
	if k.zero != "" {
		return fmt.Sprintf("0 (%s), or %d to %d", k.zero, k.min, k.max)
	}
	return fmt.Sprintf("%d to %d", k.min, k.max)
}

func (k numberKind) set(c *Config, value string) *fault {
	digits, negative := strings.CutPrefix(value, "-")
	if !isDigits(digits) {
		f := &fault{reason: "is not a whole number"}
		if guess := strings.NewReplacer(",", "", "_", "", " ", "").Replace(value); isDigits(guess) {
			f.meant = guess
		}
		return f
	}
	n, err := strconv.Atoi(digits)
	switch {
	case negative:
		return &fault{reason: "is too small"}
	case err != nil || n > k.max:
		return &fault{reason: "is too large"}
	case n < k.min && (n != 0 || k.zero == ""):
		return &fault{reason: "is too small"}
	}
	*k.field(c) = n
	return nil
}

func (k numberKind) get(c *Config) string { return strconv.Itoa(*k.field(c)) }

// switchKind is on or off, in Fluent Bit's spellings.
type switchKind struct{ field func(*Config) *bool }

func (switchKind) typeName() string { return "switch" }

func (switchKind) accepted() string { return "on, off, true, false, yes or no" }

func (k switchKind) set(c *Config, value string) *fault {
	switch strings.ToLower(value) {
	case "on", "true", "yes":
		*k.field(c) = true
		return nil
	case "off", "false", "no":
		*k.field(c) = false
		return nil
	}
	f := &fault{reason: "is neither on nor off"}
	switch strings.ToLower(value) {
	case "1", "y", "enable", "enabled":
		f.meant = "on"
	case "0", "n", "disable", "disabled":
		f.meant = "off"
	default:
		f.meant = Nearest(value, []string{"on", "off", "true", "false", "yes", "no"})
	}
	return f
}

func (k switchKind) get(c *Config) string {
	if *k.field(c) {
		return "on"
	}
	return "off"
}

// startKind is the start of a first run.
type startKind struct{ field func(*Config) *Start }

// oldestStart is the largest age: older than the API's log.
const oldestStart = 3650 * day

func (startKind) typeName() string { return "start" }

func (startKind) accepted() string {
	return "now, beginning, an RFC 3339 time, or an age up to " + formatDuration(oldestStart) + " in whole seconds"
}

func (k startKind) set(c *Config, value string) *fault {
	switch strings.ToLower(value) {
	case "now":
		*k.field(c) = StartNow()
		return nil
	case "beginning":
		*k.field(c) = StartBeginning()
		return nil
	}
	// Times are written with letters in either case in the wild; RFC 3339 allows that.
	if t, err := time.Parse(time.RFC3339, strings.ToUpper(value)); err == nil {
		if t.Unix() < 0 {
			return &fault{reason: "is before 1970", meant: "beginning"}
		}
		*k.field(c) = StartAt(t)
		return nil
	}
	if isDigits(value) && len(value) >= len("1000000000") {
		return &fault{
			reason: "is too long for an age", meant: unixTime(value),
			hint: "a bare number is an age in seconds, not a Unix time",
		}
	}
	d, err := ParseDuration(value)
	switch {
	case errors.Is(err, errLongDuration) || err == nil && d > oldestStart:
		return &fault{reason: "is too long for an age", meant: "beginning"}
	case err != nil:
		return &fault{reason: "is neither a time nor an age", meant: nearStart(value)}
	case d%time.Second != 0:
		return &fault{reason: "is not a whole number of seconds"}
	}
	*k.field(c) = StartAgo(d)
	return nil
}

func (k startKind) get(c *Config) string { return k.field(c).String() }

// unixTime writes a Unix time in seconds or milliseconds as RFC 3339; "" when it is neither.
func unixTime(digits string) string {
	n, err := strconv.ParseInt(digits, 10, 64)
	switch {
	case err != nil:
		return ""
	case len(digits) == len("1000000000"):
		return time.Unix(n, 0).UTC().Format(time.RFC3339)
	case len(digits) == len("1000000000000"):
		return time.UnixMilli(n).UTC().Format(time.RFC3339)
	}
	return ""
}

// nearStart guesses the start that value means; "" for no guess.
func nearStart(value string) string {
	upper := strings.ToUpper(value)
	for _, layout := range []string{
		time.DateOnly, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02T15:04Z07:00",
		time.DateTime, "2006-01-02 15:04", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 Z07:00",
		"2006/01/02", "20060102T150405Z",
	} {
		if t, err := time.Parse(layout, upper); err == nil {
			return t.Format(time.RFC3339)
		}
	}
	switch strings.ToLower(value) {
	case "begin", "start", "oldest", "earliest", "first", "all", "head":
		return "beginning"
	case "end", "latest", "newest", "tail", "today":
		return "now"
	case "yesterday":
		return "24h"
	}
	if guess := Nearest(value, []string{"now", "beginning"}); guess != "" {
		return guess
	}
	age := strings.TrimSuffix(strings.TrimPrefix(strings.ToLower(value), "-"), " ago")
	if _, err := ParseDuration(age); err == nil {
		return age
	}
	return nearDuration(age)
}
