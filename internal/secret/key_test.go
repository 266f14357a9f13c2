package secret_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"fluent-bit-openai-audit/internal/secret"
)

const testKey = "sk-admin-0123456789abcdefghijkl"

func parse(t testing.TB, text string) secret.Key {
	t.Helper()
	key, err := secret.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestKeyIsNeverPrinted(t *testing.T) {
	t.Parallel()
	key := parse(t, testKey)
	exported := struct{ Key secret.Key }{key}
	hidden := struct {
		key secret.Key
		ptr *secret.Key
	}{key, &key}
	nested := struct {
		inner  any
		list   []secret.Key
		byName map[string]secret.Key
	}{&exported, []secret.Key{key}, map[string]secret.Key{"k": key}}

	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%p", "%c", "%U", "%e", "%10.3s", "%[1]*v", "%!", "%w"} {
		for name, value := range map[string]any{
			"key": key, "pointer": &key, "exported": exported, "hidden": hidden, "pointer to hidden": &hidden, "nested": nested,
		} {
			if got := fmt.Sprintf(verb, value); leaks(got) {
				t.Errorf("%s of %s prints the key: %s", verb, name, got)
			}
		}
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		if got := fmt.Sprintf(verb, key); got != "[redacted]" {
			t.Errorf("Sprintf(%s) = %q", verb, got)
		}
	}
	if got := key.String() + key.GoString(); got != "[redacted][redacted]" {
		t.Errorf("String and GoString = %q", got)
	}
}

// leaks reports whether text holds a part of testKey, as it is or in hexadecimal.
func leaks(text string) bool {
	const part = "0123456789abcdefghijkl"
	return strings.Contains(text, part) || strings.Contains(strings.ToLower(text), fmt.Sprintf("%x", part))
}

func TestKeyIsNeverEncoded(t *testing.T) {
	t.Parallel()
	key := parse(t, testKey)
	data, err := json.Marshal(map[string]any{"value": key, "pointer": &key, "list": []secret.Key{key}})
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"list":["[redacted]"],"pointer":"[redacted]","value":"[redacted]"}`; string(data) != want {
		t.Errorf("json.Marshal = %s, want %s", data, want)
	}
	if text, err := key.MarshalText(); err != nil || string(text) != "[redacted]" {
		t.Errorf("MarshalText = %s, %v", text, err)
	}
	for name, handler := range map[string]func(*strings.Builder) slog.Handler{
		"text": func(b *strings.Builder) slog.Handler { return slog.NewTextHandler(b, nil) },
		"json": func(b *strings.Builder) slog.Handler { return slog.NewJSONHandler(b, nil) },
	} {
		var b strings.Builder
		slog.New(handler(&b)).Info("start", "key", key, "config", struct{ Key secret.Key }{key})
		if leaks(b.String()) || strings.Count(b.String(), "[redacted]") != 2 {
			t.Errorf("%s handler wrote %s", name, b.String())
		}
	}
}

func TestKeyHoldsItsText(t *testing.T) {
	t.Parallel()
	key, same, other, none := parse(t, testKey), parse(t, " "+testKey+"\n"), parse(t, "x"), secret.Key{}
	if key.Reveal() != testKey || none.Reveal() != "" {
		t.Error("Reveal does not give the text")
	}
	if !key.Equal(same) || key.Equal(other) || key.Equal(none) || !none.Equal(secret.Key{}) {
		t.Error("Equal does not compare the texts")
	}
	if key.IsZero() || !none.IsZero() {
		t.Error("IsZero does not tell none from a key")
	}
	// printf %s abc | sha256sum
	if got, want := parse(t, "abc").Fingerprint(), "ba7816bf"; got != want {
		t.Errorf("Fingerprint = %s, want %s", got, want)
	}
	if got := none.Fingerprint(); got != "" {
		t.Errorf("Fingerprint of no key = %q", got)
	}
}
