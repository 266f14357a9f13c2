package catalog

import (
	"slices"
	"strings"
)

// authLog is the type of the compliance logs that tells of sign-ins.
const authLog = "AUTH_LOG"

// Compliance returns what can be told of a record of the compliance logs by its type and its action, which is "" where it has
// none. The names of actions are parsed: there are some 150 of them, new ones come without notice, and they are made of an
// object and a verb, one behind the other or the other way round. Its class is Authentication for sign-ins; else
// Entity Management, of which OfAPI makes an API Activity where the record has what that takes. The status is the caller's
// to find out where the action does not tell.
func Compliance(logType, action string) Type {
	t := Type{Name: action, Severity: Info, Categories: Configuration, Kinds: Informs}
	if logType == authLog {
		return signIn(t, action)
	}
	if action == "" {
		t.Name, t.Object = logType, Object(ObjectName(strings.Join(thingsOf(logType), "_")))
		t.Activity, t.Status = EntityUnknown, Undecided
		if !slices.Contains(logTypes(), logType) {
			t.Severity = Unrated
		}
		return t
	}
	words := strings.Split(strings.ToLower(action), "_")
	at := slices.IndexFunc(words, func(word string) bool { return verbs(word) != 0 })
	object, verb := words, words
	switch {
	case at == 0:
		object = words[1:]
	case at > 0:
		object = words[:at]
	}
	if len(object) == 0 {
		object = thingsOf(logType)
	}
	t.Object = Object(ObjectName(strings.Join(object, "_")))
	t.Activity, t.Status = EntityOther, Undecided
	if at >= 0 {
		verb = words[at : at+1]
		t.Activity = verbs(words[at])
		if at > 0 && at < len(words)-1 && (words[at] == "add" || words[at] == "remove") {
			t.Activity = EntityUpdate // of what stands before, by what stands behind
		}
		t.Status = told(words[at])
	}
	if t.Activity == EntityOther {
		t.Verb = ObjectName(strings.Join(verb, "_"))
	}
	t.Categories, t.Kinds = complianceKinds(t.Activity, words)
	if level, ok := notable[action]; ok {
		t.Severity = level
	}
	return t
}

// logTypes returns the types of the compliance logs that were known when this version was made.
func logTypes() []string {
	return []string{
		"AUDIT_LOG", authLog, "APP_LOG", "APP_AUTH_LOG", "CODEX_LOG", "CODEX_SECURITY_LOG", "CUSTOM_AGENTS_LOG", "CONVERSATION_MESSAGE",
		"CHATGPT_PLUGIN_SPREADSHEET", "COSTS", "CODEX_TURN",
	}
}

// thingsOf returns the words that say what a type of the logs is about.
func thingsOf(logType string) []string {
	return strings.Split(strings.ToLower(strings.TrimSuffix(strings.TrimSuffix(logType, "_LOG"), "_AUTH")), "_")
}

// told returns how what a verb tells of has ended, as far as it says so.
func told(verb string) Status {
	switch verb {
	case "failed":
		return Failure
	case "started":
		return Started
	case "requested":
		return Requested
	case "created", "updated", "deleted", "removed", "revoked", "installed", "uninstalled", "completed", "published", "resolved",
		"received", "sent", "used", "provisioned":
		return Success
	default:
		return Undecided
	}
}

// verbs returns the activity that a verb of an action stands for, EntityOther for one of which OCSF has none, and 0 for a word
// that is no verb.
func verbs(word string) Activity {
	switch word {
	case "create", "created", "add", "provisioned":
		return EntityCreate
	case "get", "list", "view", "read", "export", "download", "check":
		return EntityRead
	case "update", "updated", "set", "edit", "change", "toggle", "allow", "disallow", "write":
		return EntityUpdate
	case "delete", "deleted", "remove", "removed", "revoke", "revoked", "uninstalled":
		return EntityDelete
	case "activate":
		return EntityActivate
	case "accept", "approve", "assign", "unassign", "isolate", "link", "unlink", "publish", "published", "unpublish", "share", "unshare",
		"send", "sent", "received", "used", "completed", "failed", "started", "requested", "resolved", "installed", "acknowledgement",
		"suggested", "logged", "logout":
		return EntityOther
	}
	return 0
}

// complianceKinds returns ECS's categories and types of an action, made of words.
func complianceKinds(a Activity, words []string) (Category, Kind) {
	category, kind := Configuration, Informs
	for _, word := range words {
		switch word {
		case "user", "users", "invite", "group", "groups", "role", "saml", "scim", "token", "session", "domain":
			category = IAM
		}
	}
	switch a {
	case EntityCreate:
		kind = Creation
	case EntityUpdate, EntityActivate:
		kind = Change
	case EntityDelete:
		kind = Deletion
	}
	return category, kind
}

// signIn fills a type in for an action of AUTH_LOG.
func signIn(t Type, action string) Type {
	t.Object, t.Categories, t.Kinds = "Session", Authentication, Informs
	switch action {
	case "login_success", "native_login_success":
		t.Activity, t.Kinds = AuthLogon, Start
	case "login_failed", "password_login_invalid_password", "password_login_sentinel_blocked":
		t.Activity, t.Kinds, t.Severity, t.Status = AuthLogon, Start, Low, Failure
	case "logout_success":
		t.Activity, t.Kinds = AuthLogoff, End
	case "":
		t.Name, t.Activity, t.Verb, t.Status = authLog, AuthOther, "Sign-in", Undecided
	default:
		words := strings.Split(action, "_")
		t.Activity, t.Status = AuthOther, Undecided
		switch words[len(words)-1] {
		case "success":
			t.Status, words = Success, words[:len(words)-1]
		case "issued", "revoked", "admin":
			t.Status = Success
		case "error", "failed", "blocked":
			t.Status, t.Severity = Failure, Low
		case "initiated":
			t.Status = Started
		}
		t.Verb = ObjectName(strings.Join(words, "_"))
	}
	return t
}

// notable are the actions that the detections look at, with what they are worth.
var notable = map[string]Severity{ //nolint:gochecknoglobals // a constant table
	"APP_CREATE": Medium, "APP_ACTIVATE": Medium, "APP_PUBLISH": Medium,
	"APP_UPDATE_ACCESS_POLICY": Medium, "APP_SET_ENABLED_ACTIONS": Medium, "PLUGIN_UPDATE_INSTALLATION_POLICY": Medium,
	"ROLE_SET_PLUGIN_PERMISSIONS": Medium, "ROLE_SET_CONNECTOR_PERMISSIONS": Medium, "ROLE_SET_ALL_CONNECTOR_PERMISSIONS": Medium,
	"WORKSPACE_SET_COMPLIANCE_API_IP_ALLOWLIST": High, "WORKSPACE_SET_IP_ALLOWLIST": High,
	"WORKSPACE_SET_SHARING_PERMISSION": High, "WORKSPACE_SET_POLICY": High,
	"SKILL_SHARE": Medium, "SKILL_WORKSPACE_ACCESS": Medium, "CONVERSATION_SHARE": Low, "CONVERSATION_VIEW_OF_SHARED": Low,
}

// Inventory returns what can be told of an object of the organization by its kind and by what became of it: "present",
// "added", "changed" or "removed".
func Inventory(kind, change string) Type {
	words := strings.Split(kind, ".")
	last := words[len(words)-1]
	t := Type{Name: kind, Severity: Info, Categories: Configuration, Kinds: Informs, Activity: EntityRead}
	switch change {
	case "added":
		t.Activity, t.Kinds = EntityCreate, Creation
	case "changed":
		t.Activity, t.Kinds = EntityUpdate, Change
	case "removed":
		t.Activity, t.Kinds = EntityDelete, Deletion
	case "present":
	default:
		t.Activity, t.Status = EntityUnknown, Undecided
	}
	switch last {
	case "user":
		t.Object, t.Categories, t.Kinds = User, IAM, t.Kinds|Person
	case "service_account":
		t.Object, t.Categories, t.Kinds = ServiceAccount, IAM, t.Kinds|Person
	case "group":
		t.Object, t.Categories, t.Kinds = "Group", IAM, t.Kinds|Group
	case "role", "invite", "api_key", "admin_api_key", "workload_identity_provider", "federation_rule":
		t.Object, t.Categories = Object(ObjectName(last)), IAM
	default:
		t.Object = Object(ObjectName(strings.ReplaceAll(kind, ".", "_")))
	}
	return t
}
