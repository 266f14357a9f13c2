package fakeopenai_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fluent-bit-openai-audit/internal/fakeopenai"
)

// variety holds events that differ in all that filters look at.
func variety() []fakeopenai.Event {
	at := t0.Unix()
	return []fakeopenai.Event{
		{ID: "a", Type: "login.succeeded", EffectiveAt: at, ActorIDs: []string{"user-1"}, ActorEmail: "one@example.com"},
		{ID: "b", Type: "api_key.created", EffectiveAt: at - 1, ProjectID: "proj_1", ActorIDs: []string{"user-2"}, ActorEmail: "two+x@example.com", ResourceIDs: []string{"key_1"}},
		{ID: "c", Type: "api_key.deleted", EffectiveAt: at - 2, ProjectID: "proj_2", ActorIDs: []string{"key_9", "user-1"}, ActorEmail: "one@example.com", ResourceIDs: []string{"key_1"}},
		{ID: "d", Type: "login.failed", EffectiveAt: at - 3},
		{ID: "e", Type: "role.assignment.created", EffectiveAt: at - 4, ActorIDs: []string{"svc_acct_1"}, ResourceIDs: []string{"role_1", "org-1"}},
		{ID: "ta", Type: "tenant.policy.created", EffectiveAt: at - 1, Tenant: true},
		{ID: "tb", Type: "role.bound_to_resource", EffectiveAt: at - 5, Tenant: true, ResourceIDs: []string{"ws__conn"}},
	}
}

func TestFilters(t *testing.T) {
	at := t0.Unix()
	tests := []struct {
		name  string
		query string
		want  string
	}{
		{"default listing leaves tenant events out", "", "a b c d e"},
		{"tenant_only lists them alone", "tenant_only=true", "ta tb"},
		{"tenant_only false", "tenant_only=false", "a b c d e"},
		{"gt", fmt.Sprintf("effective_at[gt]=%d", at-2), "a b"},
		{"gte", fmt.Sprintf("effective_at[gte]=%d", at-2), "a b c"},
		{"lt", fmt.Sprintf("effective_at[lt]=%d", at-2), "d e"},
		{"lte", fmt.Sprintf("effective_at[lte]=%d", at-2), "c d e"},
		{"gte and lt", fmt.Sprintf("effective_at[gte]=%d&effective_at[lt]=%d", at-3, at-1), "c d"},
		{"the narrower of two bounds", fmt.Sprintf("effective_at[gte]=%d&effective_at[gt]=%d", at-3, at-2), "a b"},
		{"an empty window", fmt.Sprintf("effective_at[gte]=%d&effective_at[lt]=%d", at, at-3), ""},
		{"the largest bound", "effective_at[gt]=9223372036854775807", ""},
		{"encoded brackets", fmt.Sprintf("effective_at%%5Bgte%%5D=%d&event_types%%5B%%5D=api_key.created", at-2), "b"},
		{"lower-case encoded brackets", fmt.Sprintf("effective_at%%5bgte%%5d=%d", at), "a"},
		{"one type", "event_types[]=login.failed", "d"},
		{"two types", "event_types[]=login.failed&event_types[]=api_key.deleted", "c d"},
		{"a type that nobody has", "event_types[]=no.such", ""},
		{"tenant type in the default listing", "event_types[]=tenant.policy.created", ""},
		{"tenant type", "tenant_only=true&event_types[]=tenant.policy.created", "ta"},
		{"tenant types without the prefix", "tenant_only=1&event_types[]=role.bound_to_resource", "tb"},
		{"one project", "project_ids[]=proj_1", "b"},
		{"two projects", "project_ids[]=proj_1&project_ids[]=proj_2", "b c"},
		{"an actor with two ids", "actor_ids[]=key_9", "c"},
		{"an actor by user", "actor_ids[]=user-1", "a c"},
		{"a service account", "actor_ids[]=svc_acct_1", "e"},
		{"email", "actor_emails[]=" + url.QueryEscape("two+x@example.com"), "b"},
		{"resource", "resource_ids[]=key_1", "b c"},
		{"resource, second id", "resource_ids[]=org-1", "e"},
		{"resource of a tenant event", "tenant_only=true&resource_ids[]=ws__conn", "tb"},
		{"filters are joined by and", "resource_ids[]=key_1&actor_ids[]=user-1", "c"},
		{"unknown parameters are ignored", "order=asc&limits=1&event_type[]=x&effective_at[ge]=1&project_ids=proj_1", "a b c d e"},
	}
	s := fakeopenai.New(fakeopenai.Options{Now: fixedClock})
	s.Add(variety()...)
	c := newClient(t, s)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c.t = t
			p := c.list(tt.query)
			if got := strings.Join(p.ids(), " "); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if p.HasMore {
				t.Error("has_more is true")
			}
		})
	}
}

func TestRefusedQueries(t *testing.T) {
	tests := []struct {
		name, query, param, message string
	}{
		{"limit 0", "limit=0", "limit", "Invalid 'limit': expected a value from 1 to 100, got 0."},
		{"limit 101", "limit=101", "limit", "Invalid 'limit': expected a value from 1 to 100, got 101."},
		{"limit no number", "limit=many", "limit", "Invalid type for 'limit': expected an integer."},
		{"limit empty", "limit=", "limit", "Invalid type for 'limit': expected an integer."},
		{"time no number", "effective_at[gte]=yesterday", "effective_at[gte]", "Invalid type for 'effective_at[gte]': expected an integer of Unix seconds."},
		{"time with a fraction", "effective_at[lt]=1.5", "effective_at[lt]", "Invalid type for 'effective_at[lt]': expected an integer of Unix seconds."},
		{"tenant_only no boolean", "tenant_only=maybe", "tenant_only", "Invalid type for 'tenant_only': expected a boolean."},
		{
			"tenant_only with another type", "tenant_only=true&event_types[]=tenant.policy.created&event_types[]=login.failed", "event_types[]",
			"Invalid 'event_types[]': 'login.failed' is not tenant-scoped and cannot be combined with tenant_only=true.",
		},
		{"unknown cursor", "after=nobody", "after", "No audit log found with id 'nobody'."},
		{"unknown cursor before", "before=nobody", "before", "No audit log found with id 'nobody'."},
		{"cursor of the other stream", "after=ta", "after", "No audit log found with id 'ta'."},
		{"broken escape", "limit=%zz", "", "The query string could not be parsed."},
	}
	s := fakeopenai.New(fakeopenai.Options{Now: fixedClock})
	s.Add(variety()...)
	c := newClient(t, s)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c.t = t
			a := c.get("/organization/audit_logs?" + tt.query)
			wantError(t, a, http.StatusBadRequest, apiError{Message: tt.message, Type: "invalid_request_error", Param: tt.param})
		})
	}
}

// apiError is what an error's object holds; null reads as "".
type apiError struct{ Message, Type, Param, Code string }

func wantError(t *testing.T, a answer, status int, want apiError) {
	t.Helper()
	if a.err != nil || a.status != status {
		t.Fatalf("status %d, error %v, want %d: %s", a.status, a.err, status, a.body)
	}
	var body struct{ Error map[string]*string }
	if err := json.Unmarshal([]byte(a.body), &body); err != nil {
		t.Fatalf("decode error: %v: %s", err, a.body)
	}
	got := make(map[string]string)
	for _, key := range []string{"message", "type", "param", "code"} {
		value, ok := body.Error[key]
		if !ok {
			t.Errorf("error has no %s: %s", key, a.body)
		}
		if value != nil {
			got[key] = *value
		}
	}
	if diff := cmp.Diff(want, apiError{got["message"], got["type"], got["param"], got["code"]}); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
	if ct := a.header.Get("Content-Type"); ct != "application/json" {
		t.Errorf("Content-Type = %q", ct)
	}
}

func TestOptionsOfTheQuery(t *testing.T) {
	s := fakeopenai.New(fakeopenai.Options{
		Now: fixedClock, ClampLimit: true, MaxLimit: 3, DefaultLimit: 2, UnknownCursorStatus: http.StatusNotFound, StrictEventTypes: true,
	})
	s.Add(numbered(10)...)
	c := newClient(t, s)
	for query, want := range map[string]int{"": 2, "limit=0": 1, "limit=-5": 1, "limit=3": 3, "limit=100": 3} {
		if got := len(c.list(query).Data); got != want {
			t.Errorf("%q lists %d events, want %d", query, got, want)
		}
	}
	if a := c.get("/organization/audit_logs?after=nobody"); a.status != http.StatusNotFound {
		t.Errorf("unknown cursor: status %d", a.status)
	}
	wantError(t, c.get("/organization/audit_logs?event_types[]=no.such"), http.StatusBadRequest,
		apiError{Message: "Invalid 'event_types[]': 'no.such' is not an event type.", Type: "invalid_request_error", Param: "event_types[]"})
	if got := len(c.list("event_types[]=login.succeeded").Data); got != 2 {
		t.Errorf("a known type lists %d events", got)
	}
}

func TestDefaultLimit(t *testing.T) {
	c := newClient(t, newServer(150))
	for query, want := range map[string]int{"": 20, "limit=1": 1, "limit=100": 100} {
		if p := c.list(query); len(p.Data) != want || !p.HasMore {
			t.Errorf("%q lists %d events, has_more %v", query, len(p.Data), p.HasMore)
		}
	}
}

func TestPages(t *testing.T) {
	all := idsOf(numbered(25))
	c := newClient(t, newServer(25))
	str := func(s string) *string { return &s }
	tests := []struct {
		name        string
		query       string
		want        []string
		more        bool
		first, last *string
	}{
		{"first page", "limit=10", all[:10], true, str("e0"), str("e9")},
		{"second page", "limit=10&after=e9", all[10:20], true, str("e10"), str("e19")},
		{"last page", "limit=10&after=e19", all[20:], false, str("e20"), str("e24")},
		{"exactly to the end", "limit=5&after=e19", all[20:], false, str("e20"), str("e24")},
		{"after the end", "limit=10&after=e24", []string{}, false, nil, nil},
		{"before is the page next to the cursor", "limit=10&before=e20", all[10:20], true, str("e10"), str("e19")},
		{"before, to the top", "limit=10&before=e10", all[:10], false, str("e0"), str("e9")},
		{"before, a short page", "limit=10&before=e3", all[:3], false, str("e0"), str("e2")},
		{"before the top", "limit=10&before=e0", []string{}, false, nil, nil},
		{"between two cursors", "limit=10&after=e4&before=e8", all[5:8], false, str("e5"), str("e7")},
		{"a cursor outside the window", fmt.Sprintf("limit=10&after=e4&effective_at[lt]=%d", t0.Unix()-10), all[11:21], true, str("e11"), str("e20")},
		{"everything", "limit=100", all, false, str("e0"), str("e24")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c.t = t
			p := c.list(tt.query)
			if diff := cmp.Diff(tt.want, p.ids()); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
			if p.HasMore != tt.more {
				t.Errorf("has_more = %v", p.HasMore)
			}
			if diff := cmp.Diff([]*string{tt.first, tt.last}, []*string{p.FirstID, p.LastID}); diff != "" {
				t.Errorf("first_id, last_id (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTies(t *testing.T) {
	at := t0.Unix()
	event := func(id string, second int64) fakeopenai.Event {
		return fakeopenai.Event{ID: id, Type: "x", EffectiveAt: second}
	}
	for _, tt := range []struct {
		name string
		ties fakeopenai.Ties
		want []string
	}{
		{"as added", fakeopenai.TiesAsAdded, []string{"newer", "m", "z", "a", "late", "older"}},
		{"by id", fakeopenai.TiesByID, []string{"newer", "z", "m", "late", "a", "older"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := fakeopenai.New(fakeopenai.Options{Now: fixedClock, Ties: tt.ties})
			s.Add(event("m", at), event("z", at), event("a", at), event("older", at-1))
			s.Add(event("newer", at+1))
			s.Add(event("late", at))
			c := newClient(t, s)
			for limit := 1; limit < 7; limit++ {
				if diff := cmp.Diff(tt.want, c.walk("limit="+strconv.Itoa(limit))); diff != "" {
					t.Errorf("limit %d (-want +got):\n%s", limit, diff)
				}
			}
		})
	}
}

// TestNaiveListing compares pages with a listing made the simplest way, over random events, filters and cursors.
func TestNaiveListing(t *testing.T) {
	rng := newRand(t)
	var events []fakeopenai.Event
	s := fakeopenai.New(fakeopenai.Options{Now: fixedClock})
	pick := func(values ...string) string { return values[rng.IntN(len(values))] }
	for i := range 400 {
		e := fakeopenai.Event{
			ID: fmt.Sprintf("id%d", i), Type: pick("t1", "t2", "t3"), EffectiveAt: t0.Unix() - rng.Int64N(60), Tenant: rng.IntN(3) == 0,
			ProjectID: pick("", "p1", "p2"), ActorEmail: pick("", "m1", "m2"),
		}
		if rng.IntN(4) == 0 {
			e.ListedAt = t0.Add(time.Duration(rng.IntN(21)-10) * time.Second)
		}
		events = append(events, e)
		s.Add(e)
	}
	slices.SortStableFunc(events, func(a, b fakeopenai.Event) int { return int(b.EffectiveAt - a.EffectiveAt) })
	c := newClient(t, s)
	for range 500 {
		tenant, limit := rng.IntN(2) == 0, 1+rng.IntN(100)
		from := t0.Unix() - rng.Int64N(70)
		to := from + rng.Int64N(40)
		project, email := pick("", "p1", "p2"), pick("", "m1")
		query := fmt.Sprintf("limit=%d&tenant_only=%v&effective_at[gte]=%d&effective_at[lt]=%d", limit, tenant, from, to)
		filter := fakeopenai.Filter{From: from, To: to}
		if tenant {
			filter.Stream = fakeopenai.TenantStream
		}
		if project != "" {
			query += "&project_ids[]=" + project
			filter.Projects = []string{project}
		}
		if email != "" {
			query += "&actor_emails[]=" + email
			filter.Emails = []string{email}
		}
		want := []string{}
		for _, e := range events {
			if e.Tenant == tenant && e.EffectiveAt >= from && e.EffectiveAt < to && !e.ListedAt.After(t0) &&
				(project == "" || e.ProjectID == project) && (email == "" || e.ActorEmail == email) {
				want = append(want, e.ID)
			}
		}
		if diff := cmp.Diff(want, c.walk(query)); diff != "" {
			t.Fatalf("walk %s (-want +got):\n%s", query, diff)
		}
		if diff := cmp.Diff(want, idsOf(slices.Collect(s.List(t0, filter)))); diff != "" {
			t.Fatalf("List %+v (-want +got):\n%s", filter, diff)
		}
	}
}

func TestLateEvent(t *testing.T) {
	now := t0
	s := fakeopenai.New(fakeopenai.Options{Now: func() time.Time { return now }})
	events := numbered(3)
	events[1].ListedAt = t0.Add(time.Minute)
	s.Add(events...)
	c := newClient(t, s)
	if got := c.walk("limit=1"); !slices.Equal(got, []string{"e0", "e2"}) {
		t.Errorf("before: %v", got)
	}
	if a := c.get("/organization/audit_logs?after=e1"); a.status != http.StatusBadRequest {
		t.Errorf("an event that is not listed yet is a cursor: %d", a.status)
	}
	now = t0.Add(time.Minute)
	if got := c.walk("limit=1"); !slices.Equal(got, []string{"e0", "e1", "e2"}) {
		t.Errorf("after: %v", got)
	}
	if got := len(slices.Collect(s.List(t0.Add(time.Minute-1), fakeopenai.Filter{}))); got != 2 {
		t.Errorf("the oracle lists %d events just before", got)
	}
}

func TestRetention(t *testing.T) {
	now := t0
	s := fakeopenai.New(fakeopenai.Options{Now: func() time.Time { return now }, Retention: 10 * time.Second})
	s.Add(numbered(30)...)
	c := newClient(t, s)
	if got := len(c.walk("limit=7")); got != 11 {
		t.Errorf("%d events, want those of 10 s and the border", got)
	}
	if a := c.get("/organization/audit_logs?after=e20"); a.status != http.StatusBadRequest {
		t.Errorf("a forgotten event is a cursor: %d", a.status)
	}
	now = t0.Add(5 * time.Second)
	if got := len(c.walk("limit=7")); got != 6 {
		t.Errorf("%d events five seconds later", got)
	}
}

func TestDuplicateIDs(t *testing.T) {
	s := fakeopenai.New(fakeopenai.Options{Now: fixedClock})
	both := numbered(2)
	s.Add(both...)
	s.Add(both[0])
	both[0].Tenant = true
	s.Add(both[0])
	c := newClient(t, s)
	if got := c.list("").ids(); !slices.Equal(got, []string{"e0", "e0", "e1"}) {
		t.Errorf("organization: %v", got)
	}
	if got := c.list("tenant_only=true").ids(); !slices.Equal(got, []string{"e0"}) {
		t.Errorf("tenant: %v", got)
	}
}

func TestListIsASnapshot(t *testing.T) {
	s := newServer(3)
	var got []string
	for e := range s.List(t0, fakeopenai.Filter{}) {
		got = append(got, e.ID)
		s.Add(fakeopenai.Event{ID: "new" + e.ID, EffectiveAt: e.EffectiveAt})
	}
	if !slices.Equal(got, []string{"e0", "e1", "e2"}) {
		t.Errorf("got %v", got)
	}
	if n := len(slices.Collect(s.List(t0, fakeopenai.Filter{}))); n != 6 {
		t.Errorf("%d events in the end", n)
	}
}
