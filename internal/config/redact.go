package config

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"fluent-bit-openai-audit/internal/secret"
)

const (
	// Known secrets shorter than this are not searched for in other values: cutting every "on" or
	// "24h" out of a message would hide what it is about and protect nothing.
	shortestKnown = 8
	// No message shows more of a value than this many characters.
	longestShown = 60
)

// redactor takes secrets out of text on its way into a message.
type redactor struct{ known []string }

// learn adds a secret that is known by its text.
func (r *redactor) learn(known string) {
	known = strings.TrimSpace(known)
	if len(known) >= shortestKnown {
		r.known = append(r.known, known)
	}
}

// clean returns text without known secrets, keys, and the user part of a URL.
func (r *redactor) clean(text string) string {
	for _, known := range r.known {
		text = strings.ReplaceAll(text, known, secret.Redacted)
	}
	return secret.Cut(cutUser(text))
}

// shown returns text as a message may show it: clean, quoted when that makes it clearer, and short.
func (r *redactor) shown(text string) string {
	text = r.clean(text)
	if utf8.RuneCountInString(text) > longestShown {
		text = string([]rune(text)[:longestShown]) + "..."
	}
	if len(text) >= 2 && quoted(text) {
		return printable(text)
	}
	return strconv.Quote(text)
}

// printable returns text with every character that is not printable escaped.
func printable(text string) string {
	q := strconv.Quote(text)
	return strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`)
}

// cutUser hides what stands before the last "@" of a URL, and after its "//" if it has one.
func cutUser(text string) string {
	at := strings.LastIndexByte(text, '@')
	scheme := strings.Index(text, "//")
	if at < 0 || scheme < 0 || scheme > at {
		return text
	}
	return text[:scheme+2] + secret.Redacted + text[at:]
}

// quoted reports whether text begins and ends with the same quotation mark.
func quoted(text string) bool {
	return len(text) >= 2 && (text[0] == '"' || text[0] == '\'') && text[len(text)-1] == text[0]
}
