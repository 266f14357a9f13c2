package secret

import "strings"

// Kind is what the beginning of a key tells about it.
type Kind uint8

// The kinds of key. Only an AdminKey can read audit logs of the public API.
const (
	NoKey             Kind = iota // there is none
	AdminKey                      // sk-admin-
	ProjectKey                    // sk-proj-
	ServiceAccountKey             // sk-svcacct-
	UserKey                       // any other sk-
	OtherKey                      // no known beginning: another product's key, or a gateway's
)

// Kind tells what the key's beginning says about it.
func (k Key) Kind() Kind {
	switch text := k.Reveal(); {
	case k.IsZero():
		return NoKey
	case strings.HasPrefix(text, "sk-admin-"):
		return AdminKey
	case strings.HasPrefix(text, "sk-proj-"):
		return ProjectKey
	case strings.HasPrefix(text, "sk-svcacct-"):
		return ServiceAccountKey
	case strings.HasPrefix(text, prefix):
		return UserKey
	default:
		return OtherKey
	}
}

// String names a key of this kind, with its article.
func (k Kind) String() string {
	switch k {
	case NoKey:
		return "no key"
	case AdminKey:
		return "an admin key (sk-admin-...)"
	case ProjectKey:
		return "a project's key (sk-proj-...)"
	case ServiceAccountKey:
		return "a service account's key (sk-svcacct-...)"
	case UserKey:
		return "a user's key (sk-...)"
	default:
		return "a key of a kind that is not OpenAI's"
	}
}

// WellFormed reports whether the key consists of characters that OpenAI's keys have. A placeholder, or a key that was
// shortened for display, mostly does not.
func (k Key) WellFormed() bool { return !k.IsZero() && run(k.Reveal()) == len(k.Reveal()) }
