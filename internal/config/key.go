package config

import "fluent-bit-openai-audit/internal/secret"

// The environment variable that holds the key when no property does, and the one that OpenAI's other
// tools read, which holds a kind of key that cannot read the audit log.
const (
	keyVariable     = "OPENAI_ADMIN_KEY"
	projectVariable = "OPENAI_API_KEY"
)

// howToGetKey ends the messages about a missing or a wrong key.
const howToGetKey = "an owner of the organization creates an admin key at " +
	"https://platform.openai.com/settings/organization/admin-keys, and read permission for audit logs " +
	"(scope api.audit_logs.read) is all it needs"

// keyKind is the key itself.
type keyKind struct{ field func(*Config) *secret.Key }

func (keyKind) typeName() string { return "text" }

func (keyKind) accepted() string { return "an admin key, sk-admin-..." }

func (k keyKind) set(c *Config, value string) *fault {
	key, err := secret.Parse(value)
	if err != nil {
		return &fault{reason: err.Error()}
	}
	*k.field(c) = key
	return nil
}

func (k keyKind) get(c *Config) string {
	if k.field(c).IsZero() {
		return ""
	}
	return secret.Redacted
}
