// Package kinds is the table of what there is in an organization: which lists the API has, and how each is asked for. It is
// all that differs between kinds; whatever asks goes by it.
//
// Where OpenAI's documentation of a list is silent, the table says what is assumed: lists without a documented limit are
// asked for the 100 objects that all others allow.
package kinds

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// The kinds whose objects have lists of their own.
const (
	User     = "user"
	Group    = "group"
	Project  = "project"
	Provider = "workload_identity_provider"

	ProjectUser  = "project.user"
	ProjectGroup = "project.group"
)

// Kind is one kind of objects: where its list is, and what its objects are known by.
type Kind struct {
	// Name is what records and the property resources call it.
	Name string
	// Path is below the base URL. {project} and {id} stand for the ids of the project and of the object that has the list.
	Path string
	// Parent is the kind of the objects that have such a list each; "" for the organization's own.
	Parent string
	// Query is sent with each request, beside limit and after.
	Query string
	// Limit is how many objects a page is asked for: the most that the API allows. 0 is a single object, which has no id.
	Limit int
	// ID is the key of an object's id; "" of a single one.
	ID string
	// Named says that the kind is read only where it is named: it costs a request for each user or group.
	Named bool
}

// Page sizes: the API's most.
const (
	usual = 100
	large = 1000
)

// All returns the table. A kind stands behind its parent.
func All() []Kind {
	const organization, project = "organization/", "organization/projects/{project}/"
	list := func(name, path, parent string, limit int) Kind {
		return Kind{Name: name, Path: path, Parent: parent, Limit: limit, ID: "id"}
	}
	one := func(name, path, parent string) Kind { return Kind{Name: name, Path: path, Parent: parent} }
	with := func(k Kind, change func(*Kind)) Kind {
		change(&k)
		return k
	}
	named := func(k *Kind) { k.Named = true }
	return []Kind{
		list(User, organization+"users", "", usual),
		list("invite", organization+"invites", "", usual),
		with(list(Project, organization+"projects", "", usual), func(k *Kind) { k.Query = "include_archived=true" }),
		list("admin_api_key", organization+"admin_api_keys", "", usual),
		list(Group, organization+"groups", "", large),
		list("role", organization+"roles", "", large),
		list("certificate", organization+"certificates", "", usual),
		list("spend_alert", organization+"spend_alerts", "", usual),
		list("external_key", organization+"external_keys", "", usual),
		list("external_storage", organization+"external_storage", "", usual),
		list(Provider, organization+"workload_identity_providers", "", usual),
		one("data_retention", organization+"data_retention", ""),
		one("spend_limit", organization+"spend_limit", ""),

		list("group.user", organization+"groups/{id}/users", Group, large),
		list("workload_identity_provider.federation_rule", organization+"workload_identity_providers/{id}/federation_rules", Provider, usual),

		list(ProjectUser, project+"users", Project, usual),
		list("project.service_account", project+"service_accounts", Project, usual),
		// Without the parameter the API leaves out keys that work.
		with(list("project.api_key", project+"api_keys", Project, usual), func(k *Kind) { k.Query = "owner_project_access=any" }),
		list("project.rate_limit", project+"rate_limits", Project, usual),
		with(list(ProjectGroup, project+"groups", Project, usual), func(k *Kind) { k.ID = "group_id" }),
		list("project.role", "projects/{project}/roles", Project, large),
		list("project.certificate", project+"certificates", Project, usual),
		list("project.spend_alert", project+"spend_alerts", Project, usual),
		one("project.data_retention", project+"data_retention", Project),
		one("project.spend_limit", project+"spend_limit", Project),
		one("project.model_permissions", project+"model_permissions", Project),
		one("project.hosted_tool_permissions", project+"hosted_tool_permissions", Project),
		one("project.service_tier", project+"service_tier_settings", Project),

		with(list("user.role", organization+"users/{id}/roles", User, large), named),
		with(list("group.role", organization+"groups/{id}/roles", Group, large), named),
		with(list("project.user.role", "projects/{project}/users/{id}/roles", ProjectUser, large), named),
		with(list("project.group.role", "projects/{project}/groups/{id}/roles", ProjectGroup, large), named),
	}
}

// Everything is the word for all kinds that are read without being named.
const Everything = "all"

// Names returns what the property resources accepts.
func Names() []string {
	names := []string{Everything}
	for _, k := range All() {
		names = append(names, k.Name)
	}
	return names
}

// Chosen returns the kinds that names choose, in the table's order, and those that lead to them: whose objects' ids are
// needed to ask.
func Chosen(names []string) []Kind {
	all := All()
	chosen := make(map[string]bool)
	for _, k := range all {
		if slices.Contains(names, k.Name) || !k.Named && slices.Contains(names, Everything) {
			chosen[k.Name] = true
		}
	}
	for _, k := range slices.Backward(all) {
		if chosen[k.Name] && k.Parent != "" {
			chosen[k.Parent] = true
		}
	}
	return slices.DeleteFunc(all, func(k Kind) bool { return !chosen[k.Name] })
}

// Single reports whether there is one object, and no list of them.
func (k *Kind) Single() bool { return k.Limit == 0 }

// Request returns the path of a page below the base URL, with its query: of the list that the object with this id has, in
// the project with that one, behind the cursor; "" where there is none. Ids that Usable does not let through have no path.
func (k *Kind) Request(project, id, after string) string {
	path := strings.NewReplacer("{project}", project, "{id}", id).Replace(k.Path)
	var query []string
	if k.Query != "" {
		query = append(query, k.Query)
	}
	if k.Limit > 0 {
		query = append(query, "limit="+strconv.Itoa(k.Limit))
	}
	if after != "" {
		query = append(query, "after="+url.QueryEscape(after))
	}
	if len(query) == 0 {
		return path
	}
	return path + "?" + strings.Join(query, "&")
}

// longestID is longer than any id that the API has.
const longestID = 256

// Usable reports whether an id can stand in a path. The API's are letters, digits, _ and -.
func Usable(id string) bool {
	return id != "" && len(id) <= longestID && id != "." && id != ".." && !strings.ContainsFunc(id, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("_-.:@", r)
	})
}
