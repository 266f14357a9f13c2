package format

import (
	"bytes"
	"fmt"
	"io"

	"fluent-bit-openai-audit/internal/secret"
)

// MinKey is how many bytes the key of the hashes has at least.
const MinKey = 16

// A Key is the key of the hashes. It cannot be printed. The zero value is none.
type Key struct {
	// Behind a pointer, because fmt prints the fields of a struct that it reaches through an unexported field without asking
	// for their methods; of a nested pointer it prints the address.
	text *string
}

// ParseKey returns the key that a key file holds: its content without white space at the ends. The error does
// not show it.
func ParseKey(content []byte) (Key, error) {
	key := bytes.TrimSpace(content)
	if len(key) < MinKey {
		return Key{}, fmt.Errorf("the key has %d bytes; it takes at least %d", len(key), MinKey)
	}
	text := string(key)
	return Key{&text}, nil
}

// isZero reports whether there is no key.
func (k Key) isZero() bool { return k.text == nil }

// Format writes that there is a key, whatever the verb.
func (Key) Format(f fmt.State, _ rune) {
	// A formatter has no way to report the error.
	_, _ = io.WriteString(f, secret.Redacted)
}
