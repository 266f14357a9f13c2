package fluentbitconf

import (
	"regexp"
	"strings"
)

// Answer is whether something takes records of a tag.
type Answer uint8

// The answers. Unsure is for a regular expression that only Fluent Bit's own engine can read, and for tags and routes
// that are not known before it runs.
const (
	No Answer = iota
	Unsure
	Yes
)

// Takes says whether an output takes the records of an input, by its match and match_regex.
func (c *Configuration) Takes(output Plugin, input *Stanza) Answer {
	if c.matchesAny(output) {
		return Yes
	}
	answer := output.matches(input.Tag)
	if answer == No && (input.Routed || len(c.Retags(input)) > 0) {
		return Unsure
	}
	return answer
}

// Idle reports whether an output takes nothing: all inputs are of this plugin, and it takes the records of none.
func (c *Configuration) Idle(output Plugin) bool {
	for i := range c.Inputs {
		if c.Takes(output, &c.Inputs[i]) != No {
			return false
		}
	}
	return c.inputs == len(c.Inputs)
}

// Retags returns the filters that give records of an input other tags.
func (c *Configuration) Retags(input *Stanza) (list []Plugin) {
	for _, f := range c.Filters {
		if f.Plugin == "rewrite_tag" && f.matches(input.Tag) != No {
			list = append(list, f)
		}
	}
	return list
}

// matchesAny reports whether an output takes all there is without naming it: when nothing else is in the pipeline.
// Storage on disk and a filter that gives other tags are inputs as well.
func (c *Configuration) matchesAny(output Plugin) bool {
	for _, f := range c.Filters {
		if f.Plugin == "rewrite_tag" {
			return false
		}
	}
	return c.inputs == 1 && len(c.Outputs) == 1 && c.Service["storage.path"] == "" &&
		output.Properties["match"] == "" && output.Properties["match_regex"] == ""
}

// matches says whether a filter or an output matches a tag.
func (p *Plugin) matches(tag string) Answer {
	if pattern, set := p.Properties["match"]; set && matchTag(pattern, tag) {
		return Yes
	}
	if pattern, set := p.Properties["match_regex"]; set {
		return matchRegex(pattern, tag)
	}
	return No
}

// matchTag reports whether a pattern, in which "*" stands for any text, matches a whole tag.
func matchTag(pattern, tag string) bool {
	parts := strings.Split(pattern, "*")
	rest, ok := strings.CutPrefix(tag, parts[0])
	if !ok || len(parts) == 1 {
		return ok && rest == ""
	}
	last := len(parts) - 1
	for _, part := range parts[1:last] {
		if _, rest, ok = strings.Cut(rest, part); !ok {
			return false
		}
	}
	return strings.HasSuffix(rest, parts[last])
}

// matchRegex says whether a regular expression matches a tag from its begin on; its end may be left over, but a match of
// nothing is none. Slashes around the expression are no part of it.
//
// Fluent Bit's engine is Onigmo with Ruby's syntax. What Go reads otherwise, or cannot read, is Unsure.
func matchRegex(pattern, tag string) Answer {
	flags := ""
	if body, after, ok := cutSlashes(pattern); ok {
		pattern = body
		if strings.Trim(after, "im") != "" {
			return Unsure
		}
		if strings.Contains(after, "i") {
			flags = "(?i)"
		}
	}
	for _, other := range []string{"&&", "{,", `\h`, `\H`, `\e`, `\c`, `\M`, `\Z`, `\G`, `\<`, `\>`} {
		if strings.Contains(pattern, other) {
			return Unsure
		}
	}
	re, err := regexp.Compile(flags + `\A(?:` + pattern + `)`)
	if err != nil {
		return Unsure
	}
	if re.FindString(tag) == "" {
		return No
	}
	return Yes
}

// cutSlashes takes an expression of the form /EXPRESSION/FLAGS apart.
func cutSlashes(pattern string) (expression, flags string, ok bool) {
	end := strings.LastIndexByte(pattern, '/')
	if end < 1 || pattern[0] != '/' {
		return "", "", false
	}
	return pattern[1:end], pattern[end+1:], true
}
