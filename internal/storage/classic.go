package storage

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Bounds of what is read to find one line.
const (
	maxFiles    = 64
	maxFileSize = 4 << 20
)

// classicReader looks for storage.path in a configuration in the classic format. It is no judge: Fluent Bit has read the
// file before, so what it finds odd it leaves out.
type classicReader struct {
	dir       string // of the main file
	read      func(path string) ([]byte, error)
	glob      func(pattern string) ([]string, error)
	files     map[string]bool
	variables map[string]string // of @SET
	value     string            // the last storage.path of a section SERVICE, with its variables
}

// classicStorage returns the value of storage.path in a configuration file and those that it includes; "" when it is not
// set. getenv looks a variable up that the configuration does not set.
func classicStorage(path string, getenv func(string) (string, bool)) (string, error) {
	r := &classicReader{dir: filepath.Dir(path), read: readBounded, glob: filepath.Glob}
	return r.storage(path, getenv)
}

func (r *classicReader) storage(path string, getenv func(string) (string, bool)) (string, error) {
	r.files, r.variables = map[string]bool{}, map[string]string{}
	if err := r.file(path); err != nil {
		return "", err
	}
	return r.expand(r.value, getenv), nil
}

func (r *classicReader) file(path string) error {
	if r.files[path] || len(r.files) == maxFiles {
		return nil
	}
	r.files[path] = true
	data, err := r.read(path)
	if err != nil {
		return err
	}
	service := false
	for line := range strings.Lines(string(data)) {
		line = strings.TrimRight(line, "\r\n")
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '@':
			r.command(line)
		case line[0] == '[':
			name, _, _ := strings.Cut(line[1:], "]")
			service = strings.EqualFold(name, "service")
		case service:
			name, value, ok := strings.Cut(strings.TrimLeft(line, " \t"), " ")
			if ok && strings.EqualFold(name, "storage.path") {
				r.value = strings.TrimSpace(value)
			}
		}
	}
	return nil
}

// command reads @INCLUDE and @SET.
func (r *classicReader) command(line string) {
	name, rest, _ := strings.Cut(line, " ")
	rest = strings.TrimSpace(rest)
	switch strings.ToLower(name) {
	case "@set":
		if variable, value, ok := strings.Cut(rest, "="); ok {
			r.variables[strings.TrimSpace(variable)] = strings.TrimSpace(value)
		}
	case "@include":
		for _, path := range r.included(rest) {
			_ = r.file(path) // Fluent Bit would not have started without it
		}
	}
}

// included returns the files that an @INCLUDE names: relative to the working directory if a file is there, else to the
// main file's folder.
func (r *classicReader) included(pattern string) []string {
	if strings.Contains(pattern, "*") {
		if !filepath.IsAbs(pattern) {
			pattern = filepath.Join(r.dir, pattern)
		}
		paths, err := r.glob(pattern)
		if err != nil {
			return nil
		}
		return paths
	}
	if !filepath.IsAbs(pattern) {
		if _, err := r.read(pattern); err != nil {
			pattern = filepath.Join(r.dir, pattern)
		}
	}
	return []string{pattern}
}

// expand replaces ${NAME} and ${NAME:-default}, as Fluent Bit does.
func (r *classicReader) expand(value string, getenv func(string) (string, bool)) string {
	var b strings.Builder
	for {
		head, tail, ok := strings.Cut(value, "${")
		name, after, closed := strings.Cut(tail, "}")
		if !ok || !closed {
			b.WriteString(value)
			return b.String()
		}
		name, fallback, _ := strings.Cut(name, ":-")
		text, set := r.variables[name]
		if !set {
			text, _ = getenv(name)
		}
		if text == "" {
			text = fallback
		}
		b.WriteString(head + text)
		value = after
	}
}

// readBounded reads a regular file of a size that a configuration may have.
func readBounded(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("read configuration: %s is no regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFileSize))
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	return data, nil
}
