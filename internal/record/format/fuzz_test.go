package format_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"fluent-bit-openai-audit/internal/record"
	"fluent-bit-openai-audit/internal/record/format"
)

// fuzzed are Shapers of every kind.
func fuzzed(t testing.TB) map[string]*format.Shaper {
	t.Helper()
	paths := []string{"actor.*.user.email=hash", "actor.session.ip_address=hash", "*.data", "a.b.c=hash"}
	return map[string]*format.Shaper{
		"details":    shaper(t, format.Options{PayloadKey: format.DetailsKey, Metadata: format.InBody}),
		"underscore": shaper(t, format.Options{PayloadKey: format.UnderscoreKey, Redact: paths, RedactKey: key}),
		"1.9.0":      shaper(t, format.Options{Format: format.OCSF, IncludeOriginal: true}),
		"1.8.0":      shaper(t, format.Options{Format: format.OCSF, OCSFVersion: format.OCSF18, Redact: paths, RedactKey: key}),
		"ecs":        shaper(t, format.Options{Format: format.ECS, IncludeOriginal: true}),
		"ecs+redact": shaper(t, format.Options{Format: format.ECS, Redact: paths, RedactKey: key}),
	}
}

// Whatever the API sends: a map in msgpack that a record can hold, valid where there is a schema, and no longer
// than the package says.
func FuzzShape(f *testing.F) {
	for i, event := range everyEvent(f) {
		if i%9 == 0 {
			f.Add([]byte(event))
		}
	}
	for _, event := range oddEvents() {
		f.Add([]byte(event))
	}
	shapers := fuzzed(f)
	schemas := map[string]*schema{"1.9.0": loadSchema(f, "1.9.0"), "1.8.0": loadSchema(f, "1.8.0")}
	var d record.Decoder
	f.Fuzz(func(t *testing.T, event []byte) {
		page, err := d.Decode([]byte(`{"data":[` + string(event) + `]}`))
		if err != nil {
			return
		}
		for i := range page.Events {
			for name, s := range shapers {
				checkShape(t, s, &page.Events[i], schemas[name], name)
			}
		}
	})
}

// The same of the other sources' records.
func FuzzLines(f *testing.F) {
	for i, line := range complianceLines(f) {
		if i%9 == 0 {
			f.Add([]byte(line))
		}
	}
	for i, line := range inventoryLines() {
		if i%9 == 0 {
			f.Add([]byte(line))
		}
	}
	shapers := otherShapers(f)
	schemas := map[string]*schema{"compliance 1.9.0": loadSchema(f, "1.9.0"), "objects 1.8.0": loadSchema(f, "1.8.0")}
	var d record.Decoder
	f.Fuzz(func(t *testing.T, text []byte) {
		page, _ := d.Lines(text, false)
		for i := range page.Events {
			for name, s := range shapers {
				checkShape(t, s, &page.Events[i], schemas[name], name)
			}
		}
	})
}

// otherShapers are Shapers of the sources other than the audit log.
func otherShapers(t testing.TB) map[string]*format.Shaper {
	t.Helper()
	paths := []string{"actor.user_email=hash", "request_metadata.client_ip=hash", "*.app_id", "data.email=hash", "actor.id=hash"}
	return map[string]*format.Shaper{
		"compliance 1.9.0":   shaper(t, format.Options{Source: format.ComplianceLogs, Format: format.OCSF, IncludeOriginal: true}),
		"compliance redact":  shaper(t, format.Options{Source: format.ComplianceLogs, Format: format.OCSF, OCSFVersion: format.OCSF18, Redact: paths, RedactKey: key}),
		"compliance ecs":     shaper(t, format.Options{Source: format.ComplianceLogs, Format: format.ECS, IncludeOriginal: true}),
		"objects 1.8.0":      shaper(t, format.Options{Source: format.Organization, Format: format.OCSF, OCSFVersion: format.OCSF18}),
		"objects ecs redact": shaper(t, format.Options{Source: format.Organization, Format: format.ECS, Redact: paths, RedactKey: key}),
		"objects raw":        shaper(t, format.Options{Source: format.Organization, Metadata: format.InBody}),
	}
}

func checkShape(t *testing.T, s *format.Shaper, e *record.Event, schema *schema, name string) {
	t.Helper()
	text, err := record.AppendValueJSON(nil, e.Body)
	if err != nil {
		t.Fatal(err)
	}
	body, err := s.Shape(nil, e, known)
	if err != nil {
		t.Fatalf("%s of %s: %v", name, text, err)
	}
	times := 16
	if strings.Contains(name, "redact") || name == "underscore" || name == "1.8.0" {
		times += 64 // hashes
	}
	if limit := times*len(e.Body) + 4096; len(body) > limit {
		t.Fatalf("%s of %d bytes has %d", name, len(e.Body), len(body))
	}
	v, rest, err := unpack(body)
	tree, isMap := v.(map[string]any)
	if err != nil || len(rest) > 0 || !isMap {
		t.Fatalf("%s of %s: %v, %d bytes follow", name, text, err, len(rest))
	}
	// The record's array is one of the containers that may be open.
	if depth := 1 + deepest(t, v); depth > record.MaxDepth {
		t.Fatalf("%s of %s is %d deep", name, text, depth)
	}
	if schema == nil {
		return
	}
	if wrong := schema.validate(tree); wrong != nil {
		t.Fatalf("%s of %s: %v", name, text, wrong)
	}
}

// Containers of every depth, at every place.
func TestDepth(t *testing.T) {
	for name, s := range fuzzed(t) {
		for n := range 45 {
			deep := strings.Repeat(`{"k":[`, n/2) + strings.Repeat("[", n%2) + "1" + strings.Repeat("]", n%2) + strings.Repeat("]}", n/2)
			for _, event := range []string{
				typed("project.updated", `"project.updated":{"id":"x","changes_requested":`+deep+`}`),
				typed("project.updated", `"project.updated":{"id":"x","changes_requested":{"k":`+deep+`}}`),
				typed("user.added", `"user.added":{"data":{"k":`+deep+`}}`, `"other":`+deep),
				typed("login.succeeded", `"actor":{"session":{"ip_address_details":{"k":`+deep+`,"asn":`+deep+`}}}`),
			} {
				checkShape(t, s, eventOf(t, event), nil, name)
			}
		}
	}
}

// The same for the other sources' records.
func TestDepthOfLines(t *testing.T) {
	var d record.Decoder
	for name, s := range otherShapers(t) {
		for n := range 45 {
			deep := strings.Repeat(`{"k":[`, n/2) + strings.Repeat("[", n%2) + "1" + strings.Repeat("]", n%2) + strings.Repeat("]}", n/2)
			for _, line := range []string{
				`{"type":"AUDIT_LOG","action":"APP_CREATE","action_data":{"app_id":"x","k":` + deep + `},"actor":{"user_id":"u"},"request_metadata":{"client_ip":"::1"}}`,
				`{"type":"CODEX_LOG","event_details":` + deep + `,"kind":"user","data":` + deep + `,"other":{"k":` + deep + `}}`,
				`{"object":"openai_audit.snapshot","k":` + deep + `}`,
			} {
				page, _ := d.Lines([]byte(line), false)
				checkShape(t, s, &page.Events[0], nil, name)
			}
		}
	}
}

// deepest returns how many containers are open at the deepest place of v, and checks its texts.
func deepest(t *testing.T, v any) (depth int) {
	t.Helper()
	switch v := v.(type) {
	case map[string]any:
		for key, member := range v {
			if !utf8.ValidString(key) {
				t.Fatalf("the key %q is not UTF-8", key)
			}
			depth = max(depth, deepest(t, member))
		}
		return 1 + depth
	case []any:
		for _, element := range v {
			depth = max(depth, deepest(t, element))
		}
		return 1 + depth
	case string:
		if !utf8.ValidString(v) {
			t.Fatalf("%q is not UTF-8", v)
		}
	}
	return 0
}
