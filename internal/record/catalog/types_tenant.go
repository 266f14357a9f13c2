package catalog

// tenantRows are the types on the tenant, but for those on identities.
func tenantRows() []row {
	return []row{
		{
			"tenant.ads_account.onboarding.redemption", "Ads Account Onboarding", EntityOther, "Redeem", Info, RaiseNothing, Success, Configuration, Informs,
			"redeemed the onboarding of an ads account", "",
			"",
		},
		{
			"tenant.api_organization_invite.deleted", Invite, EntityDelete, "", Info, RaiseNothing, Success, IAM, Deletion,
			"deleted an invitation to the API organization", "",
			"",
		},
		{
			"tenant.api_organization_invite.upserted", Invite, EntityUpdate, "", Info, RaiseNothing, Success, IAM, Change,
			"sent or changed an invitation to the API organization", "Sent anew or changed: the API does not tell which.",
			"",
		},
		{
			"tenant.billing.alerts.updated", "Billing Alerts", EntityUpdate, "", Low, RaiseNothing, Success, Configuration, Change,
			"changed the billing alerts", "",
			"",
		},
		{
			"tenant.billing.info.updated", "Billing Info", EntityUpdate, "", Low, RaiseNothing, Success, Configuration, Change,
			"changed the billing information", "",
			"",
		},
		{
			"tenant.billing.overage_limit.updated", "Overage Limit", EntityUpdate, "", Low, RaiseNothing, Success, Configuration, Change,
			"changed the overage limit", "",
			"",
		},
		{
			"tenant.chatgpt_workspace_invite.upserted", Invite, EntityUpdate, "", Info, RaiseNothing, Success, IAM, Change,
			"sent or changed an invitation to the ChatGPT workspace", "Sent anew or changed: the API does not tell which.",
			"",
		},
		{
			"tenant.domains.migrated", "Domain", EntityMove, "", Medium, RaiseNothing, Success, Configuration | IAM, Change,
			"migrated domains", "",
			"",
		},
		{
			"tenant.metadata.updated", Organization, EntityUpdate, "", Info, RaiseNothing, Success, Configuration, Change,
			"changed the tenant's metadata", "",
			"",
		},
		{
			"tenant.microsoft_entra_mapping.deleted", "Microsoft Entra Mapping", EntityDelete, "", High, RaiseNothing, Success, Configuration | IAM, Deletion,
			"deleted the mapping to a Microsoft Entra tenant", "",
			"",
		},
		{
			"tenant.microsoft_entra_mapping.upserted", "Microsoft Entra Mapping", EntityUpdate, "", Medium, RaiseNothing, Success, Configuration | IAM, Change,
			"mapped a Microsoft Entra tenant", "Set anew or changed: the API does not tell which.",
			"",
		},
		{
			"tenant.migration.completed", "Tenant Migration", EntityOther, "Complete", Low, RaiseNothing, Success, Configuration, Informs,
			"completed the migration of the tenant", "",
			"",
		},
		{
			"tenant.migration_rollout.status.updated", "Migration Rollout", EntityUpdate, "", Info, RaiseNothing, Success, Configuration, Change,
			"changed the status of the migration rollout", "",
			"",
		},
		{
			"tenant.migration_rollout.tier.updated", "Migration Rollout", EntityUpdate, "", Info, RaiseNothing, Success, Configuration, Change,
			"changed the tier of the migration rollout", "",
			"",
		},
		{
			"tenant.policy.attached", Policy, EntityActivate, "", Medium, RaiseNothing, Success, Configuration | IAM, Change,
			"attached a policy", "",
			"",
		},
		{
			"tenant.policy.created", Policy, EntityCreate, "", Medium, RaiseNothing, Success, Configuration | IAM, Creation,
			"created a policy", "",
			"",
		},
		{
			"tenant.policy.deleted", Policy, EntityDelete, "", High, RaiseNothing, Success, Configuration | IAM, Deletion,
			"deleted a policy", "What the policy kept people from, it keeps them from no more.",
			"",
		},
		{
			"tenant.policy.detached", Policy, EntityDeactivate, "", High, RaiseNothing, Success, Configuration | IAM, Change,
			"detached a policy", "What the policy kept people from, it keeps them from no more.",
			"",
		},
		{
			"tenant.policy.updated", Policy, EntityUpdate, "", Medium, RaiseNothing, Success, Configuration | IAM, Change,
			"changed a policy", "",
			"",
		},
		{
			"tenant.product_access_policy.updated", "Product Access Policy", EntityUpdate, "", Medium, RaiseNothing, Success, Configuration | IAM, Change,
			"changed the policy on access to products", "",
			"",
		},
		{
			"tenant.resource_access.deleted", "Resource Access", EntityDelete, "", Low, RaiseNothing, Success, IAM, Admin | Deletion,
			"deleted access to a resource", "",
			"",
		},
		{
			"tenant.resource_access.updated", "Resource Access", EntityUpdate, "", Medium, RaiseNothing, Success, IAM, Admin | Change,
			"changed access to a resource", "Whose access it is, the API does not tell.",
			"",
		},
		{
			"tenant.resource_share_grant.accepted", "Resource Share Grant", EntityOther, "Accept", Medium, RaiseNothing, Success, IAM, Informs,
			"accepted a shared resource", "Something is shared beyond the tenant.",
			"",
		},
		{
			"tenant.resource_share_grant.created", "Resource Share Grant", EntityCreate, "", Medium, RaiseNothing, Success, IAM, Creation,
			"shared a resource", "Something is shared beyond the tenant.",
			"",
		},
		{
			"tenant.resource_share_grant.declined", "Resource Share Grant", EntityOther, "Decline", Info, RaiseNothing, Success, IAM, Informs,
			"declined a shared resource", "",
			"",
		},
		{
			"tenant.resource_share_grant.deleted", "Resource Share Grant", EntityDelete, "", Low, RaiseNothing, Success, IAM, Deletion,
			"deleted the sharing of a resource", "",
			"",
		},
		{
			"tenant.resource_share_grant.revoked", "Resource Share Grant", EntityDelete, "", Low, RaiseNothing, Success, IAM, Deletion,
			"revoked the sharing of a resource", "",
			"",
		},
		{
			"tenant.resource_share_grant.updated", "Resource Share Grant", EntityUpdate, "", Medium, RaiseNothing, Success, IAM, Change,
			"changed the sharing of a resource", "",
			"",
		},
		{
			"tenant.third_party_app_policy.updated", "Third Party App Policy", EntityUpdate, "", Medium, RaiseNothing, Success, Configuration | IAM, Change,
			"changed the policy on third-party apps", "",
			"",
		},
		{
			"tenant.trusted_access.application.submitted", "Trusted Access Application", EntityCreate, "", Info, RaiseNothing, Submitted, Configuration, Creation,
			"submitted an application for trusted access", "",
			"",
		},
		{
			"tenant.trusted_access.business_verification.started", "Business Verification", EntityOther, "Start", Info, RaiseNothing, Started, Configuration, Informs,
			"started the verification of the business", "",
			"",
		},
		{
			"tenant.usage_limit.group.updated", "Usage Limit", EntityUpdate, "", Low, RaiseNothing, Success, Configuration, Change,
			"changed a group's usage limit", "",
			"",
		},
		{
			"tenant.usage_limit.increase_request.resolved", "Usage Limit Request", EntityOther, "Resolve", Info, RaiseNothing, Undecided, Configuration, Informs,
			"resolved a request for a higher usage limit", "Granted or refused: the API does not tell.",
			"",
		},
		{
			"tenant.usage_limit.increase_request.updated", "Usage Limit Request", EntityUpdate, "", Info, RaiseNothing, Success, Configuration, Change,
			"changed a request for a higher usage limit", "",
			"",
		},
		{
			"tenant.usage_limit.user.updated", "Usage Limit", EntityUpdate, "", Low, RaiseNothing, Success, Configuration, Change,
			"changed a user's usage limit", "",
			"",
		},
		{
			"tenant.usage_limit.workspace.updated", "Usage Limit", EntityUpdate, "", Low, RaiseNothing, Success, Configuration, Change,
			"changed a workspace's usage limit", "",
			"",
		},
		{
			"tenant.workspace_invite_email_settings.updated", "Invite Email Settings", EntityUpdate, "", Info, RaiseNothing, Success, Configuration, Change,
			"changed the settings of invitation e-mails", "",
			"",
		},
	}
}
