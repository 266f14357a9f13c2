package config_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fluent-bit-openai-audit/internal/config"
)

// parsed returns the Config of some properties and a key.
func parsed(t *testing.T, given map[string]string) *config.Config {
	t.Helper()
	if given["source"] == string(config.ComplianceLogs) && given["workspace_id"] == "" {
		given = maps.Clone(given)
		given["workspace_id"] = "3f0a6c1e" // which that source needs
	}
	cfg, err := config.ParseMap(given, getter(map[string]string{"OPENAI_ADMIN_KEY": testKey}))
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func TestExcludes(t *testing.T) { //nolint:paralleltest // it counts allocations
	cfg := parsed(t, map[string]string{"exclude_event_types": "login.succeeded, tenant.sso.*,logout.*"})
	for _, tt := range []struct {
		eventType string
		want      bool
	}{
		{"login.succeeded", true},
		{"login.succeeded2", false},
		{"login.succeede", false},
		{"login.failed", false},
		{"LOGIN.SUCCEEDED", false},
		{"tenant.sso.migrated", true},
		{"tenant.sso.", true},
		{"tenant.sso", false},
		{"tenant.sso_connection.created", false},
		{"logout.failed", true},
		{"logout", false},
		{"", false},
	} {
		if got := cfg.Excludes([]byte(tt.eventType)); got != tt.want {
			t.Errorf("Excludes(%q) = %v", tt.eventType, got)
		}
	}
	if parsed(t, nil).Excludes([]byte("login.failed")) {
		t.Error("an event is excluded without exclude_event_types")
	}
	event := []byte("tenant.user.added")
	if allocs := testing.AllocsPerRun(100, func() { cfg.Excludes(event) }); allocs != 0 {
		t.Errorf("Excludes allocates %v times", allocs)
	}
}

func TestSweeps(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		interval, window string
		want             bool
	}{{"1h", "24h", true}, {"0", "24h", false}, {"1h", "0", false}, {"0", "0", false}} {
		cfg := parsed(t, map[string]string{"sweep_interval": tt.interval, "sweep_window": tt.window})
		if got := cfg.Sweeps(); got != tt.want {
			t.Errorf("Sweeps with interval %s and window %s = %v", tt.interval, tt.window, got)
		}
	}
}

func TestScope(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		scope                config.Scope
		organization, tenant bool
	}{{config.ScopeOrganization, true, false}, {config.ScopeTenant, false, true}, {config.ScopeAll, true, true}} {
		if tt.scope.Organization() != tt.organization || tt.scope.Tenant() != tt.tenant {
			t.Errorf("scope %s reads %v, %v", tt.scope, tt.scope.Organization(), tt.scope.Tenant())
		}
	}
}

func TestOriginAndFiltersAreCanonical(t *testing.T) {
	t.Parallel()
	a := parsed(t, map[string]string{
		"base_url": "https://API.openai.com:443/v1/", "organization": "org-a", "event_types": "b.c, a.b,b.c", "actor_emails": "a@example.com",
		"exclude_event_types": "x.*",
	})
	b := parsed(t, map[string]string{
		"base_url": "https://api.openai.com/v1", "organization": "org-a", "event_types": "a.b,b.c", "actor_emails": "a@example.com",
		"poll_interval": "5m",
	})
	if got, want := a.Origin(), "https://api.openai.com/v1 organization org-a"; got != want {
		t.Errorf("Origin = %q, want %q", got, want)
	}
	if a.Origin() != b.Origin() {
		t.Errorf("%q and %q are the same origin", a.Origin(), b.Origin())
	}
	want := map[string][]string{"event_types": {"a.b", "b.c"}, "actor_emails": {"a@example.com"}}
	if diff := cmp.Diff(want, a.Filters()); diff != "" {
		t.Errorf("Filters (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(a.Filters(), b.Filters()); diff != "" {
		t.Errorf("the same filters differ:\n%s", diff)
	}
	if !slices.Equal(a.EventTypes, []string{"b.c", "a.b"}) {
		t.Errorf("Filters changed the order of the list itself: %v", a.EventTypes)
	}
	plain := parsed(t, nil)
	if got, want := plain.Origin(), "https://api.openai.com/v1"; got != want {
		t.Errorf("Origin = %q, want %q", got, want)
	}
	if got := plain.Filters(); len(got) != 0 {
		t.Errorf("Filters without any = %v", got)
	}
}

func TestConfigIsPrintedWithoutSecrets(t *testing.T) {
	t.Parallel()
	cfg := parsed(t, map[string]string{"proxy": "http://user:hunter22@proxy:3128", "project_ids": "proj_a,proj_b"})
	want := "{api_key=[redacted] source=audit_logs base_url=https://api.openai.com/v1 insecure_http=off scope=all start_from=24h poll_interval=30s poll_interval_min=0 poll_interval_max=0 overlap=10m " +
		"sweep_interval=1h sweep_window=24h project_ids=proj_a,proj_b format=raw payload_key=keep ocsf_version=1.9.0 include_original=off db=/var/lib/fluent-bit/openai_audit.db page_size=100 concurrency=4 " +
		"max_requests_per_minute=0 request_timeout=30s max_body_size=16M queue_size=16M proxy=http://[redacted]@proxy:3128 heartbeat_interval=0}"
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if got := fmt.Sprintf(verb, cfg); got != want {
			t.Errorf("Sprintf(%s) of a pointer = %s, want %s", verb, got, want)
		}
		if got := fmt.Sprintf(verb, *cfg); got != want {
			t.Errorf("Sprintf(%s) of a value = %s, want %s", verb, got, want)
		}
	}
	var logged strings.Builder
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("start", "config", cfg)
	data, err := json.Marshal(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"log": logged.String(), "JSON": string(data)} {
		if leaks(text) || strings.Contains(text, "hunter22") {
			t.Errorf("the %s holds a secret: %s", name, text)
		}
	}
}

func TestNearestProperties(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][]string{
		"apikey": {"api_key"}, "key_file": {"api_key_file", "client_key_file"}, "frobnicate": nil,
	} {
		if got := config.NearestProperties(name); !slices.Equal(got, want) {
			t.Errorf("NearestProperties(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestValuesCanStop(t *testing.T) {
	t.Parallel()
	for name, value := range parsed(t, nil).Values() {
		if name != "api_key" || value != "[redacted]" {
			t.Errorf("the first value is %s=%s", name, value)
		}
		break
	}
}

func TestEventTypes(t *testing.T) {
	t.Parallel()
	types := config.KnownTypes()
	if len(types) != 149 {
		t.Errorf("%d event types are known", len(types))
	}
	if !slices.IsSortedFunc(types, func(a, b config.EventType) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("the event types are not sorted")
	}
	tenant := 0
	for _, eventType := range types {
		if eventType.Tenant {
			tenant++
		}
		if strings.HasPrefix(eventType.Name, "tenant.") && !eventType.Tenant {
			t.Errorf("%s is not marked as the tenant's", eventType.Name)
		}
		cfg, err := config.ParseMap(map[string]string{"api_key": testKey, "event_types": eventType.Name}, getter(nil))
		if err != nil || len(cfg.Warnings) > 0 {
			t.Errorf("%s is not accepted without a warning: %v", eventType.Name, err)
		}
	}
	if tenant != 90 {
		t.Errorf("%d event types are the tenant's", tenant)
	}
	if got, ok := config.EventTypeNamed("role.bound_to_resource"); !ok || !got.Tenant {
		t.Errorf("role.bound_to_resource is %v, %v", got, ok)
	}
	if got, ok := config.EventTypeNamed("login.failed"); !ok || got.Tenant {
		t.Errorf("login.failed is %v, %v", got, ok)
	}
	if _, ok := config.EventTypeNamed("login"); ok {
		t.Error("login is taken for an event type")
	}
}
