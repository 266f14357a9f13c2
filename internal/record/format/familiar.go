package format

import (
	"strings"

	"fluent-bit-openai-audit/internal/record/catalog"
)

// Unfamiliar returns those of the paths of redact at which no known event has anything: a path that is spelled
// wrong redacts nothing, without a word. It is no error all the same, since the API adds fields without notice.
// Below a payload of which nothing is documented, every path is familiar.
func Unfamiliar(redact []string) []string {
	known, open := knownPaths()
	var list []string
	for _, item := range redact {
		path, _, _ := strings.Cut(item, "=")
		path = strings.TrimSpace(path)
		familiar := false
		for i, keys := range known {
			if ends, goesOn := follow(path, keys); ends || goesOn && open[i] {
				familiar = true
				break
			}
		}
		if !familiar {
			list = append(list, path)
		}
	}
	return list
}

// knownPaths returns the paths of all known fields as lists of keys, and of which it is not known what lies below.
func knownPaths() (paths [][]string, open []bool) {
	add := func(isOpen bool, keys ...string) {
		paths, open = append(paths, keys), append(open, isOpen)
	}
	for _, f := range fields() {
		if !strings.HasPrefix(f.path, "$") {
			add(false, strings.Split(f.path, ".")...)
		}
	}
	for _, t := range catalog.Types() {
		if len(t.Fields) == 0 {
			add(true, t.Name)
		}
		for _, field := range t.Fields {
			words := strings.Split(strings.ReplaceAll(field, "[]", ""), ".")
			last := words[len(words)-1]
			free := last == "data" || last == "changes_requested" || last == "metadata"
			add(free, append([]string{t.Name}, words...)...)
		}
	}
	return paths, open
}

// follow reports whether a path of redact ends at one of keys, each of which lies below the one before, or goes
// on below the last.
func follow(path string, keys []string) (ends, goesOn bool) {
	for _, key := range keys {
		n := wordLength(path, key)
		switch {
		case n < 0:
			return false, false
		case n == len(path):
			return true, false
		}
		path = path[n+1:]
	}
	return false, path != ""
}

// wordLength returns how much of path meets a key, up to its end or a dot; -1 where it does not.
func wordLength[K string | []byte](path string, key K) int {
	n := len(key)
	if path == "" {
		return -1
	}
	if path[0] == '*' && (len(path) == 1 || path[1] == '.') {
		n = 1
	} else if len(path) < n || path[:n] != string(key) {
		return -1
	}
	if n < len(path) && path[n] != '.' {
		return -1
	}
	return n
}
