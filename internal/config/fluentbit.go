package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// pluginName is the name by which a Fluent Bit configuration asks for the plugin.
const pluginName = "openai_audit"

// Stanza is one openai_audit input of a Fluent Bit configuration.
type Stanza struct {
	File string // the file it stands in
	Line int    // the line of its heading, or where it begins
	Name string // its alias, or openai_audit.N as Fluent Bit counts inputs of one kind

	Properties map[string]string // what Fluent Bit hands to the plugin, for ParseMap; names in lower case
	Host       map[string]string // what Fluent Bit keeps to itself, as tag and alias

	// Warnings are what Fluent Bit does without a word and is probably not meant: a property given
	// twice, of which the first counts, or a variable that is not set.
	Warnings []string
}

// FluentBitOptions are what reading a Fluent Bit configuration needs from outside.
type FluentBitOptions struct {
	// Getenv looks up the variables of ${NAME}. Without it, none is set.
	Getenv Getter
	// ReadYAML returns what a file in YAML holds, in the order of the file. Without it, files in YAML are
	// refused.
	ReadYAML func(data []byte) ([]YAMLItem, error)
}

// YAMLItem is what matters to inputs in a file in YAML: a variable, an include, or an input.
type YAMLItem struct {
	Line            int
	Variable, Value string         // of the section env
	Include         string         // a file, or a pattern
	Input           []YAMLProperty // as often as given
}

// YAMLProperty is a property of an input, with one value or, where it is given as a list, several.
type YAMLProperty struct {
	Name   string
	Values []string
}

// Limits that Fluent Bit has as well, or that no configuration comes near.
const (
	maxFiles    = 1000
	maxFileSize = 32 << 20
)

var (
	errNoYAML   = errors.New("a configuration in YAML cannot be read by this build")
	errTooLarge = errors.New("larger than a configuration can be")
	errNoMatch  = errors.New("no such file")
)

// FromFluentBit reads the openai_audit inputs of a Fluent Bit configuration file, in the order of the
// file, and of all files that it includes. A name that ends in .yaml or .yml is YAML, any other the
// classic format. It follows Fluent Bit's own reading, with its quirks; sections of other plugins are
// only looked at as far as finding ours takes. An error names file and line.
func FromFluentBit(path string, options FluentBitOptions) ([]Stanza, error) {
	r := &reader{options: options, dir: filepath.Dir(path), variables: map[string]string{}}
	if r.options.Getenv == nil {
		r.options.Getenv = func(string) (string, bool) { return "", false }
	}
	read := r.classic
	if ext := strings.ToLower(filepath.Ext(path)); ext == ".yaml" || ext == ".yml" {
		read = r.yaml
	}
	if err := read(path); err != nil {
		return nil, err
	}
	return r.stanzas(), nil
}

// reader reads one configuration.
type reader struct {
	options   FluentBitOptions
	dir       string            // of the main file
	files     []os.FileInfo     // read so far
	variables map[string]string // set in the configuration itself
	sections  []section         // inputs of all plugins
}

// section is one input before variables are replaced.
type section struct {
	file    string
	line    int
	entries []entry
}

// entry is one line of a section: a name in lower case, and its value or, in YAML, values.
type entry struct {
	name   string
	values []string
}

// open reads a file, each only once.
func (r *reader) open(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	if slices.ContainsFunc(r.files, func(seen os.FileInfo) bool { return os.SameFile(seen, info) }) {
		return nil, fmt.Errorf("read configuration: %s is included twice", path)
	}
	if len(r.files) == maxFiles {
		return nil, fmt.Errorf("read configuration: more than %d files", maxFiles)
	}
	if info.Size() > maxFileSize {
		return nil, fmt.Errorf("read configuration: %s: %w", path, errTooLarge)
	}
	r.files = append(r.files, info)
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	return data, nil
}

// included returns the files that a pattern in an include names. As in Fluent Bit, only "*" makes it a
// pattern. The base is the directory for relative paths.
func included(pattern, base string) ([]string, error) {
	if !filepath.IsAbs(pattern) {
		pattern = filepath.Join(base, pattern)
	}
	if !strings.Contains(pattern, "*") {
		return []string{pattern}, nil
	}
	paths, err := filepath.Glob(pattern)
	if err == nil && len(paths) == 0 {
		err = errNoMatch
	}
	if err != nil {
		return nil, fmt.Errorf("include %s: %w", pattern, err)
	}
	return paths, nil
}

// stanzas picks the inputs of this plugin and replaces their variables.
func (r *reader) stanzas() []Stanza {
	var list []Stanza
	for _, s := range r.sections {
		if !strings.EqualFold(r.pluginOf(s), pluginName) {
			continue
		}
		stanza := Stanza{
			File: s.file, Line: s.line, Name: fmt.Sprintf("%s.%d", pluginName, len(list)),
			Properties: map[string]string{}, Host: map[string]string{},
		}
		for _, e := range s.entries {
			r.enter(&stanza, e)
		}
		if alias := stanza.Host["alias"]; alias != "" {
			stanza.Name = alias
		}
		list = append(list, stanza)
	}
	return list
}

// pluginOf returns the name of the plugin that an input asks for.
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
	value, missing := r.expand(e.values[0])
	for _, variable := range missing {
		warn("the variable ${%s} is not set; Fluent Bit puts nothing in its place", variable)
	}
	if IsHostProperty(e.name) {
		if value != "" {
			stanza.Host[e.name] = value
		}
		return
	}
	if len(e.values) > 1 {
		warn("a list of %d values, of which Fluent Bit hands on only the first; write one text with commas", len(e.values))
	}
	switch _, twice := stanza.Properties[e.name]; {
	case twice:
		warn("given more than once; Fluent Bit hands on only the first")
	case value == "" && strings.HasSuffix(e.values[0], ":-}"): // ${NAME:-} is meant to be empty
	case value == "":
		warn("empty; Fluent Bit hands on nothing, and the default applies")
	default:
		stanza.Properties[e.name] = value
	}
}

// expand replaces ${NAME} and ${NAME:-default} in a value and returns the names that are not set.
func (r *reader) expand(value string) (text string, missing []string) {
	var b strings.Builder
	rest := value
	for {
		head, tail, ok := strings.Cut(rest, "${")
		if !ok {
			break
		}
		name, after, ok := strings.Cut(tail, "}")
		if !ok || name == "" {
			break
		}
		b.WriteString(head)
		name, fallback, hasFallback := strings.Cut(name, ":-")
		replacement := r.lookup(name)
		switch {
		case replacement == "" && hasFallback:
			replacement = fallback
		case replacement == "":
			missing = append(missing, name)
		}
		b.WriteString(replacement)
		rest = after
	}
	b.WriteString(rest)
	return b.String(), missing
}

// lookup returns the value of a variable: set in the configuration, in the environment, or by Fluent Bit
// itself.
func (r *reader) lookup(name string) string {
	if value, ok := r.variables[name]; ok {
		return value
	}
	if value, ok := r.options.Getenv(name); ok {
		return value
	}
	if name == "HOSTNAME" {
		if host, err := os.Hostname(); err == nil {
			return host
		}
	}
	return ""
}

// Format writes where the stanza stands, and none of its values: one may be a key.
func (s Stanza) Format(f fmt.State, _ rune) {
	// A formatter has no way to report the error.
	_, _ = fmt.Fprintf(f, "%s (%s:%d)", s.Name, s.File, s.Line)
}
