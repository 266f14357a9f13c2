package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"fluent-bit-openai-audit/internal/secret"
)

// A Getter looks a name up in properties or in an environment, as os.LookupEnv does.
type Getter func(name string) (value string, set bool)

// Parse reads the properties of one instance. The host behind get can be asked for a property by name
// but cannot list the names it was given, so Parse also asks for names that are probably misspelled: some
// 50,000 short calls. The environment is read through getenv. The error is a *Problems.
//
// Fluent Bit puts nothing in the place of a ${VARIABLE} that is not set, and tells a property that
// becomes empty by this apart from an absent one in no way: Parse cannot see it.
func Parse(get, getenv Getter) (*Config, error) {
	names := newVocabulary()
	var unknown []stray
	seen := map[string]bool{}
	for name := range names.misspellings() {
		if value, set := get(name); set && !seen[name] {
			seen[name] = true
			unknown = append(unknown, stray{name: name, value: value})
		}
	}
	return parse(get, getenv, names, unknown)
}

// ParseMap reads the properties of one instance from a map, in which names may be in any case. It knows
// all names that were given, and every one that is no property is a problem. The environment is read
// through getenv. The error is a *Problems.
func ParseMap(properties map[string]string, getenv Getter) (*Config, error) {
	names := newVocabulary()
	values := map[string]string{}
	var unknown []stray
	for _, given := range slices.Sorted(maps.Keys(properties)) {
		name := strings.ToLower(strings.TrimSpace(given))
		_, twice := values[name]
		switch {
		case !slices.Contains(names.properties, name):
			unknown = append(unknown, stray{name: given, value: properties[given]})
		case twice:
			unknown = append(unknown, stray{name: given, twice: true})
		default:
			values[name] = properties[given]
		}
	}
	get := func(name string) (string, bool) {
		value, set := values[name]
		return value, set
	}
	return parse(get, getenv, names, unknown)
}

// stray is a name that was given and is no property, or not a new one.
type stray struct {
	name, value string
	twice       bool
}

// parser collects what one call of parse finds.
type parser struct {
	cfg      *Config
	getenv   Getter
	redactor redactor
	given    map[string]bool // properties that have a value
	bad      map[string]bool // properties with a problem
	problems []Problem
}

func parse(get, getenv Getter, names *vocabulary, unknown []stray) (*Config, error) {
	p := &parser{cfg: &Config{}, getenv: getenv, given: map[string]bool{}, bad: map[string]bool{}}
	rows := table()
	for _, row := range rows {
		if value, set := get(row.Name); set && row.Secret {
			p.redactor.learn(value)
		}
	}
	for _, variable := range []string{keyVariable, projectVariable} {
		if value, set := getenv(variable); set {
			p.redactor.learn(value)
		}
	}

	read := func(row property) {
		if value, set := get(row.Name); set {
			p.given[row.Name] = true
			p.property(row, value)
		} else if value := row.DefaultOf(p.cfg.Source); value != "" {
			p.property(row, value)
		}
	}
	source := slices.IndexFunc(rows, func(row property) bool { return row.Name == "source" })
	read(rows[source]) // by which defaults differ
	for i, row := range rows {
		if i != source {
			read(row)
		}
	}
	p.checkSources(rows)
	p.checks(time.Now())
	slices.SortStableFunc(p.problems, func(a, b Problem) int { return rank(rows, a) - rank(rows, b) })
	for _, s := range unknown {
		p.unknown(s, names)
	}
	if len(p.problems) > 0 {
		return nil, &Problems{list: p.problems}
	}
	return p.cfg, nil
}

// rank is a problem's place in the order of the table.
func rank(rows []property, problem Problem) int {
	return slices.IndexFunc(rows, func(row property) bool { return row.Name == problem.Property })
}

// complain adds a problem with a property.
func (p *parser) complain(name, format string, args ...any) {
	p.bad[name] = true
	p.problems = append(p.problems, Problem{Property: name, Text: fmt.Sprintf(format, args...)})
}

// warn adds a warning about a property.
func (p *parser) warn(name, format string, args ...any) {
	p.cfg.Warnings = append(p.cfg.Warnings, Problem{Property: name, Text: fmt.Sprintf(format, args...)})
}

// property reads one value into the Config.
func (p *parser) property(row property, value string) {
	value = strings.TrimSpace(value)
	f := strange(value)
	if f == nil && !row.Secret && (secret.Within(value) || slices.Contains(p.redactor.known, value)) {
		f = &fault{reason: "holds a key", hint: "a key goes into api_key, or into the file that api_key_file names"}
	}
	if f == nil {
		f = row.kind.set(p.cfg, value)
	}
	if f == nil {
		return
	}
	var b strings.Builder
	switch {
	case value == "":
		b.WriteString("the value ")
	case row.Secret:
		b.WriteString("the value (not shown) ")
	case f.part != "":
		b.WriteString(p.redactor.shown(f.part) + " ")
	default:
		b.WriteString(p.redactor.shown(value) + " ")
	}
	b.WriteString(f.reason)
	b.WriteString("; accepted: " + row.Accepted)
	if f.hint != "" {
		b.WriteString("; " + f.hint)
	}
	if f.meant != "" && !row.Secret {
		fmt.Fprintf(&b, "; did you mean %s?", printable(p.redactor.clean(f.meant)))
	}
	p.complain(row.Name, "%s", b.String())
}

// strange finds what is wrong with a value whatever its property: traces of a configuration's syntax
// that were taken for a part of the value.
func strange(value string) *fault {
	switch {
	case value == "":
		return &fault{reason: "is empty", hint: "leave the property out to have its default"}
	case !utf8.ValidString(value):
		return &fault{reason: "is not valid UTF-8"}
	case strings.IndexFunc(value, unicode.IsControl) >= 0:
		return &fault{reason: "holds a line break or another control character"}
	case strings.Contains(value, "${"):
		return &fault{
			reason: `holds "${" of a variable that was not replaced`,
			hint:   "Fluent Bit replaces ${NAME}, and a shell only outside single quotes",
		}
	case value[0] == '$' && len(value) > 1 && isID(value[1:]):
		return &fault{
			reason: "is a variable's name that was not replaced",
			hint:   "Fluent Bit replaces ${NAME}, with braces",
		}
	case quoted(value):
		return &fault{
			reason: "stands in quotation marks, which would be part of the value",
			hint:   "write it without them",
		}
	case strings.HasPrefix(value, "= ") || strings.HasPrefix(value, ": "):
		return &fault{
			reason: "begins with the sign that parts name and value",
			hint:   "Fluent Bit's classic format has only blanks between them",
		}
	case strings.Contains(value, " #") || strings.Contains(value, "\t#"):
		return &fault{
			reason: "holds a comment",
			hint:   "a comment in Fluent Bit's classic format has a line of its own",
		}
	}
	return nil
}

// unknown reports a name that is no property.
func (p *parser) unknown(s stray, names *vocabulary) {
	name := printable(p.redactor.clean(s.name))
	switch meant := names.meant(s.name, s.value); {
	case s.twice:
		p.complain(name, "given more than once")
	case IsHostProperty(s.name):
		p.complain(name, "is a property of Fluent Bit itself, not of openai_audit")
	case len(meant) == 0:
		p.complain(name, "no such property; openai-audit help properties lists them")
	case wantsNoVerification(s.name):
		p.complain(name, "no such property: verification cannot be turned off; ca_file names a CA to trust")
	default:
		p.complain(name, "no such property; did you mean %s?", strings.Join(meant, " or "))
	}
}
