package openai

import (
	"context"
	"fmt"
	"os"
)

// KeySource gives the key for each request. Implementations are safe for
// concurrent use.
type KeySource interface {
	// Key returns the key to use now.
	Key(ctx context.Context) (Key, error)
	// Refused tells that the API refused this key, and reports whether Key now
	// returns another one that is worth a try at once.
	Refused(Key) (changed bool)
}

// keyAccepter is what a KeySource may also be: Accepted tells it that the API
// answered a request with this key, which makes it a key to fall back to.
type keyAccepter interface {
	Accepted(Key)
}

// StaticKey is a key that never changes.
type StaticKey struct{ key Key }

// NewStaticKey returns the source of a key given as text. See [ParseKey] for
// what is accepted.
func NewStaticKey(text string) (*StaticKey, error) {
	key, err := ParseKey(text)
	if err != nil {
		return nil, fmt.Errorf("api_key: %w", err)
	}
	return &StaticKey{key: key}, nil
}

// NewEnvKey returns the source of a key that stands in an environment variable.
// It is read once: nothing outside can change a running process's environment.
func NewEnvKey(name string) (*StaticKey, error) {
	text, set := os.LookupEnv(name)
	if !set {
		return nil, fmt.Errorf("environment variable %s: is not set", name)
	}
	key, err := ParseKey(text)
	if err != nil {
		return nil, fmt.Errorf("environment variable %s: %w", name, err)
	}
	return &StaticKey{key: key}, nil
}

// Key returns the key.
func (s *StaticKey) Key(context.Context) (Key, error) { return s.key, nil }

// Refused returns false: there is no other key.
func (s *StaticKey) Refused(Key) bool { return false }
