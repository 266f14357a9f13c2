package secret

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// Redacted stands wherever a secret would have been printed.
const Redacted = "[redacted]"

// Key is an API key that cannot be printed: every way of formatting, logging or encoding it gives "[redacted]"; only
// Reveal gives the key. The zero Key is no key.
type Key struct {
	_ [0]func() // not comparable: == would compare addresses; use Equal

	// Behind a pointer, because fmt prints the fields of a struct it reaches through an unexported field without asking
	// for their methods; of a nested pointer it prints the address.
	text *string
}

// Reveal returns the key itself. Its only use is the Authorization header.
func (k Key) Reveal() string {
	if k.text == nil {
		return ""
	}
	return *k.text
}

// IsZero reports whether k is no key at all.
func (k Key) IsZero() bool { return k.text == nil }

// Equal reports whether both are the same key, in constant time for keys of one length.
func (k Key) Equal(other Key) bool {
	if k.text == other.text {
		return true // the very same, as mostly
	}
	return subtle.ConstantTimeCompare([]byte(k.Reveal()), []byte(other.Reveal())) == 1
}

// Fingerprint returns the first 8 hexadecimal digits of the key's SHA-256: enough to tell two keys apart in a log, too
// little to find one. It is "" for the zero Key.
func (k Key) Fingerprint() string {
	if k.IsZero() {
		return ""
	}
	sum := sha256.Sum256([]byte(k.Reveal()))
	return hex.EncodeToString(sum[:4])
}

// String returns "[redacted]".
func (Key) String() string { return Redacted }

// GoString returns "[redacted]".
func (Key) GoString() string { return Redacted }

// Format writes "[redacted]" for every verb.
func (Key) Format(f fmt.State, _ rune) {
	// A formatter has no way to report the error.
	_, _ = io.WriteString(f, Redacted)
}

// MarshalText returns "[redacted]".
func (Key) MarshalText() ([]byte, error) { return []byte(Redacted), nil }

// MarshalJSON returns "[redacted]" as a JSON string.
func (Key) MarshalJSON() ([]byte, error) { return []byte(`"` + Redacted + `"`), nil }

// LogValue returns "[redacted]".
func (Key) LogValue() slog.Value { return slog.StringValue(Redacted) }

// EndsIn reports whether the key ends in a part of it that is shown somewhere, of 4 characters or more.
func (k Key) EndsIn(part string) bool {
	return len(part) >= 4 && strings.HasSuffix(k.Reveal(), part)
}

// Address is an address that whoever has it may use, such as a signed one. It cannot be printed, as a Key cannot.
type Address struct{ Key }

// NewAddress returns the address with this text.
func NewAddress(text string) Address { return Address{Key{text: &text}} }
