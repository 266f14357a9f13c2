package catalog

import (
	"slices"
	"strings"
)

// row is a row of the table as it is written down.
type row struct {
	name       string
	object     Object
	activity   Activity
	verb       string
	severity   Severity
	raise      Raise
	status     Status
	categories Category
	kinds      Kind
	says       string
	note       string
	fields     string // parted by blanks
}

// Types returns the known types, sorted by name: a table of the caller's own. The names are the values of
// AdminOrganizationAuditLogListResponseType in OpenAI's Go SDK, github.com/openai/openai-go/v3 v3.96.0 (2026-11-05), and of
// v3.98.0 four days later.
func Types() []Type {
	uses := map[string][]string{}
	for _, r := range Rules() {
		for _, name := range r.Types {
			uses[name] = append(uses[name], r.Name)
		}
	}
	rows := slices.Concat(keyRows(), identityRows(), settingRows(), tenantRows(), tenantIdentityRows())
	types := make([]Type, len(rows))
	for i, r := range rows {
		types[i] = Type{
			Name: r.name, Tenant: tenantOnly(r.name),
			Object: r.object, Activity: r.activity, Verb: r.verb,
			Severity: r.severity, Raise: r.raise, Status: r.status,
			Categories: r.categories, Kinds: r.kinds,
			Says: r.says, Note: r.note, Fields: strings.Fields(r.fields), Rules: uses[r.name],
		}
	}
	slices.SortFunc(types, func(a, b Type) int { return strings.Compare(a.Name, b.Name) })
	return types
}

// tenantOnly reports whether a type is listed only in the tenant's stream.
func tenantOnly(name string) bool {
	return strings.HasPrefix(name, "tenant.") || name == "role.bound_to_resource" || name == "role.unbound_from_resource"
}
