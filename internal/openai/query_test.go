package openai_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fluent-bit-openai-audit/internal/openai"
)

func TestQueryOnTheWire(t *testing.T) {
	allFilters := openai.Filters{
		ProjectIDs:  []string{"proj_1", "proj_2"},
		EventTypes:  []string{"login.failed", "api_key.created"},
		ActorIDs:    []string{"user-1"},
		ActorEmails: []string{"a+b@example.com"},
		ResourceIDs: []string{"ws__conn&x=y"},
	}
	tests := []struct {
		name    string
		filters openai.Filters
		query   openai.Query
		want    string
	}{
		{"nothing", openai.Filters{}, openai.Query{}, ""},
		{
			"everything of a query",
			openai.Filters{},
			openai.Query{From: 1760000000, To: 1760000600, After: "audit_log-A/b c", Limit: 100, Tenant: true},
			"effective_at%5Bgte%5D=1760000000&effective_at%5Blt%5D=1760000600&limit=100&after=audit_log-A%2Fb+c&tenant_only=true",
		},
		{"only a limit", openai.Filters{}, openai.Query{Limit: 1}, "limit=1"},
		{
			"every filter", allFilters,
			openai.Query{Limit: 1},
			"limit=1&event_types%5B%5D=login.failed&event_types%5B%5D=api_key.created" +
				"&project_ids%5B%5D=proj_1&project_ids%5B%5D=proj_2&actor_ids%5B%5D=user-1" +
				"&actor_emails%5B%5D=a%2Bb%40example.com&resource_ids%5B%5D=ws__conn%26x%3Dy",
		},
		{"filters alone", openai.Filters{ActorIDs: []string{"user-1"}}, openai.Query{}, "actor_ids%5B%5D=user-1"},
		{
			"nobody's events",
			openai.Filters{ActorIDs: []string{"user-1"}, ProjectIDs: []string{"proj_1"}},
			openai.Query{From: 1, To: 2, Limit: 1, Nobody: true},
			"effective_at%5Bgte%5D=1&effective_at%5Blt%5D=2&limit=1&actor_ids%5B%5D=nobody",
		},
		{
			"event types of the query",
			openai.Filters{EventTypes: []string{"login.failed"}, ActorIDs: []string{"user-1"}},
			openai.Query{Tenant: true, EventTypes: []string{"role.bound_to_resource"}},
			"tenant_only=true&event_types%5B%5D=role.bound_to_resource&actor_ids%5B%5D=user-1",
		},
		{
			"no event types for the query",
			openai.Filters{EventTypes: []string{"login.failed"}},
			openai.Query{Limit: 5, EventTypes: []string{}},
			"limit=5",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got *url.URL
			client := newClient(t, openai.Options{Filters: tt.filters, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				got = r.URL
				return answer(200, nil, goodPage)(r)
			})})
			page(t, client, tt.query)
			want := "https://api.openai.com/v1/organization/audit_logs"
			if tt.want != "" {
				want += "?" + tt.want
			}
			if got.String() != want {
				t.Errorf("asked for\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// The names are decoded as a server decodes them, so that what is encoded by hand
// is what net/url makes of it.
func TestQueryDecodes(t *testing.T) {
	var got url.Values
	client := newClient(t, openai.Options{
		Filters: openai.Filters{ProjectIDs: []string{"p"}, EventTypes: []string{"e"}, ActorIDs: []string{"a"}, ActorEmails: []string{"m"}, ResourceIDs: []string{"r"}},
		Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			got = r.URL.Query()
			return answer(200, nil, goodPage)(r)
		}),
	})
	page(t, client, openai.Query{From: 1, To: 2, After: "x", Limit: 3, Tenant: true})
	want := url.Values{
		"effective_at[gte]": {"1"}, "effective_at[lt]": {"2"}, "limit": {"3"}, "after": {"x"}, "tenant_only": {"true"},
		"project_ids[]": {"p"}, "event_types[]": {"e"}, "actor_ids[]": {"a"}, "actor_emails[]": {"m"}, "resource_ids[]": {"r"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("parameters differ (-want +got):\n%s", diff)
	}
}

func TestQueryRefused(t *testing.T) {
	tests := []struct {
		name  string
		query openai.Query
		want  string
	}{
		{"limit above the API's", openai.Query{Limit: 101}, "this query cannot be sent: limit 101 is not within 1 to 100"},
		{"negative limit", openai.Query{Limit: -1}, "this query cannot be sent: limit -1 is not within 1 to 100"},
		{"before 1970", openai.Query{From: -1}, "this query cannot be sent: times before 1970 are not supported (from -1, to 0)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			client := newClient(t, openai.Options{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
				t.Error("a request was sent")
				return nil, http.ErrServerClosed
			})})
			e := failure(t, client, tt.query)
			if e.Kind != openai.QueryRejected || e.Error() != tt.want {
				t.Errorf("%v %q, want query_rejected %q", e.Kind, e, tt.want)
			}
		})
	}
}

func TestBaseURLJoins(t *testing.T) {
	for _, tt := range []struct{ base, want string }{
		{"https://api.openai.com/v1", "https://api.openai.com/v1/organization/audit_logs"},
		{"https://api.openai.com/v1/", "https://api.openai.com/v1/organization/audit_logs"},
		{"https://gateway.example", "https://gateway.example/organization/audit_logs"},
		{"https://gateway.example:8443/open%20ai/v1", "https://gateway.example:8443/open%20ai/v1/organization/audit_logs"},
		{"http://[::1]:8080/v1", "http://[::1]:8080/v1/organization/audit_logs"},
	} {
		t.Run(tt.base, func(t *testing.T) {
			var got string
			client := newClient(t, openai.Options{BaseURL: parseURL(t, tt.base), Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				got = r.URL.Scheme + "://" + r.Host + r.URL.RequestURI()
				return answer(200, nil, goodPage)(r)
			})})
			page(t, client, openai.Query{})
			if got != tt.want {
				t.Errorf("asked for %s, want %s", got, tt.want)
			}
		})
	}
}
