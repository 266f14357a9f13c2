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
	secrets []string  // cut wherever they stand
	keys    *sentKeys // whose parts are cut, in any form; nil for none
}

// scrub returns text as one line of at most limit bytes, of printable
// characters, without the secrets, without anything that looks like a key, and
// without the queries of addresses, in which signatures stand.
func (s scrubber) scrub(text string, limit int) string {
	if !s.plain(text) {
		text = s.cut(oneLine(text))
	}
	text = s.keys.cut(text)
	return bound(cutQueries(cutMasked(secret.Cut(text))), limit)
}

// cutQueries returns text with "[redacted]" in place of the query of each address
// in it.
func cutQueries(text string) string {
	const ends = " \"'<>"
	done := 0
	var b strings.Builder
	for {
		at := strings.Index(text[done:], "://")
		if at < 0 {
			b.WriteString(text[done:])
			return b.String()
		}
		address := text[done+at:]
		if end := strings.IndexAny(address, ends); end >= 0 {
			address = address[:end]
		}
		open, _, signed := strings.Cut(address, "?")
		b.WriteString(text[done : done+at])
		b.WriteString(open)
		if signed {
			b.WriteString("?" + secret.Redacted)
		}
		done += at + len(address)
	}
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
	return !slices.ContainsFunc(s.secrets, func(known string) bool { return strings.Contains(text, known) })
}

// cut returns text without the secrets. It goes over the text once: a second time
// it could find a secret in "[redacted]", and tell it by that.
func (s scrubber) cut(text string) string {
	var pairs []string
	for _, known := range s.secrets {
		pairs = append(pairs, known, secret.Redacted)
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// searchable returns the secrets as they stand in a text of one line. A short one
// is left out: it would be cut out of ordinary words, which show by that what it
// is, and protects nothing.
func searchable(secrets ...string) []string {
	const shortest = 4
	var list []string
	for _, known := range secrets {
		if known = oneLine(known); len(known) >= shortest {
			list = append(list, known)
		}
	}
	return list
}

// cutMasked returns text with "[redacted]" in place of each word with asterisks as
// in a key that is shown in part, and of the word in which the API shows a key
// that it does not know.
func cutMasked(text string) string {
	const mask, echo = "***", "API key provided:"
	if !strings.Contains(text, mask) && !strings.Contains(text, echo) {
		return text
	}
	words := strings.Split(text, " ")
	for i, word := range words {
		echoed := i >= 3 && strings.HasSuffix(strings.Join(words[i-3:i], " "), echo)
		if key := strings.TrimRight(word, `.,;:!?)"'`); key != "" && (echoed || strings.Contains(word, mask)) {
			words[i] = secret.Redacted + word[len(key):]
		}
	}
	return strings.Join(words, " ")
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
