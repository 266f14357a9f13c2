package fakeopenai_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

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
