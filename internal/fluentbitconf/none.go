package fluentbitconf

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"fluent-bit-openai-audit/internal/config"
)

// heading is a section that is not read, and may have been meant to hold inputs.
type heading struct {
	name, file string
	line       int
}

// strange notes a section that is not read.
func (r *reader) strange(name, file string, line int) {
	r.headings = append(r.headings, heading{name, file, line})
}

// noneError says that a configuration has no input of this plugin, and what comes nearest to one.
func (r *reader) noneError(path string) error {
	text := path + ": it has no input " + pluginName
	meant := func(file string, line int, what, name, meant string) error {
		place := fmt.Sprintf("line %d", line)
		if file != path {
			place = file + ", " + place
		}
		return fmt.Errorf("%s; %s has %s %s, did you mean %s?", text, place, what, quote(name), meant)
	}
	var names []string
	for _, s := range r.of(inputSection) {
		name := r.pluginOf(s)
		if config.Nearest(name, []string{pluginName}) != "" {
			return meant(s.file, s.line, "an input", name, pluginName)
		}
		if shown := quote(name); name != "" && !slices.Contains(names, shown) {
			names = append(names, shown)
		}
	}
	for _, h := range r.headings {
		known := []string{"service", "parsers", "plugins", "customs", "pipeline", "includes", "env", "input", "output", "filter"}
		if near := config.Nearest(h.name, known); slices.Contains([]string{"pipeline", "includes", "input"}, near) {
			return meant(h.file, h.line, "a section", h.name, near)
		}
	}
	if len(names) == 0 {
		return errors.New(text + ", nor any other")
	}
	return errors.New(text + "; its inputs are " + strings.Join(names, ", "))
}
