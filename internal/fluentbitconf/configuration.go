package fluentbitconf

import (
	"cmp"
	"fmt"
	"maps"
	"strings"
)

// Configuration is what a configuration holds for the inputs of this plugin.
type Configuration struct {
	Inputs  []Stanza          // of this plugin; at least one
	Service map[string]string // what its service section sets, names in lower case; empty values are left out
	Filters []Plugin
	Outputs []Plugin

	inputs int // of all plugins
}

// Plugin is a filter or an output of a configuration, of any plugin.
type Plugin struct {
	Plugin     string            // in lower case
	Name       string            // its alias, or PLUGIN.N as Fluent Bit counts those of its kind
	Properties map[string]string // names in lower case; empty values are left out, as Fluent Bit does
}

// Format writes the name, and no property: one may be a password.
func (p Plugin) Format(f fmt.State, _ rune) {
	// A formatter has no way to report the error.
	_, _ = fmt.Fprint(f, p.Name)
}

// service returns what the service sections set.
func (r *reader) service() map[string]string {
	all := make(map[string]string)
	for _, s := range r.of(serviceSection) {
		maps.Copy(all, r.properties(s))
	}
	return all
}

// plugins returns the filters or the outputs.
func (r *reader) plugins(kind sectionKind) (list []Plugin) {
	for i, s := range r.of(kind) {
		p := Plugin{Plugin: strings.ToLower(r.pluginOf(s)), Properties: r.properties(s)}
		p.Name = cmp.Or(p.Properties["alias"], fmt.Sprintf("%s.%d", p.Plugin, i))
		list = append(list, p)
	}
	return list
}

// properties returns a section's properties. Of one that is given twice, or as a list, Fluent Bit keeps the last.
func (r *reader) properties(s section) map[string]string {
	all := make(map[string]string)
	for _, e := range s.entries {
		for _, text := range e.values {
			if value, _ := r.expand(text); value != "" {
				all[e.name] = value
			}
		}
	}
	return all
}
