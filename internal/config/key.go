package config

import (
	"errors"
	"strings"
)

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

// longestKey is far above any key and far below what a server takes for a header.
const longestKey = 4096

var (
	errKeyEmpty   = errors.New("is empty")
	errKeyLong    = errors.New("is too long for a key")
	errKeyBlank   = errors.New("holds a blank or a line break")
	errKeyControl = errors.New("holds a control character")
	errKeyUnicode = errors.New("holds a character that is not ASCII, perhaps from copying formatted text")
	errKeyQuoted  = errors.New("stands in quotation marks, which are not part of a key")
	errKeyBearer  = errors.New(`begins with "Bearer", which is not part of a key`)
	errKeyPath    = errors.New("is a path; a file with the key goes into api_key_file")
)

// CheckKey judges a key, without surrounding blanks, before it is sent. The error says why it can be no
// key, and why no request is made with it. The warning, "" for none, says that it does not look like
// the kind of key that may read the audit log; the API decides. Both go on from "the key" and hold no
// part of it.
func CheckKey(key string) (warning string, err error) {
	switch {
	case key == "":
		return "", errKeyEmpty
	case len(key) > longestKey:
		return "", errKeyLong
	case quoted(key):
		return "", errKeyQuoted
	case len(key) > len("Bearer ") && strings.EqualFold(key[:len("Bearer ")], "Bearer "):
		return "", errKeyBearer
	case strings.HasPrefix(key, "/") || strings.HasPrefix(key, "./") || strings.HasPrefix(key, "file:"):
		return "", errKeyPath
	}
	for i := range len(key) {
		switch c := key[i]; {
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			return "", errKeyBlank
		case c < ' ' || c == 0x7f:
			return "", errKeyControl
		case c > '~':
			return "", errKeyUnicode
		}
	}
	return keyWarning(key), nil
}

// keyWarning names the kind of a key that is not an admin key.
func keyWarning(key string) string {
	const needed = "; the audit log needs an admin key (sk-admin-...): " + howToGetKey
	switch {
	case !isID(key):
		return "has characters that OpenAI's keys do not have, as a placeholder or a shortened key would"
	case strings.HasPrefix(key, "sk-admin-"):
		return ""
	case strings.HasPrefix(key, "sk-proj-"):
		return "belongs to a project (sk-proj-...)" + needed
	case strings.HasPrefix(key, "sk-svcacct-"):
		return "belongs to a service account (sk-svcacct-...)" + needed
	case strings.HasPrefix(key, keyPrefix):
		return "is an OpenAI key, but no admin key" + needed
	}
	return "does not look like an OpenAI key" + needed
}

// keyKind is the key itself.
type keyKind struct{ field func(*Config) *Secret }

func (keyKind) typeName() string { return "text" }

func (keyKind) accepted() string { return "an admin key, sk-admin-..." }

func (k keyKind) set(c *Config, value string) *fault {
	if _, err := CheckKey(value); err != nil {
		return &fault{reason: err.Error()}
	}
	*k.field(c) = NewSecret(value)
	return nil
}

func (k keyKind) get(c *Config) string {
	if k.field(c).IsZero() {
		return ""
	}
	return redacted
}
