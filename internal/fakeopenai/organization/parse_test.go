package organization_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fluent-bit-openai-audit/internal/fakeopenai/organization"
)

// FuzzParseEvent holds what ParseEvent finds without decoding against encoding/json.
func FuzzParseEvent(f *testing.F) {
	for _, name := range []string{"live_page.json", "sample_events.jsonl"} {
		events, err := organization.LoadFile(f.Context(), filepath.Join("..", "testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		for _, e := range events[:20] {
			f.Add(e.Raw)
		}
	}
	for _, raw := range []string{
		` {"id" : "a\"\\" , "type":"t","effective_at":-1 ,"t": {"id":"r","configs":[{"id":"c"} , 7, []]} } `,
		`{"id":"é","type":"\u0074","effective_at":1,"project":{"id":"\ud800","x":[{"id":"y"}]}}`,
		`{"id":"a","id":"b","type":"t","effective_at":1,"t":{"configs":{"id":"c"},"certificates":[1.5e3,true,null,"x",{"id":"d"}]}}`,
		`{"id":"a","type":"t","effective_at":1,"actor":{"session":{"user":{"id":"u"}},"api_key":{"id":"k","user":[]}}}`,
	} {
		f.Add([]byte(raw))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, err := organization.ParseEvent(raw)
		var top map[string]json.RawMessage
		valid := json.Unmarshal(raw, &top) == nil && top != nil
		if err != nil {
			return
		}
		if !valid {
			t.Fatalf("%q is an event: %+v", raw, e)
		}
		text := func(path ...string) (s string) {
			o := top
			for _, step := range path[:len(path)-1] {
				next := make(map[string]json.RawMessage)
				if json.Unmarshal(o[step], &next) != nil {
					return ""
				}
				o = next
			}
			if json.Unmarshal(o[path[len(path)-1]], &s) != nil {
				return ""
			}
			return s
		}
		if bytes.Contains(raw, []byte(`\`)) {
			return // the names of members are compared as they stand
		}
		if e.ID != text("id") || e.Type != text("type") || e.ProjectID != text("project", "id") {
			t.Errorf("%q: %+v", raw, e)
		}
		if second, err := top["effective_at"].MarshalJSON(); err != nil || string(second) != fmt.Sprint(e.EffectiveAt) && string(second) != "-0" {
			t.Errorf("%q: effective_at %d", raw, e.EffectiveAt)
		}
		var actors []string
		for _, path := range []string{"session user id", "api_key id", "api_key user id", "api_key service_account id"} {
			if id := text(strings.Fields("actor " + path)...); id != "" {
				actors = append(actors, id)
			}
		}
		if fmt.Sprint(actors) != fmt.Sprint(e.ActorIDs) {
			t.Errorf("%q: actors %q, want %q", raw, e.ActorIDs, actors)
		}
	})
}

// TestLoadEnds ends a load under way, of each layout.
func TestLoadEnds(t *testing.T) {
	const event = `{"id":"a","type":"x","effective_at":3}`
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, text := range map[string]string{
		"lines":             strings.Repeat(event+"\n", 5000),
		"one after another": strings.Repeat(event, 5000),
		"page":              `{"data":[` + strings.Repeat(event+",\n", 5000) + event + `]}`,
	} {
		if _, err := organization.Load(ctx, strings.NewReader(text)); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
		events, err := organization.Load(t.Context(), strings.NewReader(text))
		if err != nil || len(events) < 5000 {
			t.Errorf("%s: %d events, %v", name, len(events), err)
		}
	}
}

// TestLoadOrder loads more lines than one processor reads, with blank ones among them, and a bad one at the end.
func TestLoadOrder(t *testing.T) {
	var text strings.Builder
	const n = 10_000
	for i := range n {
		fmt.Fprintf(&text, "{\"id\":\"e%d\",\"type\":\"x\",\"effective_at\":%d}\n\n", i, i)
	}
	path := filepath.Join(t.TempDir(), "events.jsonl")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	events, err := organization.LoadFile(t.Context(), path)
	if err != nil || len(events) != n {
		t.Fatalf("%d events, %v", len(events), err)
	}
	for i, e := range events {
		if e.EffectiveAt != int64(i) {
			t.Fatalf("event %d is %s", i, e.ID)
		}
	}
	text.WriteString(`{"id":"last"`)
	if _, err := organization.Load(t.Context(), strings.NewReader(text.String())); err == nil || err.Error() != fmt.Sprintf("load events: line %d: unexpected EOF", 2*n+1) {
		t.Errorf("got %v", err)
	}
}
