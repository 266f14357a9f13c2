package host

import (
	"strings"
	"unicode"
)

// Printable replaces control characters, since a terminal obeys some and C ends a string at one.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\t' {
			return ' '
		}
		return r
	}, s)
}
