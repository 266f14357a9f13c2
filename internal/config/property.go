package config

import (
	"slices"
	"strings"
)

// Group is a heading under which properties are listed.
type Group string

// The groups, in the order in which they are listed.
const (
	GroupKey          Group = "Key"
	GroupSource       Group = "Source"
	GroupReading      Group = "Reading"
	GroupFilters      Group = "Filters"
	GroupOrganization Group = "Organization"
	GroupCompliance   Group = "Compliance logs"
	GroupRecords      Group = "Records"
	GroupState        Group = "State"
	GroupFetching     Group = "Fetching"
	GroupNetwork      Group = "Network"
	GroupMonitoring   Group = "Monitoring"
)

// Property describes one property. Its texts mark code with backticks, as Markdown does.
type Property struct {
	Name     string
	Group    Group
	Type     string            // "duration", "size", "list", ...
	Default  string            // the value that stands for an absent property; "" when there is none
	Defaults map[Source]string // of sources that have another one
	Sources  []Source          // that use it; nil: all
	Instead  string            // what stands for an absent property when that is no value: "the environment's proxy"
	Accepted string            // what is accepted, in one line
	Meaning  string            // one line
	Manual   string            // paragraphs, parted by empty lines
	Example  string            // a value for the manual's example
	Related  []string
	Secret   bool // the value is never shown
}

// UsedBy reports whether a source uses the property.
func (p *Property) UsedBy(source Source) bool {
	return p.Sources == nil || slices.Contains(p.Sources, source)
}

// DefaultOf returns the value that stands for an absent property of a source; "" when there is none.
func (p *Property) DefaultOf(source Source) string {
	if own, ok := p.Defaults[source]; ok {
		return own
	}
	return p.Default
}

// sourceNames returns the sources that use the property, as a text.
func (p *Property) sourceNames() string {
	names := make([]string, len(p.Sources))
	for i, source := range p.Sources {
		names[i] = string(source)
	}
	return strings.Join(names, " and ")
}

// property is a Property with what parses it.
type property struct {
	Property
	kind kind
}

// kind reads and writes the values of one type for one field of the Config.
type kind interface {
	// typeName names the type.
	typeName() string
	// accepted says in one line which values are accepted.
	accepted() string
	// set reads a value, which is neither empty nor surrounded by blanks, into c. On a fault c's field
	// is of no use.
	set(c *Config, value string) *fault
	// get returns the field as a user would write it, without secrets; "" when it is not set.
	get(c *Config) string
}

// fault says why a value was refused. Reason and hint hold no part of the value; part and meant may.
type fault struct {
	reason string // goes on from the value: "is not a duration"
	part   string // the part of the value that is wrong; "" for all of it
	meant  string // the value that was probably meant; "" for no guess
	hint   string // what else helps
}

// Properties returns the property table, grouped, in the order in which it is documented.
func Properties() []Property {
	rows := table()
	list := make([]Property, len(rows))
	for i, row := range rows {
		list[i] = row.Property
	}
	return list
}

// Lookup returns the property of that name, in any case.
func Lookup(name string) (Property, bool) {
	for _, row := range table() {
		if strings.EqualFold(row.Name, name) {
			return row.Property, true
		}
	}
	return Property{}, false
}
