package openai

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"
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
	if s.plain(text, limit) {
		return text
	}
	for _, secret := range s.secrets {
		text = cut(text, secret)
	}
	text = oneLine(text)
	// Again: taking characters out may have brought the parts of one together.
	for _, secret := range s.secrets {
		text = cut(text, secret)
	}
	return bound(cutKeys(text), limit)
}

// plain reports whether scrub would change nothing, which is so for nearly every
// header that is looked at.
func (s scrubber) plain(text string, limit int) bool {
	if len(text) > limit || strings.HasPrefix(text, " ") || strings.HasSuffix(text, " ") {
		return false
	}
	for i := range len(text) {
		c := text[i]
		if c < ' ' || c > '~' || c == ' ' && text[i-1] == ' ' || startsKey(text, i) {
			return false
		}
	}
	for _, secret := range s.secrets {
		if secret != "" && strings.Contains(text, secret) {
			return false
		}
	}
	return true
}

func cut(text, secret string) string {
	if secret == "" {
		return text
	}
	return strings.ReplaceAll(text, secret, redacted)
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

// cutKeys replaces what looks like a key, whole or masked: sk- at the beginning
// of a word, and what follows of letters, digits and the signs of masking.
func cutKeys(text string) string {
	var b strings.Builder
	done := 0
	for i := 0; i < len(text); i++ {
		if !startsKey(text, i) {
			continue
		}
		end := i + len("sk-")
		for end < len(text) && inKey(text[end]) {
			end++
		}
		for text[end-1] == '.' { // the end of a sentence
			end--
		}
		b.WriteString(text[done:i])
		b.WriteString(redacted)
		done, i = end, end-1
	}
	if done == 0 {
		return text
	}
	b.WriteString(text[done:])
	return b.String()
}

func startsKey(text string, i int) bool {
	if len(text)-i <= len("sk-") || text[i]|0x20 != 's' || text[i+1]|0x20 != 'k' || text[i+2] != '-' {
		return false
	}
	return inKey(text[i+3]) && (i == 0 || !alphanumeric(text[i-1]))
}

func inKey(c byte) bool {
	return alphanumeric(c) || c == '-' || c == '_' || c == '*' || c == '.'
}

func alphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
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
