package organization_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"fluent-bit-openai-audit/internal/fakeopenai/organization"
)

func TestLoad(t *testing.T) {
	const a, b, c = `{"id":"a","type":"x","effective_at":3}`, `{"id":"b","type":"x","effective_at":2}`, `{"effective_at": 1, "type":"x",  "id":"c", "data":[]}`
	tests := []struct {
		name, text string
		want       []string
	}{
		{"nothing", "", nil},
		{"blank lines", "\n \r\n\n", nil},
		{"lines", a + "\n" + b + "\r\n" + c, []string{a, b, c}},
		{"one after another", a + b + c, []string{a, b, c}},
		{"byte order mark", "\ufeff" + a, []string{a}},
		{"page", `{"object":"list","data":[` + a + ",\n " + c + `],"has_more":true}`, []string{a, c}},
		{"empty page", `{"data":[]}`, nil},
		{"pages and events", `{"data":[` + a + `]}` + "\n" + b + "\n" + `{"data":[` + c + `]}`, []string{a, b, c}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			events, err := organization.Load(t.Context(), strings.NewReader(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, e := range events {
				got = append(got, string(e.Raw))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestLoadErrors(t *testing.T) {
	const good = `{"id":"a","type":"x","effective_at":3}` + "\n"
	tests := []struct{ name, text, want string }{
		{"no JSON", good + "\n  nonsense", "load events: line 3: invalid character 'o' in literal null (expecting 'u')"},
		{"cut", good + `{"id":`, "load events: line 2: unexpected EOF"},
		{"no object", good + good + "42", "load events: line 3: parse event: not a JSON object"},
		{"null", "null", "load events: line 1: parse event: not a JSON object"},
		{"no id", good + `{"type":"x","effective_at":3}`, "load events: line 2: parse event: no id"},
		{"null id", `{"id":null,"type":"x","effective_at":3}`, "load events: line 1: parse event: no id"},
		{"id no string", `{"id":5,"type":"x","effective_at":3}`, "load events: line 1: parse event: id is not a string"},
		{"no type", `{"id":"a","effective_at":3}`, "load events: line 1: parse event: no type"},
		{"no time", `{"id":"a","type":"x"}`, "load events: line 1: parse event: no effective_at"},
		{"time no integer", `{"id":"a","type":"x","effective_at":3.5}`, "load events: line 1: parse event: effective_at is not an integer"},
		{"within a page", `{"data":[` + good + `,7]}`, "load events: line 1: data[1]: parse event: not a JSON object"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := organization.Load(t.Context(), strings.NewReader(tt.text)); err == nil || err.Error() != tt.want {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
	failure := errors.New("the disk is gone")
	if _, err := organization.Load(t.Context(), io.MultiReader(strings.NewReader(good), iotest.ErrReader(failure))); !errors.Is(err, failure) {
		t.Errorf("got %v", err)
	}
}

func TestParseEvent(t *testing.T) {
	tests := []struct {
		name, raw string
		want      organization.Event
	}{
		{"bare", `{"id":"a","type":"t","effective_at":1}`, organization.Event{ID: "a", Type: "t", EffectiveAt: 1}},
		{
			"session", `{"id":"a","type":"t","effective_at":1,"project":{"id":"p"},"actor":{"session":{"user":{"id":"u","email":"m"}}},"t":{"id":"r","resource_id":"s"}}`,
			organization.Event{ID: "a", Type: "t", EffectiveAt: 1, ProjectID: "p", ActorIDs: []string{"u"}, ActorEmail: "m", ResourceIDs: []string{"r", "s"}},
		},
		{
			"key of a user", `{"id":"a","type":"t","effective_at":1,"actor":{"api_key":{"id":"k","user":{"id":"u","email":"m"}}}}`,
			organization.Event{ID: "a", Type: "t", EffectiveAt: 1, ActorIDs: []string{"k", "u"}, ActorEmail: "m"},
		},
		{
			"payload of lists", `{"id":"a","type":"t","effective_at":1,"t":{"certificates":[{"id":"c1"},{"id":"c2"}],"configs":[{"id":"f"},{}]}}`,
			organization.Event{ID: "a", Type: "t", EffectiveAt: 1, ResourceIDs: []string{"c1", "c2", "f"}},
		},
		{"odd shapes", `{"id":"a","type":"t","effective_at":1,"project":"p","actor":[],"t":7}`, organization.Event{ID: "a", Type: "t", EffectiveAt: 1}},
		{"tenant", `{"id":"a","type":"role.unbound_from_resource","effective_at":-1}`, organization.Event{ID: "a", Type: "role.unbound_from_resource", EffectiveAt: -1, Tenant: true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := organization.ParseEvent([]byte(tt.raw))
			if err != nil {
				t.Fatal(err)
			}
			tt.want.Raw = []byte(tt.raw)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
