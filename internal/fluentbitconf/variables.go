package fluentbitconf

import (
	"os"
	"strings"
)

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
	if value, ok := r.getenv(name); ok {
		return value
	}
	if name == "HOSTNAME" {
		if host, err := os.Hostname(); err == nil {
			return host
		}
	}
	return ""
}
