package catalog

// A Rule is one of the Sigma rules in conf/sigma.
type Rule struct {
	Name  string // of its file, without the extension
	Title string
	Level string
	Types []string // the audit log's types that it looks at, sorted
}

// Rules returns the Sigma rules that look at types of the audit log, sorted by name.
func Rules() []Rule {
	return []Rule{
		{"openai_audit_admin_key_changed", "OpenAI Admin API Key Changed", "high", []string{
			"api_key.updated",
			"tenant.admin_api_key.updated",
		}},
		{"openai_audit_admin_key_created", "OpenAI Admin API Key Created", "high", []string{
			"api_key.created",
			"tenant.admin_api_key.created",
		}},
		{"openai_audit_call_logging_reduced", "OpenAI Call Logging Turned Off", "high", []string{
			"organization.updated",
		}},
		{"openai_audit_certificate_changed", "OpenAI Certificate Added Or Changed", "medium", []string{
			"certificate.created",
			"certificate.updated",
			"certificates.activated",
		}},
		{"openai_audit_custom_role_changed", "OpenAI Custom Role Created Or Changed", "medium", []string{
			"role.bound_to_resource",
			"role.created",
			"role.deleted",
			"role.unbound_from_resource",
			"role.updated",
			"tenant.custom_role.created",
			"tenant.custom_role.deleted",
			"tenant.custom_role.updated",
			"tenant.role.metadata.updated",
		}},
		{"openai_audit_external_key_changed", "OpenAI Customer Held Key Registered Or Removed", "high", []string{
			"external_key.registered",
			"external_key.removed",
		}},
		{"openai_audit_external_storage_changed", "OpenAI External Storage Registered Or Removed", "high", []string{
			"external_storage.registered",
			"external_storage.removed",
		}},
		{"openai_audit_ip_allowlist_changed", "OpenAI IP Allow List Changed", "medium", []string{
			"ip_allowlist.config.activated",
			"ip_allowlist.created",
			"ip_allowlist.updated",
		}},
		{"openai_audit_ip_allowlist_open", "OpenAI IP Allow List Opened To All", "high", []string{
			"ip_allowlist.created",
			"ip_allowlist.updated",
		}},
		{"openai_audit_ip_allowlist_removed", "OpenAI IP Allow List Removed", "high", []string{
			"ip_allowlist.config.deactivated",
			"ip_allowlist.deleted",
		}},
		{"openai_audit_key_deleted", "OpenAI API Key Deleted", "informational", []string{
			"api_key.deleted",
			"tenant.admin_api_key.deleted",
		}},
		{"openai_audit_key_with_all_scopes", "OpenAI API Key With All Scopes", "medium", []string{
			"api_key.created",
			"api_key.updated",
		}},
		{"openai_audit_login_after_failures", "OpenAI Sign In After Many Failures", "high", []string{
			"login.failed",
			"login.succeeded",
		}},
		{"openai_audit_login_failed", "OpenAI Sign In Failed", "informational", []string{
			"login.failed",
		}},
		{"openai_audit_login_failures_of_address", "OpenAI Many Failed Sign Ins From One Address", "medium", []string{
			"login.failed",
		}},
		{"openai_audit_login_failures_of_user", "OpenAI Many Failed Sign Ins Of One User", "medium", []string{
			"login.failed",
		}},
		{"openai_audit_login_from_several_countries", "OpenAI Sign Ins Of One User From Several Countries", "medium", []string{
			"login.succeeded",
		}},
		{"openai_audit_login_succeeded", "OpenAI Sign In", "informational", []string{
			"login.succeeded",
		}},
		{"openai_audit_mass_key_deletion", "OpenAI Mass Deletion Of API Keys", "high", []string{
			"api_key.deleted",
			"tenant.admin_api_key.deleted",
		}},
		{"openai_audit_mtls_off", "OpenAI Mutual TLS Turned Off", "high", []string{
			"certificate.deleted",
			"certificates.deactivated",
		}},
		{"openai_audit_owner_granted", "OpenAI Owner Role Granted", "high", []string{
			"invite.sent",
			"service_account.created",
			"service_account.updated",
			"user.added",
			"user.updated",
		}},
		{"openai_audit_owner_role_assigned", "OpenAI Owner Or Admin Role Assigned", "high", []string{
			"role.assignment.created",
		}},
		{"openai_audit_project_archived", "OpenAI Project Archived Or Deleted", "medium", []string{
			"project.archived",
			"project.deleted",
		}},
		{"openai_audit_rate_limit_changed", "OpenAI Rate Limit Changed", "low", []string{
			"rate_limit.deleted",
			"rate_limit.updated",
		}},
		{"openai_audit_rate_limit_raised_high", "OpenAI Rate Limit Raised To Many Requests", "medium", []string{
			"rate_limit.updated",
		}},
		{"openai_audit_resource_shared", "OpenAI Resource Shared", "medium", []string{
			"checkpoint.permission.created",
			"tenant.resource_share_grant.accepted",
			"tenant.resource_share_grant.created",
			"tenant.resource_share_grant.updated",
		}},
		{"openai_audit_role_assigned", "OpenAI Role Assigned Or Taken Away", "low", []string{
			"role.assignment.created",
			"role.assignment.deleted",
			"tenant.resource_role_assignment.created",
			"tenant.resource_role_assignment.deleted",
			"tenant.role_assignment.created",
			"tenant.role_assignment.deleted",
		}},
		{"openai_audit_role_permission_admin", "OpenAI Role Given Admin Permission", "high", []string{
			"role.created",
			"role.updated",
		}},
		{"openai_audit_scim_changed", "OpenAI SCIM Changed", "medium", []string{
			"scim.enabled",
			"tenant.scim.directory.created",
			"tenant.scim.setup.started",
		}},
		{"openai_audit_scim_off", "OpenAI SCIM Turned Off", "high", []string{
			"scim.disabled",
			"tenant.scim.deletion.requested",
		}},
		{"openai_audit_service_account_created", "OpenAI Service Account Created", "medium", []string{
			"service_account.created",
			"tenant.workload_identity.principal.provisioned",
		}},
		{"openai_audit_sso_changed", "OpenAI Single Sign On Changed", "high", []string{
			"tenant.domains.migrated",
			"tenant.microsoft_entra_mapping.deleted",
			"tenant.microsoft_entra_mapping.upserted",
			"tenant.sso.migrated",
			"tenant.sso_connection.created",
			"tenant.sso_connection.deleted",
			"tenant.sso_connection.setup.started",
			"tenant.sso_connection.updated",
		}},
		{"openai_audit_tenant_policy_changed", "OpenAI Tenant Policy Changed", "medium", []string{
			"tenant.policy.attached",
			"tenant.policy.created",
			"tenant.policy.updated",
			"tenant.product_access_policy.updated",
			"tenant.session_policy.created",
			"tenant.session_policy.updated",
			"tenant.third_party_app_policy.updated",
		}},
		{"openai_audit_tenant_policy_weakened", "OpenAI Tenant Policy Detached Or Deleted", "high", []string{
			"tenant.policy.deleted",
			"tenant.policy.detached",
			"tenant.session_policy.deleted",
		}},
		{"openai_audit_tunnel_changed", "OpenAI Tunnel Created Or Changed", "high", []string{
			"tunnel.created",
			"tunnel.updated",
		}},
		{"openai_audit_usage_limit_changed", "OpenAI Usage Or Spending Limit Changed", "low", []string{
			"tenant.billing.alerts.updated",
			"tenant.billing.overage_limit.updated",
			"tenant.usage_limit.group.updated",
			"tenant.usage_limit.user.updated",
			"tenant.usage_limit.workspace.updated",
		}},
		{"openai_audit_workload_identity_changed", "OpenAI Workload Identity Changed", "high", []string{
			"tenant.workload_identity.binding.created",
			"tenant.workload_identity.mapping.created",
			"tenant.workload_identity.mapping.updated",
			"tenant.workload_identity.provider.created",
			"tenant.workload_identity.provider.updated",
			"workload_identity_provider.created",
			"workload_identity_provider.updated",
			"workload_identity_provider_mapping.created",
			"workload_identity_provider_mapping.updated",
		}},
	}
}
