package config

import (
	"slices"
	"strings"
	"time"

	"fluent-bit-openai-audit/internal/inventory/kinds"
)

// organizationRows are the properties of the source organization.
func organizationRows(add func(Group, kind, Property)) {
	sources := []Source{Organization}
	add(GroupOrganization, listKind{
		field: func(c *Config) *[]string { return &c.Resources }, what: "kinds of objects",
		like: "user,project.api_key", check: checkResource,
	}, Property{
		Name:    "resources",
		Sources: sources,
		Default: kinds.Everything,
		Meaning: "which kinds of objects are read; role assignments only if named",
		Manual: `
Which kinds of objects are read, comma-separated, by the names that records give them (conf/ORGANIZATION.md lists them). ` + "`all`" + ` is all but the role assignments: ` + "`user.role`, `group.role`, `project.user.role` and `project.group.role`" + ` take a request for each user or group, and those of projects one for each in each project, so they are read only where they are named, as in ` + "`all,user.role`" + `.

What leads to a kind is read along with it: the projects for what lies in them.`,
		Example: "user,project,project.api_key",
		Related: []string{"snapshot_interval", "max_requests_per_minute"},
	})
	add(GroupOrganization, durationKind{
		field: func(c *Config) *time.Duration { return &c.SnapshotInterval }, min: time.Minute, max: 30 * day, whole: true,
	}, Property{
		Name:    "snapshot_interval",
		Sources: sources,
		Default: "24h",
		Meaning: "how often all objects are read",
		Manual: `
How long after the begin of one snapshot the next one begins. The first begins at once; with a state file, a restart does not change when the next one is due, and a snapshot that was cut off goes on.

A snapshot takes about one request for each hundred objects of the organization, and 13 for each project; ` + "`openai-audit check`" + ` tells how many, and how long they take.`,
		Example: "6h",
		Related: []string{"changes", "max_requests_per_minute"},
	})
	add(GroupOrganization, switchKind{func(c *Config) *bool { return &c.Changes }}, Property{
		Name:    "changes",
		Sources: sources,
		Default: "on",
		Meaning: "after the first snapshot, only what was added, changed or removed; `off`: all objects each time",
		Manual: `
With ` + "`on`" + `, the first snapshot tells of all objects, and each later one of those that were added, changed (with the old and the new value of each field) or removed since. With ` + "`off`" + ` each snapshot tells of all objects, and how each has changed. Either way a last record closes the snapshot, with counts of everything.`,
		Example: "off",
		Related: []string{"volatile_fields", "snapshot_interval"},
	})
	add(GroupOrganization, listKind{
		field: func(c *Config) *[]string { return &c.VolatileFields }, what: "fields", like: "last_used_at,enforcement.status", check: checkField,
	}, Property{
		Name:    "volatile_fields",
		Sources: sources,
		Default: "last_used_at,api_key_last_used_at",
		Meaning: "fields whose change is no change of the object",
		Manual: `
Fields that change all the time and say nothing, comma-separated; one inside another is written with a dot between them. An object in which only these have changed counts as unchanged. They stay in the records.`,
		Example: "last_used_at,enforcement.status",
		Related: []string{"changes"},
	})
}

// checkField finds a path of fields with a part that no field is called.
func checkField(item string) *fault {
	if slices.Contains(strings.Split(item, "."), "") {
		return &fault{reason: "has nothing before, after or between dots"}
	}
	return checkID(item)
}

// checkResource finds a name that is no kind of objects.
func checkResource(item string) *fault {
	for _, name := range kinds.Names() {
		if item == name {
			return nil
		}
	}
	return &fault{reason: "is no kind of objects", meant: Nearest(item, kinds.Names())}
}
