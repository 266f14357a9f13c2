package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// The width of a terminal, and of the column with the names.
const (
	textWidth = 80
	nameWidth = len("max_requests_per_minute")
)

// Markdown returns the property table for the README, one line for each property, with a line break at
// its end.
func Markdown() string {
	var b strings.Builder
	b.WriteString("| property | default | accepted | meaning |\n|---|---|---|---|\n")
	for _, p := range Properties() {
		def := p.Instead
		if p.Default != "" {
			def = "`" + p.Default + "`"
		}
		for _, source := range slices.Sorted(maps.Keys(p.Defaults)) {
			def += ", `" + p.Defaults[source] + "` with `" + string(source) + "`"
		}
		// A star outside of code would begin emphasis.
		accepted := strings.ReplaceAll(p.Accepted, "*", `\*`)
		row := []string{"`" + p.Name + "`", def, accepted, p.meaning()}
		b.WriteString("| " + strings.Join(row, " | ") + " |\n")
	}
	return strings.ReplaceAll(b.String(), "|  |", "| |")
}

// HelpText returns an overview of all properties for a terminal of 80 columns.
func HelpText() string {
	var b strings.Builder
	var group Group
	for _, p := range Properties() {
		if p.Group != group {
			if group != "" {
				b.WriteByte('\n')
			}
			group = p.Group
			b.WriteString(strings.ToUpper(string(group)) + "\n")
		}
		text := plainText(p.meaning())
		if def := defaultText(p); def != "" {
			text += " [" + def + "]"
		}
		writeColumns(&b, p.Name, text)
	}
	b.WriteString("\nVALUES\n")
	for _, row := range valueTypes() {
		writeColumns(&b, row[0], row[1])
	}
	b.WriteString("\nThe default stands in brackets. openai-audit help PROPERTY tells more of one.\n")
	return b.String()
}

// valueTypes explains the types of values.
func valueTypes() [][2]string {
	return [][2]string{
		{"duration", "30s, 10m, 24h, 7d or 1h30m; a bare number is seconds"},
		{"size", "512K, 16M or 1G with K = 1000; a bare number is bytes"},
		{"switch", "on, off, true, false, yes or no"},
		{"list", "one text with commas between the items: a,b,c"},
		{"${NAME}", "in Fluent Bit's configuration, an environment variable"},
	}
}

// ManualText returns the manual page of one property for a terminal of 80 columns, and false if there
// is no such property. Name may be in any case.
func ManualText(name string) (string, bool) {
	p, ok := Lookup(name)
	if !ok {
		return "", false
	}
	var b strings.Builder
	section := func(title string, lines ...string) {
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(title + "\n")
		for _, line := range lines {
			b.WriteString("    " + line + "\n")
		}
	}
	section("NAME", wrap(p.Name+" - "+plainText(p.Meaning), textWidth-4)...)
	accepted := p.Accepted
	if note := typeNote(p.Type); note != "" {
		accepted += " (" + note + ")"
	}
	if p.Sources != nil {
		section("SOURCE", p.sourceNames())
	}
	section("VALUE", wrap(accepted, textWidth-4)...)
	def := defaultText(p)
	if def == "" {
		def = "none"
	}
	section("DEFAULT", wrap(def, textWidth-4)...)
	var lines []string
	for paragraph := range strings.SplitSeq(strings.TrimSpace(p.Manual), "\n\n") {
		if len(lines) > 0 {
			lines = append(lines, "")
		}
		lines = append(lines, wrap(plainText(paragraph), textWidth-4)...)
	}
	section("DESCRIPTION", lines...)
	section("EXAMPLE",
		"in fluent-bit.conf:  "+p.Name+" "+p.Example,
		"in fluent-bit.yaml:  "+p.Name+": "+yamlScalar(p.Example))
	section("SEE ALSO", wrap(strings.Join(p.Related, ", "), textWidth-4)...)
	return strings.ReplaceAll(b.String(), "    \n", "\n"), true
}

// typeNote says how values of a type are written.
func typeNote(typeName string) string {
	if typeName != "duration" && typeName != "size" {
		return ""
	}
	i := slices.IndexFunc(valueTypes(), func(row [2]string) bool { return row[0] == typeName })
	return "written " + valueTypes()[i][1]
}

// yamlScalar quotes a value that YAML would not take for a text.
func yamlScalar(value string) string {
	if value == "on" || value == "off" {
		return `"` + value + `"`
	}
	return value
}

// defaultText says what stands for an absent property.
func defaultText(p Property) string {
	text := p.Default
	if text == "" {
		text = plainText(p.Instead)
	}
	for _, source := range slices.Sorted(maps.Keys(p.Defaults)) {
		text += ", " + p.Defaults[source] + " with " + string(source)
	}
	return text
}

// meaning returns what a property means, behind the sources that it is of where these are not the one that is read by
// default.
func (p *Property) meaning() string {
	if p.UsedBy(Sources()[0]) {
		return p.Meaning
	}
	return "`" + p.sourceNames() + "`: " + p.Meaning
}

// plainText takes the marks of code out of a text.
func plainText(text string) string { return strings.ReplaceAll(text, "`", "") }

// writeColumns writes a name and, beside it, a text that is wrapped.
func writeColumns(b *strings.Builder, name, text string) {
	for i, line := range wrap(text, textWidth-nameWidth-4) {
		if i > 0 {
			name = ""
		}
		fmt.Fprintf(b, "  %-*s  %s\n", nameWidth, name, line)
	}
}

// wrap breaks a text at blanks into lines of at most width characters; a longer word has its own line.
func wrap(text string, width int) []string {
	var lines []string
	var line string
	for word := range strings.FieldsSeq(text) {
		switch {
		case line == "":
			line = word
		case len(line)+1+len(word) <= width:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	return append(lines, line)
}
