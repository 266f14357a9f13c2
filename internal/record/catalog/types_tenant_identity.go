package catalog

// tenantIdentityRows are the types on the identities of the tenant: people, groups, roles, keys, single sign-on.
func tenantIdentityRows() []row {
	return []row{
		{
			"tenant.admin_api_key.created", "Admin API Key", EntityCreate, "", High, RaiseNothing, Success, IAM, Admin | Creation,
			"created an admin API key", "An admin key reaches the whole organization.",
			"",
		},
		{
			"tenant.admin_api_key.deleted", "Admin API Key", EntityDelete, "", Low, RaiseNothing, Success, IAM, Admin | Deletion,
			"deleted an admin API key", "",
			"",
		},
		{
			"tenant.admin_api_key.updated", "Admin API Key", EntityUpdate, "", High, RaiseNothing, Success, IAM, Admin | Change,
			"changed an admin API key", "An admin key reaches the whole organization.",
			"",
		},
		{
			"tenant.chatgpt_access_token.revoked", "ChatGPT Access Token", EntityDelete, "", Low, RaiseNothing, Success, IAM, Deletion,
			"revoked a ChatGPT access token", "",
			"",
		},
		{
			"tenant.custom_role.created", Role, RoleCreate, "", Medium, RaiseNothing, Success, IAM, Admin | Creation,
			"created a custom role", "",
			"",
		},
		{
			"tenant.custom_role.deleted", Role, RoleDelete, "", Medium, RaiseNothing, Success, IAM, Admin | Deletion,
			"deleted a custom role", "",
			"",
		},
		{
			"tenant.custom_role.updated", Role, RoleUpdate, "", Medium, RaiseNothing, Success, IAM, Admin | Change,
			"changed a custom role", "",
			"",
		},
		{
			"tenant.group.created", "Group", GroupCreate, "", Info, RaiseNothing, Success, IAM, Creation | Group,
			"created a tenant's group", "",
			"",
		},
		{
			"tenant.group.deleted", "Group", GroupDelete, "", Low, RaiseNothing, Success, IAM, Deletion | Group,
			"deleted a tenant's group", "",
			"",
		},
		{
			"tenant.group.member.added", "Group", GroupAddUser, "", Low, RaiseNothing, Success, IAM, Change | Group,
			"added a member to a group", "",
			"",
		},
		{
			"tenant.group.member.removed", "Group", GroupRemoveUser, "", Low, RaiseNothing, Success, IAM, Change | Group,
			"removed a member from a group", "",
			"",
		},
		{
			"tenant.group.updated", "Group", GroupUpdate, "", Info, RaiseNothing, Success, IAM, Change | Group,
			"changed a tenant's group", "",
			"",
		},
		{
			"tenant.membership.accepted", "Membership", EntityOther, "Accept", Info, RaiseNothing, Success, IAM, Informs | Person,
			"accepted a membership", "",
			"",
		},
		{
			"tenant.membership.declined", "Membership", EntityOther, "Decline", Info, RaiseNothing, Success, IAM, Informs | Person,
			"declined a membership", "",
			"",
		},
		{
			"tenant.membership.revoked", "Membership", EntityDelete, "", Low, RaiseNothing, Success, IAM, Deletion | Person,
			"revoked a membership", "",
			"",
		},
		{
			"tenant.principal_authentication_policy.resolved", "Authentication Policy", EntityRead, "", Info, RaiseNothing, Success, IAM, Informs,
			"looked up the sign-in policy of a principal", "",
			"",
		},
		{
			"tenant.project_api_key.created", "API Key", EntityCreate, "", Low, RaiseNothing, Success, IAM, Creation,
			"created a project's API key", "",
			"",
		},
		{
			"tenant.resource_role_assignment.created", Role, UserAssignRoles, "", Medium, RaiseNothing, Success, IAM, Admin | Change | Person,
			"assigned a role on a resource", "",
			"",
		},
		{
			"tenant.resource_role_assignment.deleted", Role, UserRemoveRoles, "", Medium, RaiseNothing, Success, IAM, Admin | Change | Person,
			"took a role on a resource away", "",
			"",
		},
		{
			"tenant.role.metadata.updated", Role, RoleUpdate, "", Low, RaiseNothing, Success, IAM, Admin | Change,
			"changed a role's metadata", "",
			"",
		},
		{
			"tenant.role_assignment.created", Role, UserAssignRoles, "", Medium, RaiseNothing, Success, IAM, Admin | Change | Person,
			"assigned a role", "",
			"",
		},
		{
			"tenant.role_assignment.deleted", Role, UserRemoveRoles, "", Medium, RaiseNothing, Success, IAM, Admin | Change | Person,
			"took a role away", "",
			"",
		},
		{
			"tenant.scim.deletion.requested", "SCIM", EntityDelete, "", High, RaiseNothing, Requested, Configuration | IAM, Deletion,
			"asked for the deletion of SCIM", "People who leave will no longer be removed.",
			"",
		},
		{
			"tenant.scim.directory.created", "SCIM Directory", EntityCreate, "", Medium, RaiseNothing, Success, Configuration | IAM, Creation,
			"created a SCIM directory", "",
			"",
		},
		{
			"tenant.scim.setup.started", "SCIM", EntityOther, "Start", Low, RaiseNothing, Started, Configuration | IAM, Informs,
			"started to set up SCIM", "",
			"",
		},
		{
			"tenant.service_account.deleted", ServiceAccount, UserDelete, "", Low, RaiseNothing, Success, IAM, Deletion | Person,
			"deleted a service account", "",
			"",
		},
		{
			"tenant.service_account.token.revoked", "Service Account Token", EntityDelete, "", Low, RaiseNothing, Success, IAM, Deletion,
			"revoked a service account's token", "",
			"",
		},
		{
			"tenant.service_account.updated", ServiceAccount, UserUpdate, "", Medium, RaiseNothing, Success, IAM, Change | Person,
			"changed a service account", "",
			"",
		},
		{
			"tenant.session_policy.created", "Session Policy", EntityCreate, "", Medium, RaiseNothing, Success, Configuration | IAM, Creation,
			"created a session policy", "",
			"",
		},
		{
			"tenant.session_policy.deleted", "Session Policy", EntityDelete, "", High, RaiseNothing, Success, Configuration | IAM, Deletion,
			"deleted a session policy", "Sessions last as long as the default lets them.",
			"",
		},
		{
			"tenant.session_policy.updated", "Session Policy", EntityUpdate, "", Medium, RaiseNothing, Success, Configuration | IAM, Change,
			"changed a session policy", "",
			"",
		},
		{
			"tenant.session_revocation.started", "Session", EntityDeactivate, "", Low, RaiseNothing, Started, Session, End,
			"started to end sessions", "Sessions are ended in bulk; whose, is not told.",
			"",
		},
		{
			"tenant.sso.migrated", "SSO Connection", EntityMove, "", Medium, RaiseNothing, Success, Configuration | IAM, Change,
			"migrated single sign-on", "",
			"",
		},
		{
			"tenant.sso_connection.created", "SSO Connection", EntityCreate, "", High, RaiseNothing, Success, Configuration | IAM, Creation,
			"created an SSO connection", "It decides who can sign in at all.",
			"",
		},
		{
			"tenant.sso_connection.deleted", "SSO Connection", EntityDelete, "", High, RaiseNothing, Success, Configuration | IAM, Deletion,
			"deleted an SSO connection", "It decides who can sign in at all.",
			"",
		},
		{
			"tenant.sso_connection.setup.started", "SSO Connection", EntityOther, "Start", Low, RaiseNothing, Started, Configuration | IAM, Informs,
			"started to set up an SSO connection", "",
			"",
		},
		{
			"tenant.sso_connection.updated", "SSO Connection", EntityUpdate, "", High, RaiseNothing, Success, Configuration | IAM, Change,
			"changed an SSO connection", "It decides who can sign in at all.",
			"",
		},
		{
			"tenant.user.added", User, UserCreate, "", Low, RaiseNothing, Success, IAM, Creation | Person,
			"added a user", "",
			"",
		},
		{
			"tenant.user.invited", Invite, EntityCreate, "", Info, RaiseNothing, Success, IAM, Informs | Person,
			"invited a user", "",
			"",
		},
		{
			"tenant.user.looked_up", User, EntityRead, "", Info, RaiseNothing, Success, IAM, Informs | Person,
			"looked a user up", "",
			"",
		},
		{
			"tenant.user.removed", User, UserDelete, "", Low, RaiseNothing, Success, IAM, Deletion | Person,
			"removed a user", "",
			"",
		},
		{
			"tenant.user.updated", User, UserUpdate, "", Low, RaiseNothing, Success, IAM, Change | Person,
			"changed a user", "",
			"",
		},
		{
			"tenant.workload_identity.access_token.issued", "Session", AuthLogon, "", Info, RaiseNothing, Success, Authentication, Start,
			"was issued an access token for a workload identity", "A token was exchanged; there may be many of these.",
			"",
		},
		{
			"tenant.workload_identity.binding.created", "Workload Identity Binding", EntityCreate, "", Medium, RaiseNothing, Success, Configuration | IAM, Creation,
			"created a workload identity binding", "",
			"",
		},
		{
			"tenant.workload_identity.mapping.archived", "Workload Identity Mapping", EntityDisable, "", Low, RaiseNothing, Success, Configuration | IAM, Change,
			"archived a workload identity mapping", "",
			"",
		},
		{
			"tenant.workload_identity.mapping.created", "Workload Identity Mapping", EntityCreate, "", Medium, RaiseNothing, Success, Configuration | IAM, Creation,
			"created a workload identity mapping", "",
			"",
		},
		{
			"tenant.workload_identity.mapping.updated", "Workload Identity Mapping", EntityUpdate, "", Medium, RaiseNothing, Success, Configuration | IAM, Change,
			"changed a workload identity mapping", "",
			"",
		},
		{
			"tenant.workload_identity.principal.provisioned", ServiceAccount, UserCreate, "", Low, RaiseNothing, Success, IAM, Creation | Person,
			"provisioned a principal for a workload identity", "",
			"",
		},
		{
			"tenant.workload_identity.provider.archived", "Workload Identity Provider", EntityDisable, "", Low, RaiseNothing, Success, Configuration | IAM, Change,
			"archived a workload identity provider", "",
			"",
		},
		{
			"tenant.workload_identity.provider.created", "Workload Identity Provider", EntityCreate, "", High, RaiseNothing, Success, Configuration | IAM, Creation,
			"created a workload identity provider", "Who holds a token of that issuer can act in the tenant.",
			"",
		},
		{
			"tenant.workload_identity.provider.updated", "Workload Identity Provider", EntityUpdate, "", Medium, RaiseNothing, Success, Configuration | IAM, Change,
			"changed a workload identity provider", "",
			"",
		},
	}
}
