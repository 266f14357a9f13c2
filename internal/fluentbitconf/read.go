package fluentbitconf

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"fluent-bit-openai-audit/internal/config"
)

// Limits that Fluent Bit has as well, or that no configuration comes near.
const (
	maxFiles    = 1000
	maxFileSize = 32 << 20
)

var (
	errTooLarge = errors.New("larger than a configuration can be")
	errNoMatch  = errors.New("no such file")
)

// Read reads a configuration file, and all files that it includes, in their order; there being no openai_audit input is
// an error. A name that ends in .yaml or .yml is YAML, any other the classic format. The variables of ${NAME} that the
// configuration does not set itself are looked up through getenv. An error names file and line.
func Read(path string, getenv config.Getter) (*Configuration, error) {
	r := &reader{getenv: getenv, dir: filepath.Dir(path), variables: map[string]string{}}
	read := r.classic
	if ext := strings.ToLower(filepath.Ext(path)); ext == ".yaml" || ext == ".yml" {
		read = r.yaml
	}
	if err := read(path); err != nil {
		return nil, err
	}
	inputs := r.stanzas()
	if len(inputs) == 0 {
		return nil, r.noneError(path)
	}
	return &Configuration{
		Inputs: inputs, Service: r.service(), Filters: r.plugins(filterSection), Outputs: r.plugins(outputSection),
		inputs: len(r.of(inputSection)),
	}, nil
}

// reader reads one configuration.
type reader struct {
	getenv    config.Getter
	dir       string            // of the main file
	files     []os.FileInfo     // read so far
	variables map[string]string // set in the configuration itself
	sections  []section         // of the kinds below
	headings  []heading         // sections that are none of Fluent Bit's
}

// sectionKind is what a section is about.
type sectionKind uint8

// The kinds that are read. The zero kind is any other.
const (
	otherSection sectionKind = iota
	serviceSection
	inputSection
	filterSection
	outputSection
)

// kindOf returns the kind of the section that a name stands for, in either format.
func kindOf(name string) sectionKind {
	switch strings.ToLower(name) {
	case "service":
		return serviceSection
	case "input", "inputs":
		return inputSection
	case "filter", "filters":
		return filterSection
	case "output", "outputs":
		return outputSection
	}
	return otherSection
}

// section is one section, or one plugin of the pipeline, before variables are replaced.
type section struct {
	kind    sectionKind
	routed  bool // an input that names its outputs itself
	file    string
	line    int
	entries []entry
}

// entry is one line of a section: a name in lower case, and its value or, in YAML, values.
type entry struct {
	name   string
	values []string
}

// of returns the sections of a kind.
func (r *reader) of(kind sectionKind) (list []section) {
	for _, s := range r.sections {
		if s.kind == kind {
			list = append(list, s)
		}
	}
	return list
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
