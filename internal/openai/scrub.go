package openai

import (
	"errors"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"fluent-bit-openai-audit/internal/secret"
)

const (
	maxMessage = 300 // bytes of a text from outside, as shown
	maxLabel   = 128 // bytes of a code, a type, an id
)

// scrubber makes text from outside fit to be shown. A server may send back
// anything, the key it was given included.
type scrubber struct {
	secrets []string // cut wherever they stand
}

// scrub returns text as one line of at most limit bytes, of printable
// characters, without the secrets and without anything that looks like a key.
func (s scrubber) scrub(text string, limit int) string {
	if !s.plain(text) {
		text = s.cut(text)
		text = oneLine(text)
		// Again: taking characters out may have brought the parts of one together.
		text = s.cut(text)
	}
	return bound(secret.Cut(text), limit)
}

// plain reports whether a text is one line without the secrets, as nearly every
// header that is looked at is.
func (s scrubber) plain(text string) bool {
	if strings.HasPrefix(text, " ") || strings.HasSuffix(text, " ") {
		return false
	}
	for i := range len(text) {
		c := text[i]
		if c < ' ' || c > '~' || c == ' ' && text[i-1] == ' ' {
			return false
		}
	}
	return !slices.ContainsFunc(s.secrets, func(known string) bool { return known != "" && strings.Contains(text, known) })
}

// cut returns text without the secrets.
func (s scrubber) cut(text string) string {
	for _, known := range s.secrets {
		if known != "" {
			text = strings.ReplaceAll(text, known, secret.Redacted)
		}
	}
	return text
}

// oneLine makes every run of white space one space and drops what cannot be
// printed, direction marks and the like included.
func oneLine(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	space := false
	for _, r := range text {
		switch {
		case unicode.IsSpace(r):
			space = b.Len() > 0
		case unicode.IsPrint(r):
			if space {
				b.WriteByte(' ')
				space = false
			}
			b.WriteRune(r)
		}
	}
	return b.String()
}

// bound cuts text to limit bytes, at the border of a character.
func bound(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	const more = "..."
	end := limit - len(more)
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + more
}

// scrubbed is a cause from outside. It shows as scrubbed text, and errors.Is and
// errors.As find what it covers; unwrapping it does not, so that nobody prints
// the cause itself by unwrapping.
type scrubbed struct {
	text string
	err  error
}

func (s *scrubbed) Error() string        { return s.text }
func (s *scrubbed) Is(target error) bool { return errors.Is(s.err, target) }
func (s *scrubbed) As(target any) bool   { return errors.As(s.err, target) }
