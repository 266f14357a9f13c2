package format_test

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"fluent-bit-openai-audit/internal/record"
	"fluent-bit-openai-audit/internal/record/format"
)

// leaves adds the texts and numbers in v to set, as text.
func leaves(v any, set map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for _, member := range v {
			leaves(member, set)
		}
	case []any:
		for _, element := range v {
			leaves(element, set)
		}
	case string:
		set[v] = true
	case bool, nil:
	default:
		set[digits(numeric(v))] = true
	}
}

// eventLeaves returns what an event of the API holds, and whether it is an object at all.
func eventLeaves(t testing.TB, event string) map[string]bool {
	t.Helper()
	var d record.Decoder
	e := decoded(t, &d, event)
	if e.Malformed != "" {
		return nil
	}
	text, err := record.AppendValueJSON(nil, e.Body)
	if err != nil {
		t.Fatal(err)
	}
	var tree any
	if err := json.Unmarshal(text, &tree); err != nil {
		t.Fatal(err)
	}
	set := map[string]bool{}
	leaves(tree, set)
	return set
}

// What OCSF says by a number of its own: what kind of actor or principal it is.
func saidOtherwise(leaf string) bool {
	return slices.Contains([]string{"", "session", "api_key", "user", "service_account", "group"}, leaf)
}

// All that an event holds stands somewhere in what is made of it.
func TestNothingIsLost(t *testing.T) {
	for _, o := range []format.Options{
		{Format: format.OCSF},
		{Format: format.OCSF, OCSFVersion: format.OCSF18},
		{Format: format.ECS},
		{PayloadKey: format.DetailsKey, Metadata: format.InBody},
		{PayloadKey: format.UnderscoreKey},
	} {
		s := shaper(t, o)
		for _, event := range everyEvent(t) {
			tree := shape(t, s, event, known)
			text := shapedText(t, s, event, known)
			have := map[string]bool{}
			leaves(tree, have)
			for _, leaf := range slices.Sorted(maps.Keys(eventLeaves(t, event))) {
				if !have[leaf] && !have[spelled(leaf)] && !saidOtherwise(leaf) && !within(have, leaf) {
					t.Fatalf("%s: %q is lost in %s", event, leaf, text)
				}
			}
		}
	}
}

// digits writes a number without an exponent.
func digits(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// spelled returns the number that a text spells, as leaves has it.
func spelled(leaf string) string {
	f, err := strconv.ParseFloat(leaf, 64)
	if err != nil {
		return leaf
	}
	return digits(f)
}

// within reports whether a leaf stands within a text that holds more: JSON of what was too deep, a path with a
// value, a date.
func within(have map[string]bool, leaf string) bool {
	for text := range have {
		if strings.HasSuffix(text, "="+leaf) || (strings.ContainsRune("{[", rune((text + " ")[0])) || strings.Contains(text, "={") || strings.Contains(text, "=[")) && strings.Contains(text, leaf) {
			return true
		}
		if stamp, err := time.Parse(time.RFC3339, text); err == nil && strings.HasPrefix(leaf, strconv.FormatInt(stamp.Unix(), 10)) {
			return true
		}
	}
	return false
}

// What looks like an id, an address or a number is the event's.
func TestNothingIsInvented(t *testing.T) {
	telling := regexp.MustCompile(`[0-9@]`)
	own := regexp.MustCompile(`^(1\.[89]\.0|9\.3\.0|JA[34])$`)
	for _, o := range []format.Options{{Format: format.OCSF}, {Format: format.OCSF, OCSFVersion: format.OCSF18}, {Format: format.ECS}} {
		s := shaper(t, o)
		for _, event := range everyEvent(t) {
			set := eventLeaves(t, event)
			if set == nil {
				continue // malformed: its text stands there as it is
			}
			tree := shape(t, s, event, known)
			delete(tree, "message")
			delete(tree, "@timestamp")
			delete(tree, "unmapped")
			delete(tree, "openai")
			delete(tree, "openai_audit")
			got := map[string]bool{}
			leaves(tree, got)
			for leaf := range got {
				if _, err := strconv.ParseFloat(leaf, 64); err == nil && (o.Format == format.OCSF || len(leaf) == 1) {
					continue // numbers of the schema, and the time
				}
				if telling.MatchString(leaf) && !set[leaf] && leaf != known.Organization && !own.MatchString(leaf) && !part(set, leaf) {
					t.Fatalf("%s: where is %q from?", event, leaf)
				}
			}
		}
	}
}

// part reports whether a leaf is a part of a text of the event: a role's id, a domain, an action.
func part(set map[string]bool, leaf string) bool {
	for text := range set {
		if strings.Contains(text, leaf) || strings.ReplaceAll(text, ".", "-") == leaf {
			return true
		}
	}
	return false
}
