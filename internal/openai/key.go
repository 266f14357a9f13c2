package openai

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// redacted stands wherever a secret would have been printed.
const redacted = "[redacted]"

// maxKeyBytes bounds a key and the file it is read from.
const maxKeyBytes = 8 << 10

// Key is an API key that cannot be printed: every way of formatting, logging or
// marshaling it gives "[redacted]". The zero Key is no key.
type Key struct {
	_ [0]func() // not comparable: == would compare addresses; use Equal

	// Behind a pointer, because fmt prints the fields of a struct it reaches
	// through an unexported field without asking for their methods; of a nested
	// pointer it prints the address.
	value *string
}

// KeyKind is what the beginning of a key tells about it.
type KeyKind uint8

// The kinds of key. Only an AdminKey can read audit logs of the public API.
const (
	NoKey             KeyKind = iota // there is none
	AdminKey                         // sk-admin-
	ProjectKey                       // sk-proj-
	ServiceAccountKey                // sk-svcacct-
	UserKey                          // any other sk-
	OtherKey                         // no known beginning: another product's key, or a gateway's
)

// ParseKey takes a key from text, without the white space around it. What is
// left must be one word of visible ASCII of at most 8 KiB, so that it can stand
// in a header. An error tells where the text is wrong, never what it holds.
func ParseKey(text string) (Key, error) {
	if len(text) > maxKeyBytes {
		return Key{}, fmt.Errorf("is longer than %d bytes", maxKeyBytes)
	}
	text = strings.TrimSpace(text)
	if text == "" {
		return Key{}, errors.New("is empty")
	}
	for i := range len(text) {
		switch c := text[i]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			return Key{}, errors.New("holds white space inside: one key and nothing else is expected")
		case c < 0x21 || c > 0x7e:
			return Key{}, fmt.Errorf("holds a byte that no header can carry (0x%02x, number %d)", c, i+1)
		}
	}
	// A copy of its own, so that the key does not keep a larger text in memory.
	text = strings.Clone(text)
	return Key{value: &text}, nil
}

// Reveal returns the key itself. Its only use is the Authorization header.
func (k Key) Reveal() string {
	if k.value == nil {
		return ""
	}
	return *k.value
}

// IsZero reports whether k is no key at all.
func (k Key) IsZero() bool { return k.value == nil }

// Equal reports whether both are the same key.
func (k Key) Equal(other Key) bool {
	return subtle.ConstantTimeCompare([]byte(k.Reveal()), []byte(other.Reveal())) == 1
}

// Fingerprint returns the first 8 hexadecimal digits of the key's SHA-256: enough
// to tell two keys apart in a log. It is "" for the zero Key.
func (k Key) Fingerprint() string {
	if k.value == nil {
		return ""
	}
	sum := sha256.Sum256([]byte(*k.value))
	return hex.EncodeToString(sum[:4])
}

// Kind tells what the key's beginning says about it.
func (k Key) Kind() KeyKind {
	switch text := k.Reveal(); {
	case k.value == nil:
		return NoKey
	case strings.HasPrefix(text, "sk-admin-"):
		return AdminKey
	case strings.HasPrefix(text, "sk-proj-"):
		return ProjectKey
	case strings.HasPrefix(text, "sk-svcacct-"):
		return ServiceAccountKey
	case strings.HasPrefix(text, "sk-"):
		return UserKey
	default:
		return OtherKey
	}
}

// String returns "[redacted]".
func (Key) String() string { return redacted }

// GoString returns "[redacted]".
func (Key) GoString() string { return redacted }

// Format writes "[redacted]" for every verb.
func (Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// MarshalText returns "[redacted]".
func (Key) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// MarshalJSON returns "[redacted]" as a JSON string.
func (Key) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// LogValue returns "[redacted]".
func (Key) LogValue() slog.Value { return slog.StringValue(redacted) }
