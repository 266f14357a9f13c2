package config

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	keyPrefix = "sk-"
	keyCut    = "sk-[cut]"
	// A run this long after "sk-" is taken for a key even inside a longer word.
	longRun = 16
	// Known secrets shorter than this are not searched for in other values: cutting every "on" or
	// "24h" out of a message would hide what it is about and protect nothing.
	shortestKnown = 8
	// No message shows more of a value than this many characters.
	longestShown = 60
)

// CutKeys returns text with everything that looks like an OpenAI key (sk-...) cut down to
// "sk-[cut]". Words that only contain the letters, as in "disk-usage", stay.
func CutKeys(text string) string {
	var b strings.Builder
	for {
		at := indexFold(text, keyPrefix)
		if at < 0 {
			break
		}
		end := at + len(keyPrefix)
		for end < len(text) && isKeyByte(text[end]) {
			end++
		}
		inWord := at > 0 && isKeyByte(text[at-1])
		if inWord && end-at-len(keyPrefix) < longRun {
			b.WriteString(text[:end])
		} else {
			b.WriteString(text[:at])
			b.WriteString(keyCut)
		}
		text = text[end:]
	}
	b.WriteString(text)
	return b.String()
}

// holdsKey reports whether text holds what is surely a key, where CutKeys rather cuts too much.
func holdsKey(text string) bool {
	for {
		at := indexFold(text, keyPrefix)
		if at < 0 {
			return false
		}
		text = text[at+len(keyPrefix):]
		n := 0
		for n < len(text) && isKeyByte(text[n]) {
			n++
		}
		if n >= longRun {
			return true
		}
	}
}

// indexFold is strings.Index for a lower-case ASCII sub, without regard to case.
func indexFold(s, sub string) int {
	for i := 0; i+len(sub) <= len(s); i++ {
		if strings.EqualFold(s[i:i+len(sub)], sub) {
			return i
		}
	}
	return -1
}

func isKeyByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_'
}

// redactor takes secrets out of text on its way into a message.
type redactor struct{ known []string }

// learn adds a secret that is known by its text.
func (r *redactor) learn(secret string) {
	secret = strings.TrimSpace(secret)
	if len(secret) >= shortestKnown {
		r.known = append(r.known, secret)
	}
}

// clean returns text without known secrets, keys, and the user part of a URL.
func (r *redactor) clean(text string) string {
	for _, secret := range r.known {
		text = strings.ReplaceAll(text, secret, redacted)
	}
	return CutKeys(cutUser(text))
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
	return text[:scheme+2] + redacted + text[at:]
}

// quoted reports whether text begins and ends with the same quotation mark.
func quoted(text string) bool {
	return len(text) >= 2 && (text[0] == '"' || text[0] == '\'') && text[len(text)-1] == text[0]
}
