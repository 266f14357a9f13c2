package fakeopenai_test

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"fluent-bit-openai-audit/internal/fakeopenai"
)

func loadFile(t *testing.T, name string) []fakeopenai.Event {
	t.Helper()
	events, err := fakeopenai.LoadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return events
}

// TestServeLivePage serves a page of live events: the same page comes out, byte for byte.
func TestServeLivePage(t *testing.T) {
	text, err := os.ReadFile("testdata/live_page.json")
	if err != nil {
		t.Fatal(err)
	}
	var want listPage
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	s := fakeopenai.New(fakeopenai.Options{})
	s.Add(loadFile(t, "testdata/live_page.json")...)
	c := newClient(t, s)
	got := c.list("limit=100")
	if len(got.Data) != 100 {
		t.Fatalf("%d events", len(got.Data))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if ids := c.walk("limit=9"); !slices.Equal(ids, want.ids()) {
		t.Errorf("a walk lists %d events", len(ids))
	}
}

func TestServeSampleEvents(t *testing.T) {
	events := loadFile(t, "testdata/sample_events.jsonl")
	s := fakeopenai.New(fakeopenai.Options{})
	s.Add(events...)
	c := newClient(t, s)
	org, tenant := c.list("limit=100"), c.list("limit=100&tenant_only=true")
	if len(events) != 35 || len(org.Data)+len(tenant.Data) != 35 || len(tenant.Data) != 2 {
		t.Fatalf("%d events, %d and %d listed", len(events), len(org.Data), len(tenant.Data))
	}
	for _, e := range events {
		found := func(d json.RawMessage) bool { return string(d) == string(e.Raw) }
		if !slices.ContainsFunc(append(org.Data, tenant.Data...), found) {
			t.Errorf("%s is not listed as it is", e.ID)
		}
	}
	for query, want := range map[string]string{
		"actor_ids[]=svc_acct_abc":        "audit_log-VvVqE1SkHbn88HxjSI6bWHtP",
		"actor_emails[]=user@example.com": "audit_log-xxx_yyyymmdd audit_log-yyy__20240101 req_xxx_20240101",
		"resource_ids[]=proj_abc":         "audit_log-xxx_yyyymmdd",
		"event_types[]=quantum.entangled": "audit_log-QFI14zGtSnovm14TUOizwd1i",
		"event_types[]=scim.enabled":      "audit_log-5er8bOfZqfM2oeq3hDavJA76",
	} {
		if got := strings.Join(c.list(query).ids(), " "); got != want {
			t.Errorf("%s: got %q, want %q", query, got, want)
		}
	}
}

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
			events, err := fakeopenai.Load(strings.NewReader(tt.text))
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
			if _, err := fakeopenai.Load(strings.NewReader(tt.text)); err == nil || err.Error() != tt.want {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
	failure := errors.New("the disk is gone")
	if _, err := fakeopenai.Load(io.MultiReader(strings.NewReader(good), iotest.ErrReader(failure))); !errors.Is(err, failure) {
		t.Errorf("got %v", err)
	}
}

func TestParseEvent(t *testing.T) {
	tests := []struct {
		name, raw string
		want      fakeopenai.Event
	}{
		{"bare", `{"id":"a","type":"t","effective_at":1}`, fakeopenai.Event{ID: "a", Type: "t", EffectiveAt: 1}},
		{
			"session", `{"id":"a","type":"t","effective_at":1,"project":{"id":"p"},"actor":{"session":{"user":{"id":"u","email":"m"}}},"t":{"id":"r","resource_id":"s"}}`,
			fakeopenai.Event{ID: "a", Type: "t", EffectiveAt: 1, ProjectID: "p", ActorIDs: []string{"u"}, ActorEmail: "m", ResourceIDs: []string{"r", "s"}},
		},
		{
			"key of a user", `{"id":"a","type":"t","effective_at":1,"actor":{"api_key":{"id":"k","user":{"id":"u","email":"m"}}}}`,
			fakeopenai.Event{ID: "a", Type: "t", EffectiveAt: 1, ActorIDs: []string{"k", "u"}, ActorEmail: "m"},
		},
		{
			"payload of lists", `{"id":"a","type":"t","effective_at":1,"t":{"certificates":[{"id":"c1"},{"id":"c2"}],"configs":[{"id":"f"},{}]}}`,
			fakeopenai.Event{ID: "a", Type: "t", EffectiveAt: 1, ResourceIDs: []string{"c1", "c2", "f"}},
		},
		{"odd shapes", `{"id":"a","type":"t","effective_at":1,"project":"p","actor":[],"t":7}`, fakeopenai.Event{ID: "a", Type: "t", EffectiveAt: 1}},
		{"tenant", `{"id":"a","type":"role.unbound_from_resource","effective_at":-1}`, fakeopenai.Event{ID: "a", Type: "role.unbound_from_resource", EffectiveAt: -1, Tenant: true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := fakeopenai.ParseEvent([]byte(tt.raw))
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

// TestAddRenders reads back the JSON that Add makes of events without any.
func TestAddRenders(t *testing.T) {
	s := fakeopenai.New(fakeopenai.Options{})
	in := variety()
	in = append(in, fakeopenai.Event{ID: "quote\"\\\u2028", Type: "t", EffectiveAt: 1, ActorEmail: "<only>&email"})
	s.Add(in...)
	for _, stream := range []fakeopenai.Stream{fakeopenai.OrganizationStream, fakeopenai.TenantStream} {
		for e := range s.List(t0, fakeopenai.Filter{Stream: stream}) {
			want := in[slices.IndexFunc(in, func(i fakeopenai.Event) bool { return i.ID == e.ID })]
			got, err := fakeopenai.ParseEvent(e.Raw)
			if err != nil {
				t.Fatalf("%v: %s", err, e.Raw)
			}
			// One actor and one resource are enough for what Add makes.
			if got.ID != want.ID || got.Type != want.Type || got.EffectiveAt != want.EffectiveAt || got.ProjectID != want.ProjectID ||
				got.ActorEmail != want.ActorEmail || got.Tenant != want.Tenant {
				t.Errorf("got %+v, want %+v", got, want)
			}
		}
	}
}
