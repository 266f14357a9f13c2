package format_test

import (
	"testing"

	"fluent-bit-openai-audit/internal/record/catalog"
	"fluent-bit-openai-audit/internal/record/format"
)

// What a payload holds makes an event more severe than its type is, in both formats.
func TestSeverity(t *testing.T) {
	ocsf, ecs := shaper(t, format.Options{Format: format.OCSF}), shaper(t, format.Options{Format: format.ECS})
	for _, tt := range []struct {
		kind, payload string
		want          catalog.Severity
	}{
		{"api_key.created", `{"data":{"scopes":[]}}`, catalog.Low},
		{"api_key.created", `{"data":{"scopes":["api.model.read"]}}`, catalog.Low},
		{"api_key.created", `{"data":{"scopes":["api.all.read"]}}`, catalog.Medium},
		{"api_key.created", `{"data":{"scopes":["api.all.read","api.all_organization_admin.read"]}}`, catalog.High},
		{"api_key.created", `{"data":{"scopes":"admin"}}`, catalog.Low},
		{"api_key.updated", `{"changes_requested":{"scopes":["api.Admin_key_id.read"]}}`, catalog.High},
		{"api_key.updated", `{"data":{"scopes":["api.admin_key_id.read"]}}`, catalog.High},
		{"api_key.deleted", `{"data":{"scopes":["api.admin_key_id.read"]}}`, catalog.Info},
		{"invite.sent", `{"data":{"role":"owner"}}`, catalog.High},
		{"invite.sent", `{"data":{"role":"coowner"}}`, catalog.Info},
		{"user.added", `{"data":{"role":"OWNER"}}`, catalog.High},
		{"user.updated", `{"changes_requested":{"role":"owner"}}`, catalog.High},
		{"user.updated", `{"changes_requested":{"role":"member"}}`, catalog.Medium},
		{"service_account.created", `{"data":{"role":"owner"}}`, catalog.High},
		{"ip_allowlist.created", `{"allowed_ips":["10.0.0.0/8"]}`, catalog.Medium},
		{"ip_allowlist.created", `{"allowed_ips":["10.0.0.0/8","0.0.0.0/0"]}`, catalog.High},
		{"ip_allowlist.updated", `{"allowed_ips":["::/0"]}`, catalog.High},
		{"role.created", `{"permissions":["api.organization.admin"]}`, catalog.High},
		{"role.created", `{"permissions":["api.model.read"]}`, catalog.Medium},
		{"role.updated", `{"changes_requested":{"permissions_added":["admin"]}}`, catalog.High},
		{"role.updated", `{"changes_requested":{"permissions_removed":["admin"]}}`, catalog.Medium},
		{"role.assignment.created", `{"id":"role_assignment_role-api-organization-owner__x"}`, catalog.High},
		{"role.assignment.created", `{"id":"role_assignment_role-api-project-viewer__owner"}`, catalog.Medium},
		{"role.assignment.created", `{"id":"owner"}`, catalog.Medium},
		{"organization.updated", `{"changes_requested":{"title":"x"}}`, catalog.Medium},
		{"organization.updated", `{"changes_requested":{"api_call_logging":"disabled"}}`, catalog.High},
		{"organization.updated", `{"changes_requested":{"settings":{"threads_ui_visibility":"ANY_ROLE"}}}`, catalog.High},
		{"organization.updated", `{"changes_requested":{"usage_dashboard_visibility":""}}`, catalog.Medium},
		{"scim.disabled", `{}`, catalog.High},
		{"quantum.entangled", `{"data":{"role":"owner"}}`, catalog.Unrated},
	} {
		event := typed(tt.kind, bySession, `"`+tt.kind+`":`+tt.payload)
		got := shape(t, ocsf, event, known)
		if got["severity_id"] != int64(tt.want) || got["severity"] != tt.want.String() {
			t.Errorf("%s %s: OCSF has %v, %v, want %v", tt.kind, tt.payload, got["severity_id"], got["severity"], tt.want)
		}
		want := any(int64(tt.want))
		if tt.want == catalog.Unrated {
			want = nil
		}
		if got := at(shape(t, ecs, event, known), "event severity"); got != want {
			t.Errorf("%s %s: ECS has %v, want %v", tt.kind, tt.payload, got, want)
		}
	}
}
