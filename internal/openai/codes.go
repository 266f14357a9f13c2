package openai

import "strings"

// fact is what an error code of the API says.
type fact struct {
	kind   Kind
	reason Reason
	remedy string // "": the reason's own
}

// codes are the error codes that the API is known to send to requests such as ours. It gives most of them to one status,
// but not all: a missing scope comes with 401 and with 403.
var codes = map[string]fact{ //nolint:gochecknoglobals // a constant table
	"invalid_api_key":   {kind: KeyRejected, reason: ReasonIncorrectKey},
	"incorrect_api_key": {kind: KeyRejected, reason: ReasonIncorrectKey},
	"expired_api_key":   {kind: KeyRejected, reason: ReasonExpiredKey},
	"api_key_expired":   {kind: KeyRejected, reason: ReasonExpiredKey},
	"token_expired":     {kind: KeyRejected, reason: ReasonExpiredKey},
	"api_key_revoked":   {kind: KeyRejected, reason: ReasonRevokedKey},
	"revoked_api_key":   {kind: KeyRejected, reason: ReasonRevokedKey},
	"token_invalidated": {kind: KeyRejected, reason: ReasonRevokedKey},
	"token_revoked":     {kind: KeyRejected, reason: ReasonRevokedKey},
	"account_deactivated": {
		KeyRejected, ReasonRevokedKey,
		"the account that the key belongs to was switched off, and its owner got an e-mail about it: let another owner of the organization create an admin key; one in api_key_file is taken over without a restart",
	},
	"organization_deactivated": {kind: KeyRejected, reason: ReasonOrganizationOff},
	"missing_scope":            {kind: KeyRejected, reason: ReasonMissingScope},
	"missing_scopes":           {kind: KeyRejected, reason: ReasonMissingScope},
	"insufficient_scope":       {kind: KeyRejected, reason: ReasonMissingScope},
	"insufficient_permissions": {kind: KeyRejected, reason: ReasonMissingScope},
	"mismatched_organization":  {kind: KeyRejected, reason: ReasonWrongOrganization},
	"invalid_organization": {
		KeyRejected, ReasonWrongOrganization,
		"check the property organization: there is none with this id, or the key is not of it; without the property, the log of the key's own organization is read",
	},
	"no_organization": {
		KeyRejected, ReasonWrongOrganization,
		"the account that the key belongs to is a member of no organization any more: " + wantKey,
	},
	"organization_membership_required": {
		KeyRejected, ReasonWrongOrganization,
		"the account that the key belongs to is no member of the organization any more: " + wantKey,
	},
	"mismatched_project": {KeyRejected, ReasonAccessRefused, noProject},
	"invalid_project":    {KeyRejected, ReasonAccessRefused, noProject},
	"incorrect_hostname": {kind: KeyRejected, reason: ReasonWrongHost},
	"ip_not_authorized":  {kind: KeyRejected, reason: ReasonAddressRefused},
	"ip_not_allowed":     {kind: KeyRejected, reason: ReasonAddressRefused},

	"unsupported_country_region_territory": {kind: KeyRejected, reason: ReasonRegionRefused},
	"customer_storage_not_ready": {
		KeyRejected, ReasonAccessRefused,
		"the organization keeps its data in a storage of its own, which is not ready: its owner has to connect and validate it in the organization's settings",
	},

	"rate_limit_exceeded": {kind: SlowDown, reason: ReasonRateLimited},
	"slow_down":           {kind: SlowDown, reason: ReasonRateLimited},
	"insufficient_quota":  {kind: SlowDown, reason: ReasonQuotaExceeded},
	"credit_balance_exhausted": {
		SlowDown, ReasonQuotaExceeded,
		"this does not go away by waiting: the organization has no prepaid credit left, and an owner has to add some in its billing settings",
	},
	"billing_hard_limit_reached":        {SlowDown, ReasonQuotaExceeded, spendLimit},
	"organization_spend_limit_exceeded": {SlowDown, ReasonQuotaExceeded, spendLimit},
	"project_spend_limit_exceeded": {
		SlowDown, ReasonQuotaExceeded,
		"a project has reached its spend limit: an owner of the organization has to raise or remove the limit in the project's settings; otherwise it ends with the month",
	},
	"organization_usage_limit_exceeded": {
		SlowDown, ReasonQuotaExceeded,
		"the organization has reached the usage limit that OpenAI set for it: an owner has to ask for a higher one in its limits; otherwise it ends with the month",
	},
	"billing_not_active": {
		SlowDown, ReasonQuotaExceeded,
		"this does not go away by waiting: the organization's billing is not active, and an owner has to look at its payment details",
	},

	"unknown_url":          {kind: QueryRejected, reason: ReasonNoRoute},
	"method_not_supported": {kind: QueryRejected, reason: ReasonNoRoute},

	// These have no code of the API's, but words.
	codeKeyKind:     {kind: KeyRejected, reason: ReasonWrongKeyKind},
	codeCertificate: {kind: KeyRejected, reason: ReasonClientCertificate},
}

const (
	codeKeyKind     = " key kind"
	codeCertificate = " client certificate"

	noProject  = "something between here and the API adds the header OpenAI-Project, which has no meaning for the organization's log: take it out"
	spendLimit = "the organization has reached the spend limit that was set for it: an owner has to raise or remove the limit in its settings; otherwise it ends with the month"
)

// phrases are parts of messages, in small letters, by which an answer is known that has no code. The first one counts.
var phrases = []struct{ words, code string }{ //nolint:gochecknoglobals // a constant table
	{"missing scope", "missing_scope"},
	{"insufficient permissions", "missing_scope"},
	{"regional host", "incorrect_hostname"},
	{"client certificate", codeCertificate},
	{"mutual tls", codeCertificate},
	{"mtls", codeCertificate},
	{"key type", codeKeyKind},
	{"admin api key", codeKeyKind},
	{"admin key", codeKeyKind},
	{"session key", codeKeyKind},
	{"ip is not authorized", "ip_not_authorized"},
	{"ip not authorized", "ip_not_authorized"},
	{"organization has been deactivated", "organization_deactivated"},
	{"organization has been disabled", "organization_deactivated"},
	{"organization is deactivated", "organization_deactivated"},
	{"organization is disabled", "organization_deactivated"},
	{"deactivated organization", "organization_deactivated"},
	{"account has been deactivated", "account_deactivated"},
	{"deactivated account", "account_deactivated"},
	{"organization header", "mismatched_organization"},
	{"no such organization", "invalid_organization"},
	{"member of an organization", "no_organization"},
	{"country, region", "unsupported_country_region_territory"},
}

// meaning returns the code that an answer has or, by its words, would have; "" for one that is not known.
func (env *envelope) meaning() string {
	if _, ok := codes[env.code]; ok && !strings.HasPrefix(env.code, " ") {
		return env.code
	}
	message := strings.ToLower(env.message)
	for _, p := range phrases {
		if strings.Contains(message, p.words) {
			return p.code
		}
	}
	return ""
}

// missingScopes returns the scopes that a message says are missing, at most a few, as one text; "" if it names none.
func missingScopes(message string) string {
	const most = 5
	_, list, found := strings.Cut(message, "Missing scopes: ")
	if !found {
		return ""
	}
	var scopes []string
	for word := range strings.FieldsSeq(list) {
		scope := strings.TrimRight(word, ".,;")
		if len(scopes) == most || scope == "" || strings.ContainsFunc(scope, notInScope) {
			break
		}
		scopes = append(scopes, scope)
		if strings.HasSuffix(word, ".") || strings.HasSuffix(word, ";") {
			break
		}
	}
	return strings.Join(scopes, ", ")
}

func notInScope(r rune) bool {
	return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '.' && r != '_' && r != ':'
}

// regionalHost returns the host of the API that a message asks to use; "" if it names none. Only OpenAI's own come into
// question: what is advised gets the key.
func regionalHost(message string) string {
	const domain = ".api.openai.com"
	for word := range strings.FieldsSeq(message) {
		word = strings.TrimPrefix(strings.Trim(strings.ToLower(word), "([<\"'`.,;:!?>])/"), "https://")
		word = strings.TrimSuffix(word, "/v1")
		if name, ok := strings.CutSuffix(word, domain); ok && name != "" && len(name) <= 32 && !strings.ContainsFunc(name, notInName) {
			return word
		}
	}
	return ""
}

func notInName(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' }
