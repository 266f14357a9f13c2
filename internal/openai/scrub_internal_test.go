package openai

import (
	"net/url"
	"testing"
)

// A secret shows neither in a text nor by the holes that it leaves.
func TestScrub(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		user *url.Userinfo
		text string
		want string
	}{
		{"short", url.UserPassword("e", "x"), "connection refused by proxy  x", "connection refused by proxy x"},
		{"short, as in the header", url.UserPassword("e", "x"), "Basic ZTp4", "Basic [redacted]"},
		{"part of what stands for it", url.UserPassword("user", "acte"), "user\tacte", "user [redacted]"},
		{"user alone", url.User("audit"), "audit\nlog, Basic YXVkaXQ6", "audit log, Basic [redacted]"},
		{"blanks within", url.UserPassword("user", "a\t word"), "it is a\t word", "it is [redacted]"},
		{"controls between", url.UserPassword("user", "hunter2"), "hun\x00ter2", "[redacted]"},
		{"several forms", url.UserPassword("user", "p@ss word"), "user:p%40ss%20word p%40ss+word p@ss word", "[redacted] [redacted] [redacted]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := scrubber{secrets: proxySecrets(&url.URL{User: tt.user})}
			if got := s.scrub(tt.text, maxMessage); got != tt.want {
				t.Errorf("scrub(%q) = %q, want %q", tt.text, got, tt.want)
			}
		})
	}
}
