package organization

import (
	"slices"
	"strings"

	"fluent-bit-openai-audit/internal/config"
)

// kind is an event type as the organization's events have it.
type kind struct {
	name    string
	weight  int    // how often it comes, beside the others of its stream
	payload string // JSON under the key named like the type, with $words for expand; "" for none
}

// TenantScoped reports whether the API lists events of the type with tenant_only=true, and nowhere else. It answers
// for types that are not known yet, too.
func TenantScoped(eventType string) bool {
	known, _ := config.EventTypeNamed(eventType)
	return known.Tenant || strings.HasPrefix(eventType, "tenant.")
}

// kinds returns all types that events may have: the known ones, and two that the API might have tomorrow.
func kinds() []kind {
	all := described()
	for _, t := range config.EventTypes() {
		if !slices.ContainsFunc(all, func(k kind) bool { return k.name == t.Name }) {
			all = append(all, kind{t.Name, 1, ""})
		}
	}
	return append(all,
		kind{"quota_request.approved", 6, `{"id":"$hex","data":{"ratio":0.25,"limits":[$int,null,"$word"],"nested":{"deep":{"deeper":[]}}}}`},
		kind{"project.budget.exceeded", 6, `{"id":"$proj","amount":{"value":1234.5600,"currency":"usd"},"window":["$int",{"ends_at":$int}]}`},
	)
}

// described returns the known types whose events have a payload, or that come more often or more rarely than others.
func described() []kind {
	return []kind{
		{"api_key.created", 160, `{"id":"$key","data":{"scopes":["$scope"]}}`},
		{"api_key.updated", 60, `{"id":"$key","changes_requested":{"name":"$word","scopes":["$scope","$scope"]}}`},
		{"api_key.deleted", 80, `{"id":"$key"}`},
		{"certificate.created", 4, `{"id":"$cert","name":"$word"}`},
		{"certificate.updated", 4, `{"id":"$cert","name":"$word"}`},
		{"certificate.deleted", 4, `{"id":"$cert","name":"$word","certificate":"-----BEGIN CERTIFICATE-----\nMIIB$hex$hex$hex$hex\n-----END CERTIFICATE-----\n"}`},
		{"certificates.activated", 4, `{"certificates":[{"id":"$cert","name":"$word"},{"id":"$cert","name":"$word"}]}`},
		{"certificates.deactivated", 4, `{"certificates":[{"id":"$cert","name":"$word"}]}`},
		{"checkpoint.permission.created", 4, `{"id":"$ckpt","data":{"project_id":"$proj","fine_tuned_model_checkpoint":"ft:gpt-4.1-mini:$word::$hex:ckpt-step-$int"}}`},
		{"checkpoint.permission.deleted", 4, `{"id":"$ckpt"}`},
		{"external_key.registered", 4, `{"id":"$extkey","data":{"type":"aws_kms","region":"eu-central-1","rotation_days":$int}}`},
		{"external_key.removed", 4, `{"id":"$extkey"}`},
		{"external_storage.registered", 2, `{"id":"$storage","data":{"geography":"EU","provider":{"type":"aws","account_id":"123456789012","bucket":"$word-audit","external_id":"$org","region":"eu-central-1","role_arn":"arn:aws:iam::123456789012:role/$word"}}}`},
		{"external_storage.removed", 2, `{"id":"$storage"}`},
		{"group.created", 12, `{"id":"$group","data":{"group_name":"$word"}}`},
		{"group.updated", 12, `{"id":"$group","changes_requested":{"group_name":"$word"}}`},
		{"group.deleted", 8, `{"id":"$group"}`},
		{"invite.sent", 160, `{"id":"$invite","data":{"email":"$email","role":"$irole"}}`},
		{"invite.accepted", 120, `{"id":"$invite"}`},
		{"invite.deleted", 40, `{"id":"$invite"}`},
		{"ip_allowlist.created", 6, `{"id":"ipallow_$org","name":"$word","allowed_ips":["$cidr","$cidr"]}`},
		{"ip_allowlist.updated", 6, `{"id":"ipallow_$org","allowed_ips":["$cidr","2001:db8:$int::/48"]}`},
		{"ip_allowlist.deleted", 4, `{"id":"ipallow_$org","name":"$word","allowed_ips":["$cidr"]}`},
		{"ip_allowlist.config.activated", 4, `{"configs":[{"id":"ipallow_$org","name":"$word"}]}`},
		{"ip_allowlist.config.deactivated", 4, `{"configs":[{"id":"ipallow_$org","name":"$word"}]}`},
		{"login.succeeded", 5700, ""}, // and its twins: 79 of 100 events
		{"login.failed", 240, `{"error_code":"$loginerr","error_message":"The sign-in was not completed: $word."}`},
		{"logout.succeeded", 420, ""},
		{"logout.failed", 8, `{"error_code":"session_not_found","error_message":"The session had ended before."}`},
		{"organization.updated", 12, `{"id":"$org","changes_requested":{"title":"$word","description":"$word \u2013 \"$word\" & café","api_call_logging":"enabled_for_selected_projects","api_call_logging_project_ids":"$proj"}}`},
		{"project.created", 40, `{"id":"$proj","data":{"name":"$word","title":"$word"}}`},
		{"project.updated", 30, `{"id":"$proj","changes_requested":{"title":"$word"}}`},
		{"project.archived", 16, `{"id":"$proj"}`},
		{"project.deleted", 4, `{"id":"$proj"}`},
		{"rate_limit.updated", 30, `{"id":"rl-$word","changes_requested":{"max_requests_per_1_minute":$int,"max_tokens_per_1_minute":$int000,"batch_1_day_max_input_tokens":9007199254740993}}`},
		{"rate_limit.deleted", 8, `{"id":"rl-$word"}`},
		{"resource.deleted", 6, ""},
		{"tunnel.created", 4, ""},
		{"tunnel.updated", 4, ""},
		{"tunnel.deleted", 4, ""},
		{"workload_identity_provider.created", 4, `{"id":"$wip","data":{"issuer":"https://token.example.com/$hex","audience":["$word"],"enabled":true}}`},
		{"workload_identity_provider.updated", 4, `{"id":"$wip","changes_requested":{"enabled":false,"note":null}}`},
		{"workload_identity_provider.deleted", 4, `{"id":"$wip","name":"$word"}`},
		{"workload_identity_provider_mapping.created", 4, `{"id":"$wipm","identity_provider_id":"$wip","data":{"project_id":"$proj","ttl":$int}}`},
		{"workload_identity_provider_mapping.updated", 4, `{"id":"$wipm","identity_provider_id":"$wip","changes_requested":{"ttl":$int}}`},
		{"workload_identity_provider_mapping.deleted", 4, `{"id":"$wipm","identity_provider_id":"$wip","project_id":"$proj","service_account_id":"$svc"}`},
		{"role.created", 16, `{"id":"$role","role_name":"$word","permissions":["$scope","$scope"],"resource_type":"api.project","resource_id":"$proj"}`},
		{"role.updated", 16, `{"id":"$role","changes_requested":{"role_name":"$word","permissions_added":["$scope"],"permissions_removed":[],"metadata":{}}}`},
		{"role.deleted", 8, `{"id":"$role"}`},
		{"role.assignment.created", 60, `{"id":"role_assignment_$role__api-organization__$org_$user","principal_id":"$user","principal_type":"user","resource_id":"$org","resource_type":"api.organization"}`},
		{"role.assignment.deleted", 40, `{"id":"role_assignment_$role__api-project__$proj_$user","principal_id":"$user","principal_type":"user","resource_id":"$proj","resource_type":"api.project"}`},
		{"role.bound_to_resource", 2, `{"id":"$ws__$conn","role_id":"$role","resource_id":"$ws__$conn","resource_type":"chatgpt.connector","permissions":["read"],"workspace_id":"$ws","connector_id":"$conn","connector_name":"$word","enabled":true,"source":"role_toggle"}`},
		{"role.unbound_from_resource", 2, `{"id":"$ws__$conn","role_id":"$role","resource_id":"$ws__$conn","resource_type":"chatgpt.connector","permissions":[],"workspace_id":"$ws","connector_id":"$conn","connector_name":"$word","enabled":false,"source":"role_delete"}`},
		{"scim.enabled", 4, `{"id":"$org"}`},
		{"scim.disabled", 4, `{"id":"$org"}`},
		{"service_account.created", 50, `{"id":"$svc","data":{"role":"$mrole"}}`},
		{"service_account.updated", 30, `{"id":"$svc","changes_requested":{"role":"$mrole"}}`},
		{"service_account.deleted", 30, `{"id":"$svc"}`},
		{"user.added", 100, `{"id":"$user","data":{"role":"$mrole"}}`},
		{"user.updated", 50, `{"id":"$user","changes_requested":{"role":"$mrole"}}`},
		{"user.deleted", 60, `{"id":"$user"}`},
	}
}
