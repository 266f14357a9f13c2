package config_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"fluent-bit-openai-audit/internal/config"
)

const testKey = "sk-admin-0123456789abcdefghijkl"

func TestSecretIsNeverPrinted(t *testing.T) {
	t.Parallel()
	secret := config.NewSecret(testKey)
	exported := struct{ Key config.Secret }{secret}
	hidden := struct{ key config.Secret }{secret}
	nested := struct {
		inner any
		list  []config.Secret
		byKey map[config.Secret]config.Secret
	}{&exported, []config.Secret{secret}, map[config.Secret]config.Secret{secret: secret}}

	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%p", "%c", "%U", "%e", "%10.3s", "%[1]*v", "%!", "%w"} {
		for name, value := range map[string]any{
			"secret": secret, "pointer": &secret, "exported": exported, "hidden": hidden, "nested": nested,
		} {
			if got := fmt.Sprintf(verb, value); leaks(got) {
				t.Errorf("%s of %s prints the key: %s", verb, name, got)
			}
		}
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		if got := fmt.Sprintf(verb, secret); got != "[redacted]" {
			t.Errorf("Sprintf(%s) = %q", verb, got)
		}
	}
	if got := secret.String() + secret.GoString(); got != "[redacted][redacted]" {
		t.Errorf("String and GoString = %q", got)
	}
}

// leaks reports whether text holds a part of testKey, as it is or in hexadecimal.
func leaks(text string) bool {
	const part = "0123456789abcdefghijkl"
	return strings.Contains(text, part) || strings.Contains(strings.ToLower(text), fmt.Sprintf("%x", part))
}

func TestSecretIsNeverEncoded(t *testing.T) {
	t.Parallel()
	secret := config.NewSecret(testKey)
	data, err := json.Marshal(map[string]any{"value": secret, "pointer": &secret, "keys": map[config.Secret]int{secret: 1}})
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"keys":{"[redacted]":1},"pointer":"[redacted]","value":"[redacted]"}`; string(data) != want {
		t.Errorf("json.Marshal = %s, want %s", data, want)
	}
	for name, handler := range map[string]func(*strings.Builder) slog.Handler{
		"text": func(b *strings.Builder) slog.Handler { return slog.NewTextHandler(b, nil) },
		"json": func(b *strings.Builder) slog.Handler { return slog.NewJSONHandler(b, nil) },
	} {
		var b strings.Builder
		slog.New(handler(&b)).Info("start", "key", secret, "config", struct{ Key config.Secret }{secret})
		if leaks(b.String()) || strings.Count(b.String(), "[redacted]") != 2 {
			t.Errorf("%s handler wrote %s", name, b.String())
		}
	}
}

func TestSecretHoldsItsText(t *testing.T) {
	t.Parallel()
	secret, same, other, empty := config.NewSecret(testKey), config.NewSecret(testKey), config.NewSecret("x"), config.NewSecret("")
	if secret.Reveal() != testKey || empty.Reveal() != "" {
		t.Error("Reveal does not give the text")
	}
	if !secret.Equal(same) || secret.Equal(other) || secret.Equal(empty) || !empty.Equal(config.Secret{}) {
		t.Error("Equal does not compare the texts")
	}
	if secret.IsZero() || !empty.IsZero() {
		t.Error("IsZero does not tell empty from set")
	}
	if got, want := config.NewSecret("abc").Fingerprint(), "ba7816bf"; got != want {
		t.Errorf("Fingerprint = %s, want %s", got, want)
	}
	if got := empty.Fingerprint(); got != "" {
		t.Errorf("Fingerprint of an empty secret = %q", got)
	}
}

func TestCutKeys(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, text, want string }{
		{"none", "no key here", "no key here"},
		{"alone", testKey, "sk-[cut]"},
		{"short", "sk-x", "sk-[cut]"},
		{"bare prefix", "sk-", "sk-[cut]"},
		{"in a sentence", "Incorrect API key provided: " + testKey + ".", "Incorrect API key provided: sk-[cut]."},
		{"masked by the server", "provided: sk-admin***jkl.", "provided: sk-[cut]***jkl."},
		{"several", testKey + "," + testKey, "sk-[cut],sk-[cut]"},
		{"upper case", strings.ToUpper(testKey), "sk-[cut]"},
		{"inside a word", "disk-usage task-1", "disk-usage task-1"},
		{"after a word", "key" + testKey, "keysk-[cut]"},
		{"word before a key", "disk-usage " + testKey, "disk-usage sk-[cut]"},
		{"in a path", "/run/" + testKey + "/x", "/run/sk-[cut]/x"},
		{"in a URL", "https://" + testKey + "@host", "https://sk-[cut]@host"},
		{"empty", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := config.CutKeys(tt.text); got != tt.want {
				t.Errorf("CutKeys(%q) = %q, want %q", tt.text, got, tt.want)
			}
		})
	}
}

func TestCheckKey(t *testing.T) {
	t.Parallel()
	const needed = "; the audit log needs an admin key (sk-admin-...): an owner of the organization creates an admin key at " +
		"https://platform.openai.com/settings/organization/admin-keys, and read permission for audit logs " +
		"(scope api.audit_logs.read) is all it needs"
	for _, tt := range []struct{ name, key, warning, err string }{
		{"admin", testKey, "", ""},
		{"project", "sk-proj-abcdef", "belongs to a project (sk-proj-...)" + needed, ""},
		{"service account", "sk-svcacct-abcdef", "belongs to a service account (sk-svcacct-...)" + needed, ""},
		{"user", "sk-abcdef", "is an OpenAI key, but no admin key" + needed, ""},
		{"foreign", "ghp_abcdef", "does not look like an OpenAI key" + needed, ""},
		{"shortened", "sk-admin-abc...xyz", "has characters that OpenAI's keys do not have, as a placeholder or a shortened key would", ""},
		{"placeholder", "<your-key>", "has characters that OpenAI's keys do not have, as a placeholder or a shortened key would", ""},
		{"empty", "", "", "is empty"},
		{"long", strings.Repeat("k", 4097), "", "is too long for a key"},
		{"quoted", `"` + testKey + `"`, "", "stands in quotation marks, which are not part of a key"},
		{"bearer", "bearer " + testKey, "", `begins with "Bearer", which is not part of a key`},
		{"path", "/run/secrets/key", "", "is a path; a file with the key goes into api_key_file"},
		{"two lines", testKey + "\n" + testKey, "", "holds a blank or a line break"},
		{"blank", "sk-admin abc", "", "holds a blank or a line break"},
		{"control", "sk-admin-\x00", "", "holds a control character"},
		{"delete", "sk-admin-\x7f", "", "holds a control character"},
		{"dash from a document", "sk\u2013admin-abc", "", "holds a character that is not ASCII, perhaps from copying formatted text"},
		{"zero-width space", testKey + "\u200b", "", "holds a character that is not ASCII, perhaps from copying formatted text"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			warning, err := config.CheckKey(tt.key)
			if warning != tt.warning {
				t.Errorf("warning = %q, want %q", warning, tt.warning)
			}
			if got := errorText(err); got != tt.err {
				t.Errorf("error = %q, want %q", got, tt.err)
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
