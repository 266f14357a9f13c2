package fluentbitconf

import (
	"cmp"
	"fmt"
	"strings"

	"fluent-bit-openai-audit/internal/config"
)

// pluginName is the name by which a Fluent Bit configuration asks for the plugin.
const pluginName = "openai_audit"

// Stanza is one openai_audit input of a Fluent Bit configuration.
type Stanza struct {
	File string // the file it stands in
	Line int    // the line of its heading, or where it begins
	Name string // its alias, or openai_audit.N; Fluent Bit counts the inputs of all plugins

	Tag    string // that of its records
	Routed bool   // it names its outputs itself (routes in YAML), so that their match does not decide alone

	Properties map[string]string // what Fluent Bit hands to the plugin, for config.ParseMap; names in lower case
	Host       map[string]string // what Fluent Bit keeps to itself, as tag and alias

	// Problems are values that Fluent Bit drops without a word: a property's second one, and the items of a list after
	// the first. What is collected would be something else than the file says.
	Problems []config.Problem
	// Warnings are what Fluent Bit does without a word and is probably not meant, as with a variable that is not set.
	Warnings []string
}

// Format writes where the stanza stands, and none of its values: one may be a key.
func (s Stanza) Format(f fmt.State, _ rune) {
	// A formatter has no way to report the error.
	_, _ = fmt.Fprintf(f, "%s (%s:%d)", s.Name, s.File, s.Line)
}

// stanzas picks the inputs of this plugin and replaces their variables.
func (r *reader) stanzas() []Stanza {
	var list []Stanza
	for i, s := range r.of(inputSection) {
		if !strings.EqualFold(r.pluginOf(s), pluginName) {
			continue
		}
		instance := fmt.Sprintf("%s.%d", pluginName, i)
		stanza := Stanza{
			File: s.file, Line: s.line, Routed: s.routed,
			Properties: map[string]string{}, Host: map[string]string{},
		}
		for _, e := range s.entries {
			r.enter(&stanza, e)
		}
		stanza.Name = cmp.Or(stanza.Host["alias"], instance)
		stanza.Tag = cmp.Or(stanza.Host["tag"], instance) // the alias is no tag
		list = append(list, stanza)
	}
	return list
}

// pluginOf returns the name of the plugin that a section asks for.
func (r *reader) pluginOf(s section) string {
	for _, e := range s.entries {
		if e.name == "name" && len(e.values) > 0 {
			name, _ := r.expand(e.values[0])
			return name
		}
	}
	return ""
}

// enter adds one entry to a stanza as Fluent Bit would.
func (r *reader) enter(stanza *Stanza, e entry) {
	warn := func(format string, args ...any) {
		stanza.Warnings = append(stanza.Warnings, e.name+": "+fmt.Sprintf(format, args...))
	}
	if len(e.values) == 0 {
		return
	}
	own := config.IsHostProperty(e.name)
	text := e.values[0]
	if own { // what Fluent Bit sets twice has the second value
		text = e.values[len(e.values)-1]
	}
	value, missing := r.expand(text)
	for _, variable := range missing {
		warn("the variable ${%s} is not set; Fluent Bit puts nothing in its place", variable)
	}
	if own {
		if value != "" {
			stanza.Host[e.name] = value
		}
		return
	}
	if len(e.values) > 1 {
		stanza.Problems = append(stanza.Problems, config.Problem{
			Property: e.name, Text: fmt.Sprintf("a list of %d values, of which Fluent Bit hands on only the first", len(e.values)),
			Hint: "write one text with commas in place of the list",
		})
	}
	switch _, twice := stanza.Properties[e.name]; {
	case twice:
		stanza.Problems = append(stanza.Problems, config.Problem{
			Property: e.name, Text: "given more than once; Fluent Bit hands on only the first", Hint: "keep one of them",
		})
	case value == "" && strings.HasSuffix(e.values[0], ":-}"): // ${NAME:-} is meant to be empty
	case value == "":
		warn("empty; Fluent Bit hands on nothing, and the default applies")
	default:
		stanza.Properties[e.name] = value
	}
}
