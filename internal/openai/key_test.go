package openai_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"fluent-bit-openai-audit/internal/openai"
)

func TestParseKey(t *testing.T) {
	tests := []struct{ name, text, want, wantErr string }{
		{"plain", "sk-admin-abc", "sk-admin-abc", ""},
		{"white space around", " \r\n\tsk-admin-abc\r\n", "sk-admin-abc", ""},
		{"empty", "", "", "is empty"},
		{"only white space", " \n ", "", "is empty"},
		{"two lines", "sk-admin-abc\nsk-admin-def", "", "holds white space inside: one key and nothing else is expected"},
		{"header injection", "sk-admin-abc\r\nX-Evil: 1", "", "holds white space inside: one key and nothing else is expected"},
		{"control byte", "sk-\x01abc", "", "holds a byte that no header can carry (0x01, number 4)"},
		{"byte order mark", "\ufeffsk-admin-abc", "", "holds a byte that no header can carry (0xef, number 1)"},
		{"too long", strings.Repeat("k", 8193), "", "is longer than 8192 bytes"},
		{"just not too long", strings.Repeat("k", 8192), strings.Repeat("k", 8192), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			key, err := openai.ParseKey(tt.text)
			if text := errorText(err); text != tt.wantErr {
				t.Fatalf("error %q, want %q", text, tt.wantErr)
			}
			if key.Reveal() != tt.want {
				t.Errorf("key %q, want %q", key.Reveal(), tt.want)
			}
			if key.IsZero() != (tt.wantErr != "") {
				t.Errorf("IsZero is %v", key.IsZero())
			}
		})
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestKeyFacts(t *testing.T) {
	for text, kind := range map[string]openai.KeyKind{
		"sk-admin-abc": openai.AdminKey, "sk-proj-abc": openai.ProjectKey, "sk-svcacct-abc": openai.ServiceAccountKey,
		"sk-abc": openai.UserKey, "eyJhbGciOi": openai.OtherKey,
	} {
		if got := parseKey(t, text).Kind(); got != kind {
			t.Errorf("kind of %s is %d, want %d", text, got, kind)
		}
	}
	// printf %s sk-admin-abc | sha256sum
	if got, want := parseKey(t, "sk-admin-abc").Fingerprint(), "399168db"; got != want {
		t.Errorf("fingerprint %s, want %s", got, want)
	}
	if got := (openai.Key{}).Kind(); got != openai.NoKey {
		t.Errorf("kind of no key %d", got)
	}
	if got := (openai.Key{}).Fingerprint(); got != "" {
		t.Errorf("fingerprint of no key %q", got)
	}
	if !parseKey(t, "a").Equal(parseKey(t, " a ")) || parseKey(t, "a").Equal(parseKey(t, "b")) || parseKey(t, "a").Equal(openai.Key{}) {
		t.Error("Equal does not compare keys")
	}
}

func TestKeyCannotBePrinted(t *testing.T) {
	type exported struct{ Key openai.Key }
	type hidden struct {
		name string
		key  openai.Key
		ptr  *openai.Key
	}
	key := parseKey(t, testKey)
	source := staticKey(t, testKey)
	values := map[string]any{
		"key": key, "pointer": &key, "exported field": exported{key}, "hidden field": hidden{"x", key, &key},
		"pointer to hidden field": &hidden{"x", key, &key}, "slice": []openai.Key{key}, "map": map[string]openai.Key{"k": key},
		"source": source, "interface": []any{key},
	}
	for name, value := range values {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T %v", "%10v"} {
			if text := fmt.Sprintf(verb, value, value); strings.Contains(text, testKey[8:]) || strings.Contains(text, fmt.Sprintf("%x", testKey)) {
				t.Errorf("%s with %s gives the key: %s", name, verb, text)
			}
		}
		text, err := json.Marshal(value)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if strings.Contains(string(text), testKey) {
			t.Errorf("%s as JSON gives the key: %s", name, text)
		}
		var log bytes.Buffer
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "v", value)
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "v", value)
		if strings.Contains(log.String(), testKey) {
			t.Errorf("%s in slog gives the key: %s", name, log.String())
		}
	}
	if text, err := json.Marshal(exported{key}); err != nil || string(text) != `{"Key":"[redacted]"}` {
		t.Errorf("as JSON: %s, %v", text, err)
	}
	if got := fmt.Sprint(key); got != "[redacted]" {
		t.Errorf("printed: %s", got)
	}
	if text, err := key.MarshalText(); err != nil || string(text) != "[redacted]" {
		t.Errorf("as text: %s, %v", text, err)
	}
	if got := key.GoString(); got != "[redacted]" {
		t.Errorf("in Go syntax: %s", got)
	}
	if got := key.String(); got != "[redacted]" {
		t.Errorf("as string: %s", got)
	}
}

func TestFixedKeySources(t *testing.T) {
	if _, err := openai.NewStaticKey(" "); errorText(err) != "api_key: is empty" {
		t.Errorf("error %v", err)
	}
	const name = "OPENAI_AUDIT_TEST_KEY"
	if _, err := openai.NewEnvKey(name); errorText(err) != "environment variable OPENAI_AUDIT_TEST_KEY: is not set" {
		t.Errorf("error %v", err)
	}
	t.Setenv(name, "")
	if _, err := openai.NewEnvKey(name); errorText(err) != "environment variable OPENAI_AUDIT_TEST_KEY: is empty" {
		t.Errorf("error %v", err)
	}
	t.Setenv(name, testKey+"\n")
	source, err := openai.NewEnvKey(name)
	if err != nil {
		t.Fatal(err)
	}
	key, err := source.Key(context.Background())
	if err != nil || key.Reveal() != testKey {
		t.Errorf("the key is not the variable's (error %v)", err)
	}
	if source.Refused(key) {
		t.Error("a fixed key has changed")
	}
}
