package format

// A slot is a place in an event from which the shaped formats take a value.
type slot uint8

// The slots. Those from slotPayloadID on lie in the payload.
const (
	slotID slot = iota
	slotType
	slotTime
	slotObject
	slotProjectID
	slotProjectName
	slotActorType
	slotUserID
	slotUserEmail
	slotIP
	slotUserAgent
	slotJA3
	slotJA4
	slotCountry
	slotCity
	slotRegion
	slotRegionCode
	slotASN
	slotLatitude
	slotLongitude
	slotKeyID
	slotKeyType
	slotKeyUserID
	slotKeyUserEmail
	slotServiceAccount

	slotPayloadID
	slotName
	slotRoleName
	slotRoleID
	slotPermissions
	slotResourceType
	slotResourceID
	slotPrincipalID
	slotPrincipalType
	slotConnectorName
	slotAllowedIPs
	slotCertificates
	slotConfigs
	slotErrorCode
	slotErrorMessage
	slotDataRole
	slotDataEmail
	slotDataName
	slotDataTitle
	slotDataGroupName
	slotDataScopes
	slotNewRole
	slotNewName
	slotNewTitle
	slotNewGroupName
	slotNewRoleName
	slotNewScopes
	slotNewResourceType
	slotNewResourceID
	slotPermissionsAdded

	slots
)

// field is one line of the list: where in the event a slot's value stands, "$" being the payload, and where it
// goes. Several goals are parted by a comma; in ocsf the object that the event is about is called target.
type field struct {
	path      string
	slot      slot
	ocsf, ecs string
}

// fieldsOf is the list of what the shaped formats take from an event of a source.
func fieldsOf(source Source) []field {
	switch source {
	case ComplianceLogs:
		return complianceFields()
	case Organization:
		return inventoryFields()
	default:
		return fields()
	}
}

// fields is the list of what the shaped formats take from an event of the audit log.
func fields() []field {
	return []field{
		{"id", slotID, "metadata.uid", "event.id"},
		{"type", slotType, "metadata.event_code, api.operation", "event.action"},
		{"effective_at", slotTime, "time, metadata.original_time", "@timestamp"},
		{"object", slotObject, "metadata.log_name", ""},
		{"project.id", slotProjectID, "cloud.account.uid", "cloud.project.id"},
		{"project.name", slotProjectName, "cloud.account.name", "cloud.project.name"},

		{"actor.type", slotActorType, "actor.user.type", ""},
		{"actor.session.user.id", slotUserID, "actor.user.uid", "user.id, related.user"},
		{"actor.session.user.email", slotUserEmail, "actor.user.name, actor.user.email_addr", "user.email, user.domain, related.user"},
		{"actor.session.ip_address", slotIP, "src_endpoint.ip", "source.ip, related.ip"},
		{"actor.session.user_agent", slotUserAgent, "http_request.user_agent", "user_agent.original"},
		{"actor.session.ja3", slotJA3, "src_endpoint.fingerprints", "tls.client.ja3"},
		{"actor.session.ja4", slotJA4, "src_endpoint.fingerprints", ""},
		{"actor.session.ip_address_details.country", slotCountry, "src_endpoint.location.country", "source.geo.country_iso_code"},
		{"actor.session.ip_address_details.city", slotCity, "src_endpoint.location.city", "source.geo.city_name"},
		{"actor.session.ip_address_details.region", slotRegion, "src_endpoint.location.desc", "source.geo.region_name"},
		{"actor.session.ip_address_details.region_code", slotRegionCode, "src_endpoint.location.region", "source.geo.region_iso_code"},
		{"actor.session.ip_address_details.asn", slotASN, "src_endpoint.autonomous_system.number", "source.as.number"},
		{"actor.session.ip_address_details.latitude", slotLatitude, "src_endpoint.location.lat", "source.geo.location.lat"},
		{"actor.session.ip_address_details.longitude", slotLongitude, "src_endpoint.location.long", "source.geo.location.lon"},
		{"actor.api_key.id", slotKeyID, "actor.user.programmatic_credentials.uid", ""},
		{"actor.api_key.type", slotKeyType, "actor.user.type", ""},
		{"actor.api_key.user.id", slotKeyUserID, "actor.user.uid", "user.id, related.user"},
		{"actor.api_key.user.email", slotKeyUserEmail, "actor.user.name, actor.user.email_addr", "user.email, user.domain, related.user"},
		{"actor.api_key.service_account.id", slotServiceAccount, "actor.user.uid", "service.id, user.id, related.user"},

		{"$.id", slotPayloadID, "target.uid", "user.target.id or group.id"},
		{"$.name", slotName, "target.name", ""},
		{"$.role_name", slotRoleName, "iam_role.name", ""},
		{"$.role_id", slotRoleID, "iam_role.uid", ""},
		{"$.permissions", slotPermissions, "iam_role.privileges", ""},
		{"$.resource_type", slotResourceType, "resources.type", ""},
		{"$.resource_id", slotResourceID, "resources.uid", ""},
		{"$.principal_id", slotPrincipalID, "user.uid or group.uid", "user.target.id or group.id"},
		{"$.principal_type", slotPrincipalType, "user.type", ""},
		{"$.connector_name", slotConnectorName, "resources.name", ""},
		{"$.allowed_ips", slotAllowedIPs, "entity.data", ""},
		{"$.certificates", slotCertificates, "entity.uid and entity.name of the first, entity.data", ""},
		{"$.configs", slotConfigs, "entity.uid and entity.name of the first, entity.data", ""},
		{"$.error_code", slotErrorCode, "status_code", "error.code"},
		{"$.error_message", slotErrorMessage, "status_detail", "event.reason"},
		{"$.data.role", slotDataRole, "iam_roles.name", "user.target.roles"},
		{"$.data.email", slotDataEmail, "entity.name, entity.user.email_addr", "user.target.email"},
		{"$.data.name", slotDataName, "entity.name", ""},
		{"$.data.title", slotDataTitle, "entity.name", ""},
		{"$.data.group_name", slotDataGroupName, "group.name", "group.name"},
		{"$.data.scopes", slotDataScopes, "entity.data", ""},
		{"$.changes_requested.role", slotNewRole, "iam_roles.name", "user.target.roles"},
		{"$.changes_requested.name", slotNewName, "updated_entity.name", ""},
		{"$.changes_requested.title", slotNewTitle, "updated_entity.name", ""},
		{"$.changes_requested.group_name", slotNewGroupName, "updated_group.name", "group.name"},
		{"$.changes_requested.role_name", slotNewRoleName, "updated_role.name", ""},
		{"$.changes_requested.scopes", slotNewScopes, "entity.data", ""},
		{"$.changes_requested.resource_type", slotNewResourceType, "resources.type", ""},
		{"$.changes_requested.resource_id", slotNewResourceID, "resources.uid", ""},
		{"$.changes_requested.permissions_added", slotPermissionsAdded, "updated_role.privileges", ""},
	}
}

// Place is where a field of the event goes.
type Place struct{ Path, OCSF, ECS string }

// Mapping returns where the shaped formats put the fields of a source's events that they have a place for. Paths that begin
// with $ are those of the payload. ECS has the whole event besides.
func Mapping(source Source) []Place {
	var list []Place
	for _, f := range fieldsOf(source) {
		list = append(list, Place{f.path, f.ocsf, f.ecs})
	}
	return list
}
