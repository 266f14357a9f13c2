package cli

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"fluent-bit-openai-audit/internal/compliance"
	"fluent-bit-openai-audit/internal/state"
)

// stamp writes a time in Unix seconds.
func stamp(t int64) string { return time.Unix(t, 0).UTC().Format(time.RFC3339) }

// since writes a stream's start, of which 0 is the beginning of the log.
func since(t int64) string {
	if t == 0 {
		return "the beginning"
	}
	return stamp(t)
}

// moment writes a time with how long ago it was; 0 is no time.
func moment(t, now int64, none string) string {
	if t == 0 {
		return none
	}
	return stamp(t) + "  (" + ago(now-t) + ")"
}

// ago writes how long ago something was, in its two largest units.
func ago(seconds int64) string {
	switch {
	case seconds == 0:
		return "now"
	case seconds < 0:
		return "in " + length(-seconds, 2)
	}
	return length(seconds, 2) + " ago"
}

// length writes a number of seconds as 3d4h, in at most that many units, the largest first.
func length(seconds int64, units int) string {
	var b strings.Builder
	for _, u := range []struct {
		name string
		size int64
	}{{"d", 86400}, {"h", 3600}, {"m", 60}, {"s", 1}} {
		n := seconds / u.size
		if n == 0 && b.Len() == 0 {
			continue
		}
		if units--; n > 0 {
			b.WriteString(strconv.FormatInt(n, 10) + u.name)
		}
		if seconds -= n * u.size; units == 0 || seconds == 0 {
			break
		}
	}
	if b.Len() == 0 {
		return "0s"
	}
	return b.String()
}

// bytesText writes a number of bytes.
func bytesText(n int64) string {
	unit, name := int64(1), ""
	for _, next := range []string{"KiB", "MiB", "GiB"} {
		if n < unit*1024 {
			break
		}
		unit, name = unit*1024, next
	}
	if name == "" {
		return fmt.Sprintf("%d bytes", n)
	}
	return fmt.Sprintf("%.1f %s", float64(n)/float64(unit), name)
}

// filtersText writes a stream's filters as properties.
func filtersText(filters string) string {
	var m map[string][]string
	if err := json.Unmarshal([]byte(filters), &m); err != nil {
		return plain(filters)
	}
	if len(m) == 0 {
		return "none"
	}
	var list []string
	for _, name := range slices.Sorted(maps.Keys(m)) {
		list = append(list, name+"="+strings.Join(m[name], ","))
	}
	return plain(strings.Join(list, " "))
}

// gapsText writes the gaps of a stream, the newest first, and no more than most of them unless that is 0; "" where there are
// none.
func gapsText(g compliance.Gaps, most int) string {
	if g.Count == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "  %-14s %d\n", "gaps", g.Count)
	for i := range g.List {
		if most > 0 && i == most {
			break
		}
		gap := g.List[len(g.List)-1-i]
		what := "files that ended up to " + stamp(gap.To)
		if gap.File != "" {
			what = gap.Type + " file " + gap.File
		}
		fmt.Fprintf(&b, "  %-14s %s, from %s: %s\n", "", gap.Why, stamp(gap.From), plain(what))
	}
	return b.String()
}

// plain writes text from the file; with characters that a terminal would act on, in quotation marks.
func plain(text string) string {
	if quoted := strconv.Quote(text); strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`) != text {
		return quoted
	}
	return text
}

// holesText writes holes, one a line: the newest first, and no more than most of them unless that is 0.
func holesText(indent string, holes []state.Span, most int) string {
	var b strings.Builder
	for i, h := range slices.Backward(holes) {
		if shown := len(holes) - 1 - i; most > 0 && shown == most {
			fmt.Fprintf(&b, "%sand %s before that; -all lists all\n", indent, count(i+1, "older one"))
			break
		}
		fmt.Fprintf(&b, "%s%s  to  %s  %s\n", indent, stamp(h.From), stamp(h.To), length(h.Seconds(), 4))
	}
	return b.String()
}

// owedText says how much covered time is to be read again.
func owedText(owed state.Ledger) string {
	if len(owed) == 0 {
		return "none"
	}
	return fmt.Sprintf("%d seconds (%s), in %s", owed.Seconds(), length(owed.Seconds(), 4), count(len(owed), "span"))
}

// seconds returns how long the spans are together.
func seconds(spans []state.Span) (n int64) {
	for _, s := range spans {
		n += s.Seconds()
	}
	return n
}

// count writes a number of things, whose plural ends in s.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
