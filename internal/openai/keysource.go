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
	// Generation counts the keys that the source has had. It is asked for before a
	// request, to know by [KeySource.Changed] that the key which was refused is not
	// the one to be had any more.
	Generation() uint64
	// Changed waits until Generation is another than since, and looks for a new key
	// meanwhile. The error is ctx's, when that ends first. However many wait, it
	// costs no more than one does.
	Changed(ctx context.Context, since uint64) error
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

// Generation returns 1: there is one key.
func (s *StaticKey) Generation() uint64 { return 1 }

// Changed waits until ctx ends, unless since is no generation of this source.
func (s *StaticKey) Changed(ctx context.Context, since uint64) error {
	if since != s.Generation() {
		return ctx.Err()
	}
	<-ctx.Done()
	return ctx.Err()
}
