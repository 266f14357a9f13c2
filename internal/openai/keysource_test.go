package openai_test

import "testing"

func TestStaticKey(t *testing.T) {
	source := staticKey(t, testKey)
	key, err := source.Key(t.Context())
	if err != nil || key.Reveal() != testKey {
		t.Errorf("another key, error %v", err)
	}
	if source.Refused(key) {
		t.Error("a fixed key has changed")
	}
}
