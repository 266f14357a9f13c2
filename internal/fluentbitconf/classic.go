package fluentbitconf

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"fluent-bit-openai-audit/internal/secret"
)

// classic reads a file in the classic format: sections in brackets, below them indented lines of a name,
// a blank and a value.
func (r *reader) classic(path string) error {
	data, err := r.open(path)
	if err != nil {
		return err
	}
	f := classicFile{reader: r, path: path}
	number := 0
	for line := range strings.Lines(string(data)) {
		number++
		f.number = number
		if err := f.line(strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")); err != nil {
			return err
		}
	}
	return nil
}

// classicFile is the state of reading one file.
type classicFile struct {
	reader  *reader
	path    string
	number  int    // of the current line, from 1
	indent  string // of the first line with a property
	section bool   // there is a current section
	current int    // where the current section stands among the reader's; -1 when it is of another kind
	group   bool   // in a group of the current section
}

func (f *classicFile) errorf(format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", f.path, f.number, fmt.Sprintf(format, args...))
}

// line reads one line without its end.
func (f *classicFile) line(line string) error {
	const includeCommand = "@include "
	switch {
	case line == "" || line[0] == '#':
		return nil
	case len(line) > len(includeCommand) && strings.EqualFold(line[:len(includeCommand)], includeCommand):
		return f.include(strings.TrimSpace(line[len(includeCommand):]))
	case line[0] == '@':
		return f.command(line)
	case line[0] == '[':
		return f.heading(line)
	}
	return f.property(line)
}

// include reads the files that an @INCLUDE names: relative to the working directory if a file is there,
// else to the main file's.
func (f *classicFile) include(pattern string) error {
	base := f.reader.dir
	if !strings.Contains(pattern, "*") && !filepath.IsAbs(pattern) {
		if _, err := os.Stat(pattern); err == nil {
			base = "."
		}
	}
	paths, err := included(pattern, base)
	if err != nil {
		return fmt.Errorf("%s:%d: %w", f.path, f.number, err)
	}
	for _, path := range paths {
		if err := f.reader.classic(path); err != nil {
			return fmt.Errorf("%s:%d: %w", f.path, f.number, err)
		}
	}
	return nil
}

// command reads an @ command. @SET NAME=VALUE sets a variable for all files; others are not ours.
func (f *classicFile) command(line string) error {
	name, rest, _ := strings.Cut(line, " ")
	if !strings.EqualFold(name, "@set") {
		return nil
	}
	variable, value, ok := strings.Cut(strings.TrimSpace(rest), "=")
	if !ok || strings.TrimSpace(variable) == "" {
		return f.errorf("@SET is written @SET NAME=VALUE")
	}
	f.reader.variables[strings.TrimSpace(variable)] = strings.TrimSpace(value)
	return nil
}

// heading reads a section's heading.
func (f *classicFile) heading(line string) error {
	name, _, ok := strings.Cut(line[1:], "]")
	if !ok {
		return f.errorf("a heading without its closing bracket")
	}
	f.section, f.group = true, false
	f.current = -1
	if kind := kindOf(name); kind != otherSection {
		f.current = len(f.reader.sections)
		f.reader.sections = append(f.reader.sections, section{kind: kind, file: f.path, line: f.number})
	} else {
		f.reader.strange(name, f.path, f.number)
	}
	return nil
}

// property reads an indented line.
func (f *classicFile) property(line string) error {
	text := strings.TrimLeft(line, " \t")
	indent := line[:len(line)-len(text)]
	if text == "" || text[0] == '#' {
		return nil
	}
	if f.indent == "" {
		f.indent = indent
	}
	switch {
	case indent == "":
		return f.errorf("a line of a section is not indented")
	case indent == f.indent:
		f.group = false
	case strings.HasPrefix(indent, f.indent) && len(indent) == 2*len(f.indent):
		// a line of a group
	default:
		return f.errorf("the indentation differs from that of the lines before")
	}
	if text[0] == '[' {
		f.group = true
		return nil
	}
	name, value, ok := strings.Cut(text, " ")
	value = strings.TrimSpace(value)
	if !ok || value == "" {
		return f.errorf("%s has no value", secret.Cut(name))
	}
	if !f.section {
		return f.errorf("%s stands before the first section", secret.Cut(name))
	}
	if f.current >= 0 && !f.group {
		current := &f.reader.sections[f.current]
		current.entries = append(current.entries, entry{name: strings.ToLower(name), values: []string{value}})
	}
	return nil
}
