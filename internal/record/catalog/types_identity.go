package catalog

// identityRows are the types on people, service accounts, groups, roles, invitations and sign-ins.
func identityRows() []row {
	return []row{
		{
			"group.created", "Group", GroupCreate, "", Info, RaiseNothing, Success, IAM, Creation | Group,
			"created a group", "",
			"id data.group_name",
		},
		{
			"group.deleted", "Group", GroupDelete, "", Low, RaiseNothing, Success, IAM, Deletion | Group,
			"deleted a group", "",
			"id",
		},
		{
			"group.updated", "Group", GroupUpdate, "", Info, RaiseNothing, Success, IAM, Change | Group,
			"changed a group", "A new name is all that the payload tells; members change by tenant.group.member.*.",
			"id changes_requested.group_name",
		},
		{
			"invite.accepted", Invite, EntityOther, "Accept", Info, RaiseNothing, Success, IAM, Informs | Person,
			"accepted an invitation", "Who joins is the actor.",
			"id",
		},
		{
			"invite.deleted", Invite, EntityDelete, "", Info, RaiseNothing, Success, IAM, Deletion,
			"deleted an invitation", "",
			"id",
		},
		{
			"invite.sent", Invite, EntityCreate, "", Info, RaiseOwner, Success, IAM, Informs | Person,
			"sent an invitation", "",
			"id data.email data.role",
		},
		{
			"login.failed", "Session", AuthLogon, "", Low, RaiseNothing, Failure, Authentication, Start,
			"failed to sign in", "The user may be missing: an account that does not exist has none.",
			"error_code error_message",
		},
		{
			"login.succeeded", "Session", AuthLogon, "", Info, RaiseNothing, Success, Authentication | Session, Start,
			"signed in", "",
			"",
		},
		{
			"logout.failed", "Session", AuthLogoff, "", Info, RaiseNothing, Failure, Authentication, End,
			"failed to sign out", "",
			"error_code error_message",
		},
		{
			"logout.succeeded", "Session", AuthLogoff, "", Info, RaiseNothing, Success, Authentication | Session, End,
			"signed out", "",
			"",
		},
		{
			"role.assignment.created", Role, UserAssignRoles, "", Medium, RaiseRole, Success, IAM, Admin | Change | Person,
			"assigned a role", "The principal may be a user, a group or a service account.",
			"id principal_id principal_type resource_id resource_type",
		},
		{
			"role.assignment.deleted", Role, UserRemoveRoles, "", Medium, RaiseNothing, Success, IAM, Admin | Change | Person,
			"took a role away", "The principal may be a user, a group or a service account.",
			"id principal_id principal_type resource_id resource_type",
		},
		{
			"role.bound_to_resource", Role, RoleAssignResources, "", Medium, RaiseNothing, Success, IAM, Admin | Change,
			"bound a role to a resource", "The resource may be a connector; enabled may be false.",
			"id role_id resource_id resource_type permissions workspace_id connector_id connector_name enabled source",
		},
		{
			"role.created", Role, RoleCreate, "", Medium, RaisePermissions, Success, IAM, Admin | Creation,
			"created a role", "",
			"id role_name permissions resource_type resource_id",
		},
		{
			"role.deleted", Role, RoleDelete, "", Medium, RaiseNothing, Success, IAM, Admin | Deletion,
			"deleted a role", "",
			"id",
		},
		{
			"role.unbound_from_resource", Role, RoleRemoveResources, "", Medium, RaiseNothing, Success, IAM, Admin | Change,
			"unbound a role from a resource", "",
			"id role_id resource_id resource_type permissions workspace_id connector_id connector_name enabled source",
		},
		{
			"role.updated", Role, RoleUpdate, "", Medium, RaisePermissions, Success, IAM, Admin | Change,
			"changed a role", "",
			"id changes_requested.role_name changes_requested.resource_id changes_requested.resource_type changes_requested.permissions_added changes_requested.permissions_removed changes_requested.description changes_requested.metadata",
		},
		{
			"scim.disabled", "SCIM", EntityDisable, "", High, RaiseNothing, Success, Configuration | IAM, Change,
			"turned SCIM off", "People who leave are no longer removed.",
			"id",
		},
		{
			"scim.enabled", "SCIM", EntityEnable, "", Medium, RaiseNothing, Success, Configuration | IAM, Change,
			"turned SCIM on", "",
			"id",
		},
		{
			"service_account.created", ServiceAccount, UserCreate, "", Medium, RaiseOwner, Success, IAM, Creation | Person,
			"created a service account", "",
			"id data.role",
		},
		{
			"service_account.deleted", ServiceAccount, UserDelete, "", Low, RaiseNothing, Success, IAM, Deletion | Person,
			"deleted a service account", "",
			"id",
		},
		{
			"service_account.updated", ServiceAccount, UserAssignRoles, "", Medium, RaiseOwner, Success, IAM, Admin | Change | Person,
			"changed a service account's role", "",
			"id changes_requested.role",
		},
		{
			"user.added", User, UserCreate, "", Low, RaiseOwner, Success, IAM, Creation | Person,
			"added a user", "",
			"id data.role",
		},
		{
			"user.deleted", User, UserDelete, "", Low, RaiseNothing, Success, IAM, Deletion | Person,
			"removed a user", "",
			"id",
		},
		{
			"user.updated", User, UserAssignRoles, "", Medium, RaiseOwner, Success, IAM, Admin | Change | Person,
			"changed a user's role", "",
			"id changes_requested.role",
		},
	}
}
