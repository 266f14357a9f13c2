package secret_test

import (
	"testing"

	"fluent-bit-openai-audit/internal/secret"
)

func TestKind(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		key   string
		kind  secret.Kind
		words string
	}{
		{"sk-admin-abc", secret.AdminKey, "an admin key (sk-admin-...)"},
		{"sk-proj-abc", secret.ProjectKey, "a project's key (sk-proj-...)"},
		{"sk-svcacct-abc", secret.ServiceAccountKey, "a service account's key (sk-svcacct-...)"},
		{"sk-abc", secret.UserKey, "a user's key (sk-...)"},
		{"eyJhbGciOi", secret.OtherKey, "a key of a kind that is not OpenAI's"},
	} {
		if got := parse(t, tt.key).Kind(); got != tt.kind || got.String() != tt.words {
			t.Errorf("the kind of %s is %d, %q, want %d, %q", tt.key, got, got, tt.kind, tt.words)
		}
	}
	if got := (secret.Key{}).Kind(); got != secret.NoKey || got.String() != "no key" {
		t.Errorf("the kind of no key is %d, %q", got, got)
	}
}

func TestWellFormed(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]bool{
		"sk-admin-a_B-9": true, "ghp_abcdef": true, "sk-admin-abc...xyz": false, "sk-admin-***": false, "<your-key>": false,
	} {
		if got := parse(t, key).WellFormed(); got != want {
			t.Errorf("WellFormed of %s is %v", key, got)
		}
	}
	if (secret.Key{}).WellFormed() {
		t.Error("no key is well-formed")
	}
}
