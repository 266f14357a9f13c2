package config

import (
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"fluent-bit-openai-audit/internal/record/format"
	"fluent-bit-openai-audit/internal/secret"
)

// Source is what an instance reads.
type Source string

// The sources. The zero value is none.
const (
	AuditLogs      Source = "audit_logs"      // the organization's audit log
	Organization   Source = "organization"    // its objects: users, projects, keys, roles and so on
	ComplianceLogs Source = "compliance_logs" // the compliance logs of a ChatGPT workspace
)

// Sources returns those that the property source accepts, the default first. A source is added here, to the table of
// constructors in package collector, and to the properties that it uses.
func Sources() []Source { return []Source{AuditLogs, Organization, ComplianceLogs} }

// Scope says which of the API's two streams of events are read.
type Scope string

// The scopes.
const (
	ScopeOrganization Scope = "organization"
	ScopeTenant       Scope = "tenant"
	ScopeAll          Scope = "all"
)

// Organization reports whether the stream of the organization's events is read.
func (s Scope) Organization() bool { return s != ScopeTenant }

// Tenant reports whether the stream of the tenant's events is read.
func (s Scope) Tenant() bool { return s != ScopeOrganization }

// Config is the checked configuration of one instance. Its fields carry the meaning that the property
// table gives them.
type Config struct {
	APIKey     secret.Key // empty when APIKeyFile is set
	APIKeyFile string

	Source       Source
	BaseURL      *url.URL // canonical, without a slash at its end
	InsecureHTTP bool
	Organization string

	Scope           Scope
	StartFrom       Start
	PollInterval    time.Duration
	PollIntervalMin time.Duration // see PollBounds
	PollIntervalMax time.Duration
	Overlap         time.Duration // whole seconds
	SweepInterval   time.Duration // see Sweeps
	SweepWindow     time.Duration // whole seconds

	EventTypes        []string
	ProjectIDs        []string
	ActorIDs          []string
	ActorEmails       []string
	ResourceIDs       []string
	ExcludeEventTypes []string // event types, or prefix.*; see Excludes

	Records       format.Options // without the key of the hashes
	RedactKeyFile string         // given if something is hashed

	Resources        []string // kinds of objects, see kinds.Chosen
	SnapshotInterval time.Duration
	Changes          bool
	VolatileFields   []string

	WorkspaceID string
	LogTypes    []string // see LogTypesByRoute
	ExcludeOwn  bool

	DB          string // "" keeps the state in memory
	StoragePath string // "" is to be found out, "off" is not watched

	PageSize             int
	Concurrency          int
	MaxRequestsPerMinute int // 0 is no limit
	RequestTimeout       time.Duration
	MaxBodySize          int64
	QueueSize            int64

	Proxy          *url.URL // nil is the environment's; may hold a password
	CAFile         string
	ClientCertFile string // given together with ClientKeyFile
	ClientKeyFile  string

	HeartbeatInterval time.Duration // 0 is off

	// Warnings are what is accepted and probably not meant, without secrets.
	Warnings []Problem
}

// Sweeps reports whether sweeps are on: both their interval and their window are above zero.
func (c *Config) Sweeps() bool { return c.SweepInterval > 0 && c.SweepWindow > 0 }

// PollBounds returns the shortest and the longest pause between polls: equal when polling does not adapt.
func (c *Config) PollBounds() (shortest, longest time.Duration) {
	shortest, longest = c.PollInterval, c.PollInterval
	if c.PollIntervalMin > 0 {
		shortest = c.PollIntervalMin
	}
	if c.PollIntervalMax > 0 {
		longest = c.PollIntervalMax
	}
	return shortest, longest
}

// Excludes reports whether events of this type are dropped. It does not allocate.
func (c *Config) Excludes(eventType []byte) bool {
	for _, pattern := range c.ExcludeEventTypes {
		if prefix, ok := strings.CutSuffix(pattern, "*"); ok {
			if len(eventType) >= len(prefix) && string(eventType[:len(prefix)]) == prefix {
				return true
			}
		} else if string(eventType) == pattern {
			return true
		}
	}
	return false
}

// Origin names where it is read, for comparing it with what a state file was written for: the base URL,
// and the organization and the workspace if they are set.
func (c *Config) Origin() string {
	origin := urlText(c.BaseURL)
	if c.Organization != "" {
		origin += " organization " + c.Organization
	}
	if c.WorkspaceID != "" {
		origin += " workspace " + c.WorkspaceID
	}
	return origin
}

// Filters returns the filters that the API applies, by property name, in canonical form: each list
// sorted and without repetitions, empty ones left out. Two configurations with equal filters ask the
// API for the same events. What is dropped here (exclude_event_types) is not among them.
func (c *Config) Filters() map[string][]string {
	filters := map[string][]string{
		"event_types":  c.EventTypes,
		"project_ids":  c.ProjectIDs,
		"actor_ids":    c.ActorIDs,
		"actor_emails": c.ActorEmails,
		"resource_ids": c.ResourceIDs,
	}
	for name, list := range filters {
		filters[name] = slices.Compact(slices.Sorted(slices.Values(list)))
	}
	maps.DeleteFunc(filters, func(_ string, list []string) bool { return len(list) == 0 })
	return filters
}

// Stream is one list that a source reads, by the name that it has in metadata, metrics and the state file.
type Stream struct {
	Name    string
	Filters map[string][]string // by which the state file knows the query, of which all streams are; see Filters
	Types   []string            // of compliance logs, those that are asked for here
}

// Query returns Filters as the state file has them, in JSON.
func (s Stream) Query() string {
	text, _ := json.Marshal(s.Filters) // of which there is always some
	return string(text)
}

// The streams of sources that read what is listed by time.
const (
	StreamOrganization     = "organization"
	StreamTenant           = "tenant"
	StreamWorkspaceLogs    = "workspace_logs"
	StreamOrganizationLogs = "organization_logs"
)

// Streams returns the lists that the source reads by time; none for one that does not.
func (c *Config) Streams() (out []Stream) {
	switch c.Source {
	case AuditLogs:
		if c.Scope.Organization() {
			out = append(out, Stream{Name: StreamOrganization, Filters: c.Filters()})
		}
		if c.Scope.Tenant() {
			out = append(out, Stream{Name: StreamTenant, Filters: c.Filters()})
		}
	case ComplianceLogs:
		workspace, organization := c.LogTypesByRoute()
		all := map[string][]string{"event_types": slices.Sorted(slices.Values(slices.Concat(workspace, organization)))}
		if len(workspace) > 0 {
			out = append(out, Stream{StreamWorkspaceLogs, all, workspace})
		}
		if len(organization) > 0 {
			out = append(out, Stream{StreamOrganizationLogs, all, organization})
		}
	}
	return out
}

// Values returns the name and the value in force of every property that the source uses, defaults included, as a user
// would write them. Secrets are redacted, and "" stands for a property without a value.
func (c *Config) Values() iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		for _, row := range table() {
			if row.UsedBy(c.Source) && !yield(row.Name, row.kind.get(c)) {
				return
			}
		}
	}
}

// Format writes the properties that have a value, without secrets, whatever the verb. It works on a
// copy, so that a Config that is printed by value is covered too.
func (c Config) Format(f fmt.State, _ rune) {
	var b strings.Builder
	b.WriteByte('{')
	for name, value := range c.Values() {
		if value == "" {
			continue
		}
		if b.Len() > 1 {
			b.WriteByte(' ')
		}
		fmt.Fprintf(&b, "%s=%s", name, value)
	}
	b.WriteByte('}')
	// A formatter has no way to report the error.
	_, _ = io.WriteString(f, b.String())
}
