package format_test

import (
	"strings"
	"testing"

	"fluent-bit-openai-audit/internal/record"
	"fluent-bit-openai-audit/internal/record/format"
)

// A heartbeat is valid in each format, says all that it says in raw records, and allocates nothing but what its buffer takes.
func TestHeartbeat(t *testing.T) {
	const beat = `{"object":"openai_audit.heartbeat","id":"heartbeat-1763712000","type":"openai_audit.heartbeat","effective_at":1763712000,` +
		`"version":"1.2.3","streams":{"organization":{"refused":false,"covered_until":1763711990,"holes":[[1,2]],"events":7}}}`
	e := eventOf(t, beat)
	m := record.Metadata{Stream: "heartbeat", Organization: "org-abc123"}
	for name, o := range map[string]format.Options{
		format.OCSF19: {Format: format.OCSF, IncludeOriginal: true, Redact: []string{"streams"}},
		format.OCSF18: {Format: format.OCSF, OCSFVersion: format.OCSF18},
		"ecs":         {Format: format.ECS},
		"raw":         {PayloadKey: format.DetailsKey, Metadata: format.InBody},
	} {
		s := shaper(t, o)
		body, err := s.Heartbeat([]byte("head"), e, m)
		if err != nil {
			t.Fatal(err)
		}
		v, rest, err := unpack(body[4:])
		if err != nil || len(rest) > 0 || string(body[:4]) != "head" {
			t.Fatalf("%s: %v, %d bytes follow", name, err, len(rest))
		}
		tree := v.(map[string]any)
		switch o.Format {
		case format.OCSF:
			if wrong := loadSchema(t, name).validate(tree); wrong != nil {
				t.Errorf("%s: %s", name, strings.Join(wrong, "\n"))
			}
			if at(tree, "metadata product version") != "1.2.3" || at(tree, "cloud org uid") != "org-abc123" {
				t.Errorf("%s is %v", name, tree)
			}
		case format.ECS:
			if at(tree, "event kind") != "state" || at(tree, "@timestamp") != "2025-11-21T08:00:00.000Z" || at(tree, "openai_audit stream") != "heartbeat" {
				t.Errorf("%s is %v", name, tree)
			}
		default:
			if at(tree, "openai_audit stream") != "heartbeat" {
				t.Errorf("%s is %v", name, tree)
			}
		}
		have := map[string]bool{}
		leaves(v, have)
		for leaf := range eventLeaves(t, beat) {
			if !have[leaf] {
				t.Errorf("%s has no %s", name, leaf)
			}
		}
	}
	for _, o := range []format.Options{{Format: format.OCSF}, {Format: format.ECS}, {Metadata: format.InBody}} {
		if got, err := shaper(t, o).Heartbeat([]byte("x"), &record.Event{Body: []byte{0xc0}}, m); err == nil || string(got) != "x" {
			t.Errorf("a foreign body: %q, %v", got, err)
		}
	}
}

// A clone does the same, and shares nothing that either changes.
func TestClone(t *testing.T) {
	for name, s := range fuzzed(t) {
		c := s.Clone()
		for _, event := range sampleEvents(t) {
			if got, want := string(shapedBody(t, c, event, known)), string(shapedBody(t, s, event, known)); got != want {
				t.Fatalf("%s: a clone makes\n%q of what becomes\n%q", name, got, want)
			}
		}
	}
}

// An event without a time, which is a malformed one, is dated by its record.
func TestUntimed(t *testing.T) {
	event := `{"id":"x","type":"login.failed"}`
	m := record.Metadata{Time: 1763712000}
	if got := at(shape(t, shaper(t, format.Options{Format: format.OCSF}), event, m), "time"); got != int64(1763712000000) {
		t.Errorf("ocsf: %v", got)
	}
	if got := at(shape(t, shaper(t, format.Options{Format: format.ECS}), event, m), "@timestamp"); got != "2025-11-21T08:00:00.000Z" {
		t.Errorf("ecs: %v", got)
	}
}
