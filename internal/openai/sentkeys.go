package openai

import (
	"slices"
	"sync"

	"fluent-bit-openai-audit/internal/secret"
)

// mostSentKeys is how many keys are remembered. A key is replaced now and then; answers to requests with the one before
// may still come.
const mostSentKeys = 4

// sentKeys are the keys that a client sent last, to be cut out of what comes back. The zero value is ready to use.
type sentKeys struct {
	mu   sync.Mutex
	keys []*sentKey // the newest last
}

// sentKey is a key with what finds it, which is made when it is needed for the first time.
type sentKey struct {
	key    secret.Key
	cutter func() *secret.Cutter
}

// note remembers a key.
func (s *sentKeys) note(key secret.Key) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if slices.ContainsFunc(s.keys, func(k *sentKey) bool { return k.key.Equal(key) }) {
		return
	}
	if len(s.keys) == mostSentKeys {
		s.keys = slices.Delete(s.keys, 0, 1)
	}
	s.keys = append(s.keys, &sentKey{key, sync.OnceValue(func() *secret.Cutter { return secret.NewCutter(key) })})
}

// cut returns text without the keys' parts.
func (s *sentKeys) cut(text string) string {
	if s == nil {
		return text
	}
	s.mu.Lock()
	keys := slices.Clone(s.keys)
	s.mu.Unlock()
	for _, k := range keys {
		text = k.cutter().Cut(text)
	}
	return text
}

// CutKeys returns text without what is found in it of the keys that were sent lately, as [secret.Cutter] finds them, and
// text itself where there is nothing. It serves for texts from the API that are kept although they are no events.
func (c *Client) CutKeys(text []byte) []byte {
	if cut := c.sent.cut(string(text)); cut != string(text) {
		return []byte(cut)
	}
	return text
}
