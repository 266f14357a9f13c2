package secret_test

import (
	"strings"
	"testing"

	"fluent-bit-openai-audit/internal/secret"
)

func TestCut(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, text, want string }{
		{"empty", "", ""},
		{"none", "no key here", "no key here"},
		{"alone", testKey, "[redacted]"},
		{"short", "sk-x", "[redacted]"},
		{"nothing but the prefix", "sk- and sk-. and sk-", "sk- and sk-. and sk-"},
		{"in a sentence", "Incorrect API key provided: " + testKey + ".", "Incorrect API key provided: [redacted]."},
		{"masked", "provided: sk-admin***jkl. See", "provided: [redacted]. See"},
		{"shortened", "sk-...abcd or sk-admin-abc...", "[redacted] or [redacted]..."},
		{"several", testKey + "," + testKey, "[redacted],[redacted]"},
		{"upper case", strings.ToUpper(testKey), "[redacted]"},
		{"inside a word", "disk-usage, task-1, Risk-based and ask-me", "disk-usage, task-1, Risk-based and ask-me"},
		{"after a word", "key" + testKey, "key[redacted]"},
		{"after a hyphen", "x-sk-abc, risk-sk-abc", "x-[redacted], risk-[redacted]"},
		{"word before a key", "disk-usage " + testKey, "disk-usage [redacted]"},
		{"in a path", "/run/" + testKey + "/x", "/run/[redacted]/x"},
		{"in a URL", "https://" + testKey + "@host", "https://[redacted]@host"},
		{"other signs after it", "Bearer sk-a_b-c=", "Bearer [redacted]="},
		{"cut before", "[redacted]", "[redacted]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := secret.Cut(tt.text); got != tt.want {
				t.Errorf("Cut(%q) = %q, want %q", tt.text, got, tt.want)
			}
		})
	}
}

func TestWithin(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		testKey: true, "https://" + strings.ToUpper(testKey) + "@host": true, "key" + testKey: true, "disk-usage " + testKey: true,
		"": false, "sk-": false, "sk-foo": false, "disk-usage": false,
	} {
		if got := secret.Within(text); got != want {
			t.Errorf("Within(%q) = %v", text, got)
		}
	}
}

// FuzzCut holds that no key is left, whatever stands around it, and that what is cut stays as it is.
func FuzzCut(f *testing.F) {
	f.Add("", "")
	f.Add("sk-", "...")
	f.Add("disk-", "***")
	f.Fuzz(func(t *testing.T, before, after string) {
		got := secret.Cut(before + testKey + after)
		if leaks(got) || secret.Within(got) {
			t.Fatalf("a key is left: %q", got)
		}
		if again := secret.Cut(got); again != got {
			t.Fatalf("%q is cut to %q", got, again)
		}
	})
}
