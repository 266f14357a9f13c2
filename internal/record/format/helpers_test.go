package format_test

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"fluent-bit-openai-audit/internal/record"
	"fluent-bit-openai-audit/internal/record/catalog"
	"fluent-bit-openai-audit/internal/record/format"
)

// keyText is a key for hashes, as key is.
const keyText = "a key of the tests alone"

var key, _ = format.ParseKey([]byte(keyText))

// known is what is known of the records of most tests.
var known = record.Metadata{Stream: "organization", Organization: "org-abc123"}

// shaper returns a Shaper with options that are valid.
func shaper(t testing.TB, o format.Options) *format.Shaper {
	t.Helper()
	s, err := format.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// decoded returns the one event of a page, which is valid until d is used again.
func decoded(t testing.TB, d *record.Decoder, event string) *record.Event {
	t.Helper()
	page, err := d.Decode([]byte(`{"data":[` + event + `]}`))
	if err != nil {
		t.Fatalf("%v: %s", err, event)
	}
	if len(page.Events) != 1 {
		t.Fatalf("%d events: %s", len(page.Events), event)
	}
	return &page.Events[0]
}

// eventOf returns an event of its own.
func eventOf(t testing.TB, event string) *record.Event { return decoded(t, new(record.Decoder), event) }

// shapedBody returns what s makes of an event.
func shapedBody(t testing.TB, s *format.Shaper, event string, m record.Metadata) []byte {
	t.Helper()
	var d record.Decoder
	e := decoded(t, &d, event)
	before := bytes.Clone(e.Body)
	got, err := s.Shape([]byte("head"), e, m)
	if err != nil {
		t.Fatalf("%v: %s", err, event)
	}
	if !bytes.Equal(before, e.Body) {
		t.Fatalf("the event was changed: %s", event)
	}
	body, ok := bytes.CutPrefix(got, []byte("head"))
	if !ok {
		t.Fatalf("what was there before the body is gone: %s", event)
	}
	return body
}

// shape returns what s makes of an event, as a tree of Go values.
func shape(t testing.TB, s *format.Shaper, event string, m record.Metadata) map[string]any {
	t.Helper()
	body := shapedBody(t, s, event, m)
	v, rest, err := unpack(body)
	if err != nil || len(rest) > 0 {
		t.Fatalf("not one value in msgpack: %v, %d bytes follow: %s", err, len(rest), event)
	}
	return v.(map[string]any)
}

// shapedText returns what s makes of an event, as a line of JSON.
func shapedText(t testing.TB, s *format.Shaper, event string, m record.Metadata) string {
	t.Helper()
	line, err := record.AppendValueJSON(nil, shapedBody(t, s, event, m))
	if err != nil {
		t.Fatal(err)
	}
	return string(line)
}

// at returns what stands at a path of keys, parted by blanks, or nil.
func at(v any, path string) any {
	for _, key := range strings.Fields(path) {
		switch x := v.(type) {
		case map[string]any:
			v = x[key]
		case []any:
			if len(x) == 0 {
				return nil
			}
			v = x[0].(map[string]any)[key]
		default:
			return nil
		}
	}
	return v
}

// lines returns the lines of a file of JSON lines.
func lines(t testing.TB, name string) []string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(b)), "\n")
}

// liveEvents are the events of a page that was captured live.
func liveEvents(t testing.TB) []string {
	t.Helper()
	b, err := os.ReadFile("../../fakeopenai/testdata/live_page.json")
	if err != nil {
		t.Fatal(err)
	}
	var page struct{ Data []json.RawMessage }
	if err := json.Unmarshal(b, &page); err != nil {
		t.Fatal(err)
	}
	var events []string
	for _, e := range page.Data {
		events = append(events, string(e))
	}
	return events
}

// sampleEvents are events of many shapes, odd ones among them.
func sampleEvents(t testing.TB) []string {
	t.Helper()
	return lines(t, "../../fakeopenai/testdata/sample_events.jsonl")
}

// Actors, as members of an event.
const (
	bySession = `"actor":{"type":"session","session":{"user":{"id":"user-1","email":"ada@example.com"},"ip_address":"203.0.113.10",` +
		`"user_agent":"Mozilla/5.0","ja3":"2023e587a0bcf795cc2bbb6d52f1da37","ja4":"q13d0313h3_55b375c5d22e_226f3f127bbe",` +
		`"ip_address_details":{"country":"US","city":"Springfield","region":"Illinois","region_code":"IL","asn":"64496","latitude":"39.80172","longitude":"-89.64371"}}}`
	byKey     = `"actor":{"type":"api_key","api_key":{"id":"key_1","type":"user","user":{"id":"user-1","email":"ada@example.com"}}}`
	byService = `"actor":{"type":"api_key","api_key":{"id":"key_1","type":"service_account","service_account":{"id":"svc_1"}}}`
	byNobody  = `"actor":null`
)

// typed returns an event of a type with members beside.
func typed(kind string, more ...string) string {
	return `{"object":"organization.audit_log","id":"audit_log-1","type":"` + kind + `","effective_at":1763712000,` + strings.Join(more, ",") + `}`
}

// payloadOf returns a payload with all fields that are documented for a type.
func payloadOf(ty catalog.Type) string {
	tree := map[string]any{}
	for _, path := range ty.Fields {
		words := strings.Split(path, ".")
		m := tree
		for i, word := range words {
			name, list := strings.CutSuffix(word, "[]")
			if i == len(words)-1 {
				if _, ok := m[name]; !ok {
					m[name] = exampleOf(name)
				}
				break
			}
			next := map[string]any{}
			switch have := m[name].(type) {
			case map[string]any:
				next = have
			case []any:
				next = have[0].(map[string]any)
			default:
				m[name] = any(next)
				if list {
					m[name] = []any{next}
				}
			}
			m = next
		}
	}
	b, err := json.Marshal(tree)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// exampleOf returns a value for a field of a payload.
func exampleOf(name string) any {
	switch name {
	case "scopes", "permissions", "permissions_added", "permissions_removed":
		return []string{"api.model.read"}
	case "allowed_ips":
		return []string{"203.0.113.0/24"}
	case "email":
		return "someone@example.com"
	case "role":
		return "member"
	case "principal_type":
		return "user"
	case "enabled":
		return true
	case "data", "changes_requested", "metadata":
		return map[string]any{"free": "form", "n": 1}
	case "max_requests_per_1_minute", "max_tokens_per_1_minute":
		return 500
	}
	return name + "_example"
}
