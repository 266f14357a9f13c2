package sdk_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"

	"fluent-bit-openai-audit/internal/fakeopenai"
	"fluent-bit-openai-audit/internal/fakeopenai/directory"
)

// raw is an object of the client's.
type raw interface{ RawJSON() string }

// pager is what the client pages with.
type pager[T raw] interface {
	Next() bool
	Current() T
	Err() error
}

// texts returns the objects that a pager comes by.
func texts[T raw](p pager[T]) (all []string, err error) {
	for p.Next() {
		all = append(all, p.Current().RawJSON())
	}
	return all, p.Err()
}

// one returns an object that is no list's.
func one[T raw](o T, err error) ([]string, error) {
	if err != nil {
		return nil, err
	}
	return []string{o.RawJSON()}, nil
}

// startDirectory serves an organization's objects, and returns a client for them.
func startDirectory(t *testing.T) (*directory.Directory, openai.Client) {
	t.Helper()
	opts := directory.Options{Seed: 5, Created: 1_700_000_000, Members: 7, APIKeys: 7, ServiceAccounts: 5}
	for i := range 45 {
		opts.People = append(opts.People, directory.Person{ID: fmt.Sprintf("user-%d", i), Email: fmt.Sprintf("p.%d@example.com", i)})
	}
	for i := range 12 {
		opts.Projects = append(opts.Projects, directory.Project{ID: fmt.Sprintf("proj_%d", i), Name: "project"})
	}
	d := directory.New(opts)
	server := httptest.NewServer(fakeopenai.New(fakeopenai.Options{ManagementKeys: map[string]bool{key: true}, Directory: d}))
	t.Cleanup(server.Close)
	return d, openai.NewClient(option.WithBaseURL(server.URL+"/v1"), option.WithAdminAPIKey(key), option.WithHTTPClient(server.Client()))
}

// The official client's services come by every object that there is, in each of the three ways to page, with pages of two.
func TestObjects(t *testing.T) {
	d, client := startDirectory(t)
	org, two := client.Admin.Organization, openai.Int(2)
	group := first(d, "/organization/groups")
	provider := first(d, "/organization/workload_identity_providers")
	const project, inProject = "proj_4", "/organization/projects/proj_4/"
	for path, list := range map[string]func(ctx context.Context) ([]string, error){
		"/organization/users": func(ctx context.Context) ([]string, error) {
			return texts(org.Users.ListAutoPaging(ctx, openai.AdminOrganizationUserListParams{Limit: two}))
		},
		"/organization/invites": func(ctx context.Context) ([]string, error) {
			return texts(org.Invites.ListAutoPaging(ctx, openai.AdminOrganizationInviteListParams{Limit: two}))
		},
		"/organization/projects": func(ctx context.Context) ([]string, error) {
			return texts(org.Projects.ListAutoPaging(ctx, openai.AdminOrganizationProjectListParams{Limit: two, IncludeArchived: openai.Bool(true)}))
		},
		"/organization/admin_api_keys": func(ctx context.Context) ([]string, error) {
			return texts(org.AdminAPIKeys.ListAutoPaging(ctx, openai.AdminOrganizationAdminAPIKeyListParams{Limit: two}))
		},
		"/organization/groups": func(ctx context.Context) ([]string, error) {
			return texts(org.Groups.ListAutoPaging(ctx, openai.AdminOrganizationGroupListParams{Limit: two}))
		},
		"/organization/groups/" + group + "/users": func(ctx context.Context) ([]string, error) {
			return texts(org.Groups.Users.ListAutoPaging(ctx, group, openai.AdminOrganizationGroupUserListParams{Limit: two}))
		},
		"/organization/groups/" + group + "/roles": func(ctx context.Context) ([]string, error) {
			return texts(org.Groups.Roles.ListAutoPaging(ctx, group, openai.AdminOrganizationGroupRoleListParams{Limit: two}))
		},
		"/organization/users/user-3/roles": func(ctx context.Context) ([]string, error) {
			return texts(org.Users.Roles.ListAutoPaging(ctx, "user-3", openai.AdminOrganizationUserRoleListParams{Limit: two}))
		},
		"/organization/roles": func(ctx context.Context) ([]string, error) {
			return texts(org.Roles.ListAutoPaging(ctx, openai.AdminOrganizationRoleListParams{Limit: two}))
		},
		"/organization/certificates": func(ctx context.Context) ([]string, error) {
			return texts(org.Certificates.ListAutoPaging(ctx, openai.AdminOrganizationCertificateListParams{Limit: two}))
		},
		"/organization/spend_alerts": func(ctx context.Context) ([]string, error) {
			return texts(org.SpendAlerts.ListAutoPaging(ctx, openai.AdminOrganizationSpendAlertListParams{Limit: two}))
		},
		"/organization/external_keys": func(ctx context.Context) ([]string, error) {
			return texts(org.ExternalKeys.ListAutoPaging(ctx, openai.AdminOrganizationExternalKeyListParams{Limit: two}))
		},
		"/organization/external_storage": func(ctx context.Context) ([]string, error) {
			return texts(org.ExternalStorage.ListAutoPaging(ctx, openai.AdminOrganizationExternalStorageListParams{Limit: two}))
		},
		"/organization/workload_identity_providers": func(ctx context.Context) ([]string, error) {
			return texts(org.WorkloadIdentityProviders.ListAutoPaging(ctx, openai.AdminOrganizationWorkloadIdentityProviderListParams{Limit: two}))
		},
		"/organization/workload_identity_providers/" + provider + "/federation_rules": func(ctx context.Context) ([]string, error) {
			return texts(org.WorkloadIdentityProviders.FederationRules.ListAutoPaging(ctx, provider,
				openai.AdminOrganizationWorkloadIdentityProviderFederationRuleListParams{Limit: two}))
		},
		"/organization/data_retention": func(ctx context.Context) ([]string, error) { return one(org.DataRetention.Get(ctx)) },
		"/organization/spend_limit":    func(ctx context.Context) ([]string, error) { return one(org.SpendLimit.Get(ctx)) },
		inProject + "users": func(ctx context.Context) ([]string, error) {
			return texts(org.Projects.Users.ListAutoPaging(ctx, project, openai.AdminOrganizationProjectUserListParams{Limit: two}))
		},
		inProject + "service_accounts": func(ctx context.Context) ([]string, error) {
			return texts(org.Projects.ServiceAccounts.ListAutoPaging(ctx, project, openai.AdminOrganizationProjectServiceAccountListParams{Limit: two}))
		},
		inProject + "api_keys": func(ctx context.Context) ([]string, error) {
			return texts(org.Projects.APIKeys.ListAutoPaging(ctx, project, openai.AdminOrganizationProjectAPIKeyListParams{
				Limit: two, OwnerProjectAccess: "any",
			}))
		},
		inProject + "rate_limits": func(ctx context.Context) ([]string, error) {
			return texts(org.Projects.RateLimits.ListRateLimitsAutoPaging(ctx, project, openai.AdminOrganizationProjectRateLimitListRateLimitsParams{Limit: two}))
		},
		inProject + "groups": func(ctx context.Context) ([]string, error) {
			return texts(org.Projects.Groups.ListAutoPaging(ctx, project, openai.AdminOrganizationProjectGroupListParams{Limit: two}))
		},
		"/projects/proj_4/roles": func(ctx context.Context) ([]string, error) {
			return texts(org.Projects.Roles.ListAutoPaging(ctx, project, openai.AdminOrganizationProjectRoleListParams{Limit: two}))
		},
		inProject + "spend_alerts": func(ctx context.Context) ([]string, error) {
			return texts(org.Projects.SpendAlerts.ListAutoPaging(ctx, project, openai.AdminOrganizationProjectSpendAlertListParams{Limit: two}))
		},
		inProject + "data_retention": func(ctx context.Context) ([]string, error) { return one(org.Projects.DataRetention.Get(ctx, project)) },
		inProject + "spend_limit":    func(ctx context.Context) ([]string, error) { return one(org.Projects.SpendLimit.Get(ctx, project)) },
		inProject + "model_permissions": func(ctx context.Context) ([]string, error) {
			return one(org.Projects.ModelPermissions.Get(ctx, project))
		},
		inProject + "hosted_tool_permissions": func(ctx context.Context) ([]string, error) {
			return one(org.Projects.HostedToolPermissions.Get(ctx, project))
		},
		inProject + "service_tier_settings": func(ctx context.Context) ([]string, error) {
			return one(org.Projects.ServiceTierSettings.Get(ctx, project))
		},
	} {
		got, err := list(t.Context())
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		var want []string
		for _, o := range d.All()[path] {
			text, err := json.Marshal(o)
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, string(text))
		}
		slices.Sort(got)
		slices.Sort(want)
		if len(want) == 0 || !slices.Equal(got, want) {
			t.Errorf("%s: the client comes by\n%s\nand there is\n%s", path, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

// What the client knows of an object, the simulator's objects have, and nothing else.
func TestObjectsHaveTheClientsFields(t *testing.T) {
	d, client := startDirectory(t)
	for _, tt := range []struct {
		path string
		of   reflect.Type
	}{
		{"/organization/users", reflect.TypeFor[openai.OrganizationUser]()},
		{"/organization/projects", reflect.TypeFor[openai.Project]()},
		{"/organization/admin_api_keys", reflect.TypeFor[openai.AdminAPIKey]()},
		{"/organization/groups", reflect.TypeFor[openai.Group]()},
		{"/organization/projects/proj_1/api_keys", reflect.TypeFor[openai.ProjectAPIKey]()},
		{"/organization/projects/proj_1/rate_limits", reflect.TypeFor[openai.ProjectRateLimit]()},
		{"/organization/projects/proj_1/hosted_tool_permissions", reflect.TypeFor[openai.ProjectHostedToolPermissions]()},
	} {
		known := make(map[string]bool)
		for i := range tt.of.NumField() {
			name, _, _ := strings.Cut(tt.of.Field(i).Tag.Get("json"), ",")
			known[name] = true
		}
		for id, o := range d.All()[tt.path] {
			for field := range o {
				if !known[field] && field != "object" {
					t.Errorf("%s %s: the client knows no field %s", tt.path, id, field)
				}
			}
		}
	}
	_, err := client.Admin.Organization.Projects.Users.List(t.Context(), "proj_9", openai.AdminOrganizationProjectUserListParams{})
	var refused *openai.Error
	if !errors.As(err, &refused) || refused.StatusCode != 400 || !strings.Contains(refused.Message, "archived") {
		t.Errorf("users of an archived project: %v", err)
	}
}

// first returns the id of an object of a list.
func first(d *directory.Directory, path string) string {
	for id := range d.All()[path] {
		return id
	}
	return ""
}
