package fluentbitconf_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fluent-bit-openai-audit/internal/config"
	"fluent-bit-openai-audit/internal/fluentbitconf"
)

const testKey = "sk-admin-0123456789abcdefghijkl"

// leaks reports whether text holds a part of testKey, as it is or in hexadecimal.
func leaks(text string) bool {
	const part = "0123456789abcdefghijkl"
	return strings.Contains(text, part) || strings.Contains(strings.ToLower(text), fmt.Sprintf("%x", part))
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// getter returns an environment.
func getter(values map[string]string) config.Getter {
	return func(name string) (string, bool) {
		value, set := values[name]
		return value, set
	}
}

// writeFiles writes files, named by their paths, below a new directory and returns it.
func writeFiles(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// within returns the stanzas with files named as seen from dir.
func within(t *testing.T, dir string, stanzas []fluentbitconf.Stanza) []fluentbitconf.Stanza {
	t.Helper()
	for i := range stanzas {
		name, err := filepath.Rel(dir, stanzas[i].File)
		if err != nil {
			t.Fatal(err)
		}
		stanzas[i].File = name
	}
	return stanzas
}
