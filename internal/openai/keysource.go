package openai

import (
	"context"

	"fluent-bit-openai-audit/internal/secret"
)

// KeySource gives the key for each request. Implementations are safe for
// concurrent use.
type KeySource interface {
	// Key returns the key to use now.
	Key(ctx context.Context) (secret.Key, error)
	// Refused tells that the API refused this key, and reports whether Key now
	// returns another one that is worth a try at once.
	Refused(secret.Key) (changed bool)
}

// keyAccepter is what a KeySource may also be: Accepted tells it that the API
// answered a request with this key, which makes it a key to fall back to.
type keyAccepter interface {
	Accepted(secret.Key)
}

// StaticKey is a key that never changes.
type StaticKey struct{ key secret.Key }

// NewStaticKey returns the source of one key.
func NewStaticKey(key secret.Key) *StaticKey { return &StaticKey{key: key} }

// Key returns the key.
func (s *StaticKey) Key(context.Context) (secret.Key, error) { return s.key, nil }

// Refused returns false: there is no other key.
func (s *StaticKey) Refused(secret.Key) bool { return false }
