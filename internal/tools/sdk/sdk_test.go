package sdk_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"

	"fluent-bit-openai-audit/internal/config"
	"fluent-bit-openai-audit/internal/fakeopenai"
)

const key = "sk-admin-for-the-official-client"

var now = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

type (
	params = openai.AdminOrganizationAuditLogListParams
	window = openai.AdminOrganizationAuditLogListParamsEffectiveAt
)

// start serves 300 events of the organization and 50 of its tenant, and returns a client for them.
func start(t *testing.T, options ...option.RequestOption) (*fakeopenai.Server, openai.Client) {
	t.Helper()
	org, err := fakeopenai.NewOrganization(fakeopenai.OrganizationOptions{
		Seed: 5, From: now.Add(-24 * time.Hour), To: now, Count: 350, TenantShare: 1.0 / 7, People: 5, Projects: 2,
	})
	if err != nil {
		t.Fatal(err)
	}
	s := fakeopenai.New(fakeopenai.Options{Keys: []string{key}, Now: func() time.Time { return now }})
	s.AddOrganization(org)
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	options = append([]option.RequestOption{
		option.WithBaseURL(server.URL + "/v1"), option.WithAdminAPIKey(key), option.WithHTTPClient(server.Client()),
	}, options...)
	return s, openai.NewClient(options...)
}

func list(t *testing.T, client openai.Client, p params) []openai.AdminOrganizationAuditLogListResponse {
	t.Helper()
	var events []openai.AdminOrganizationAuditLogListResponse
	pager := client.Admin.Organization.AuditLogs.ListAutoPaging(t.Context(), p)
	for pager.Next() {
		events = append(events, pager.Current())
	}
	if err := pager.Err(); err != nil {
		t.Fatal(err)
	}
	return events
}

func TestAutoPaging(t *testing.T) {
	s, client := start(t)
	total := 0
	for _, stream := range []fakeopenai.Stream{fakeopenai.OrganizationStream, fakeopenai.TenantStream} {
		for _, limit := range []int64{0, 7, 100} {
			var p params
			if limit > 0 {
				p.Limit = openai.Int(limit)
			}
			if stream == fakeopenai.TenantStream {
				p.TenantOnly = openai.Bool(true)
			}
			got := list(t, client, p)
			want := slices.Collect(s.List(now, fakeopenai.Filter{Stream: stream}))
			if len(got) != len(want) {
				t.Fatalf("%s, limit %d: %d events, want %d", stream, limit, len(got), len(want))
			}
			for i, e := range got {
				if e.ID != want[i].ID || string(e.Type) != want[i].Type || e.EffectiveAt != want[i].EffectiveAt || e.RawJSON() != string(want[i].Raw) {
					t.Fatalf("%s, limit %d: event %d is %s, want %s", stream, limit, i, e.RawJSON(), want[i].Raw)
				}
				if i > 0 && e.EffectiveAt > got[i-1].EffectiveAt {
					t.Fatalf("%s, limit %d: event %d is newer than the one before", stream, limit, i)
				}
			}
			if limit == 0 {
				total += len(got)
			}
		}
	}
	if total != 350 {
		t.Errorf("%d events in all", total)
	}
}

func TestFilters(t *testing.T) {
	s, client := start(t)
	var some fakeopenai.Event // with everything that can be asked for
	for e := range s.List(now, fakeopenai.Filter{}) {
		if e.ProjectID != "" && e.ActorEmail != "" && len(e.ResourceIDs) > 0 {
			some = e
		}
	}
	if some.ID == "" {
		t.Fatal("no event to ask for")
	}
	from, to := now.Unix()-7200, now.Unix()-3600
	tests := []struct {
		name   string
		params params
		filter fakeopenai.Filter
	}{
		{"gte, lt", params{EffectiveAt: window{Gte: openai.Int(from), Lt: openai.Int(to)}}, fakeopenai.Filter{From: from, To: to}},
		{"gt, lte", params{EffectiveAt: window{Gt: openai.Int(from), Lte: openai.Int(to)}}, fakeopenai.Filter{From: from + 1, To: to + 1}},
		{"types", params{EventTypes: []string{"login.succeeded", some.Type}}, fakeopenai.Filter{Types: []string{"login.succeeded", some.Type}}},
		{"project", params{ProjectIDs: []string{some.ProjectID}}, fakeopenai.Filter{Projects: []string{some.ProjectID}}},
		{"actor", params{ActorIDs: some.ActorIDs}, fakeopenai.Filter{Actors: some.ActorIDs}},
		{"email", params{ActorEmails: []string{some.ActorEmail}}, fakeopenai.Filter{Emails: []string{some.ActorEmail}}},
		{"resource", params{ResourceIDs: some.ResourceIDs}, fakeopenai.Filter{Resources: some.ResourceIDs}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.params.Limit = openai.Int(3)
			var got, want []string
			for _, e := range list(t, client, tt.params) {
				got = append(got, e.ID)
			}
			for e := range s.List(now, tt.filter) {
				want = append(want, e.ID)
			}
			if len(want) == 0 || len(want) == 300 || !slices.Equal(got, want) {
				t.Errorf("%d events, want %d", len(got), len(want))
			}
		})
	}
}

func TestErrors(t *testing.T) {
	_, client := start(t, option.WithAdminAPIKey("sk-admin-wrong"))
	_, err := client.Admin.Organization.AuditLogs.List(t.Context(), params{})
	var refused *openai.Error
	if !errors.As(err, &refused) || refused.StatusCode != 401 || refused.Code != "invalid_api_key" || refused.Type != "invalid_request_error" {
		t.Errorf("wrong key: %v", err)
	}

	s, client := start(t)
	s.Inject(fakeopenai.Fault{Kind: fakeopenai.Throttled, RetryAfter: 10 * time.Millisecond, Form: "ms", When: fakeopenai.When{Count: 1}})
	s.Inject(fakeopenai.Fault{Kind: fakeopenai.Unavailable, When: fakeopenai.When{Count: 1}, RetryAfter: time.Millisecond})
	if got := len(list(t, client, params{Limit: openai.Int(100)})); got != 300 {
		t.Errorf("%d events after retries", got)
	}
	if st := s.Stats(); st.ByStatus[429] != 1 || st.ByStatus[503] != 1 {
		t.Errorf("the client was not refused: %v", st.ByStatus)
	}
}

// TestTypes compares the types that the simulator knows with the payloads that the client has fields for.
func TestTypes(t *testing.T) {
	var documented []string
	event := reflect.TypeFor[openai.AdminOrganizationAuditLogListResponse]()
	for i := range event.NumField() {
		name, _, _ := strings.Cut(event.Field(i).Tag.Get("json"), ",")
		if strings.Contains(name, ".") {
			documented = append(documented, name)
			if _, known := config.EventTypeNamed(name); !known {
				t.Errorf("the simulator does not know %s", name)
			}
		}
	}
	if len(documented) < 50 {
		t.Errorf("%d payloads", len(documented))
	}

	s, client := start(t)
	s.Add(everyPayload(t, documented)...)
	seen := make(map[string]bool)
	for _, tenant := range []bool{false, true} {
		for _, e := range list(t, client, params{Limit: openai.Int(100), TenantOnly: openai.Bool(tenant)}) {
			if strings.HasPrefix(e.ID, "made-") {
				seen[string(e.Type)] = true
			}
		}
	}
	if len(seen) != len(documented) {
		t.Errorf("%d of %d documented types came through", len(seen), len(documented))
	}
}

// everyPayload makes one event of each type.
func everyPayload(t *testing.T, types []string) []fakeopenai.Event {
	t.Helper()
	var events []fakeopenai.Event
	for i, name := range types {
		raw, err := json.Marshal(map[string]any{
			"id": fmt.Sprintf("made-%d", i), "type": name, "effective_at": now.Unix(), name: map[string]any{"id": "x"},
		})
		if err != nil {
			t.Fatal(err)
		}
		e, err := fakeopenai.ParseEvent(raw)
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, e)
	}
	return events
}
