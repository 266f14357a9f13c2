package fakeopenai

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"fluent-bit-openai-audit/internal/config"
)

// ParseFault reads a fault as the command line has it: the kind's name, then, after a colon, parameters with commas in
// between, as in "429:retry_after=2s,form=date,count=3".
func ParseFault(text string) (Fault, error) {
	name, params, _ := strings.Cut(text, ":")
	kind, ok := findFaultKind(Kind(name))
	if !ok {
		var names []string
		for _, k := range FaultKinds() {
			names = append(names, string(k.Kind))
		}
		return Fault{}, fmt.Errorf("unknown fault %q%s", name, didYouMean(name, names))
	}
	f := Fault{Kind: kind.Kind}
	if params == "" {
		return f, nil
	}
	known := faultParamNames(&kind)
	for pair := range strings.SplitSeq(params, ",") {
		key, value, found := strings.Cut(pair, "=")
		switch {
		case !slices.Contains(known, key):
			return Fault{}, fmt.Errorf("fault %s has no parameter %q%s", name, key, didYouMean(key, known))
		case !found:
			return Fault{}, fmt.Errorf("fault %s: %s: want %s=VALUE", name, key, key)
		}
		if err := f.set(key, value); err != nil {
			return Fault{}, fmt.Errorf("fault %s: %s=%s: %w", name, key, value, err)
		}
	}
	if _, err := f.check(); err != nil {
		return Fault{}, err
	}
	return f, nil
}

// whenParams describes the parameters that every fault has.
func whenParams() []FaultParam {
	return []FaultParam{
		{Name: "count", Summary: "only so many times"},
		{Name: "skip", Summary: "not the first so many times"},
		{Name: "chance", Summary: "with this probability"},
		{Name: "seed", Summary: "of the chance"},
		{Name: "stream", Summary: "organization or tenant"},
		{Name: "path", Summary: "only in requests whose path has this in it"},
		{Name: "page", Summary: "only on this page of a walk, the first is 1"},
		{Name: "from", Summary: "only from this time of the clock on, RFC 3339"},
		{Name: "to", Summary: "only before this time of the clock"},
		{Name: "window_from", Summary: "only in queries that reach to this effective_at or later, Unix seconds"},
		{Name: "window_to", Summary: "only in queries that begin before this effective_at"},
	}
}

func faultParamNames(kind *FaultKind) []string {
	var names []string
	for _, p := range slices.Concat(kind.Params, whenParams()) {
		names = append(names, p.Name)
	}
	return names
}

func (f *Fault) set(name, value string) (err error) {
	switch name {
	case "form":
		f.Form = value
	case "code":
		f.Code = value
	case "location":
		f.Location = value
	case "path":
		f.Path = value
	case "status":
		f.Status, err = parseInt(value)
	case "size":
		f.Size, err = parseInt(value)
	case "count":
		f.Count, err = parseInt(value)
	case "skip":
		f.Skip, err = parseInt(value)
	case "page":
		f.Page, err = parseInt(value)
	case "retry_after":
		f.RetryAfter, err = parseDuration(value)
	case "for":
		f.For, err = parseDuration(value)
	case "part":
		f.Part, err = parseFloat(value)
	case "chance":
		f.Chance, err = parseFloat(value)
	case "seed":
		if f.Seed, err = strconv.ParseUint(value, 10, 64); err != nil {
			err = errors.New("want an integer that is not negative")
		}
	case "from":
		f.From, err = parseTime(value)
	case "to":
		f.To, err = parseTime(value)
	case "window_from":
		f.WindowFrom, err = parseSecond(value)
	case "window_to":
		f.WindowTo, err = parseSecond(value)
	case "stream":
		switch value {
		case OrganizationStream.String():
			f.Streams = []Stream{OrganizationStream}
		case TenantStream.String():
			f.Streams = []Stream{TenantStream}
		default:
			err = errors.New("want organization or tenant")
		}
	}
	return err
}

func parseInt(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0, errors.New("want an integer")
	}
	return n, nil
}

func parseSecond(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0, errors.New("want an integer of Unix seconds")
	}
	return n, nil
}

func parseFloat(s string) (float64, error) {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return 0, errors.New("want a number")
	}
	return f, nil
}

func parseTime(s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}, errors.New("want a time as 2026-01-31T12:00:00Z")
	}
	return t, nil
}

// parseDuration reads a duration as the plugin's properties have it, perhaps with a minus before it.
func parseDuration(s string) (time.Duration, error) {
	rest, negative := strings.CutPrefix(s, "-")
	d, err := config.ParseDuration(rest)
	if err != nil {
		return 0, errors.New("want a duration as 90s, 10m, 24h or 30d")
	}
	if negative {
		d = -d
	}
	return d, nil
}

// didYouMean suggests the known name next to a wrong one, or lists them all.
func didYouMean(wrong string, known []string) string {
	if near := config.Nearest(wrong, known); near != "" {
		return "; did you mean " + near + "?"
	}
	return "; known are " + strings.Join(known, ", ")
}
