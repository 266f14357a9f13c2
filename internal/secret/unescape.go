package secret

import (
	"strconv"
	"strings"
	"unicode"
)

// other stands for a character that no key has.
const other = 0xff

// foldRune returns how a character is compared, and whether it counts at all.
func foldRune(r rune) (char byte, counts bool) {
	switch {
	case r <= ' ' || r == 0x7f:
		return 0, false
	case 'A' <= r && r <= 'Z':
		return byte(r) | 0x20, true
	case r == '+':
		return '-', true
	case r == '/':
		return '_', true
	case r <= '~':
		return byte(r), true
	case unicode.IsSpace(r) || !unicode.IsPrint(r):
		return 0, false
	default:
		return other, true
	}
}

// unescape returns the character that an escape at the start of text stands for and the escape's length; 0 where there
// is none.
func unescape(text string) (r rune, size int) {
	if len(text) < 2 {
		return 0, 0
	}
	switch text[0] {
	case '%':
		return number(text, 1, 2, 16)
	case '&':
		return entity(text)
	case '\\':
	default:
		return 0, 0
	}
	switch text[1] {
	case 'u':
		return number(text, 2, 4, 16)
	case 'x':
		return number(text, 2, 2, 16)
	case 'n', 'r', 't', 'b', 'f':
		return ' ', 2
	case '/', '"', '\\', '\'':
		return rune(text[1]), 2
	}
	return 0, 0
}

// number reads n digits, all of which must be there, from text[from:].
func number(text string, from, n, base int) (r rune, size int) {
	if len(text) < from+n {
		return 0, 0
	}
	value, err := strconv.ParseUint(text[from:from+n], base, 16)
	if err != nil {
		return 0, 0
	}
	return rune(value), from + n
}

// entity reads a character's number as HTML writes it: &#45; or &#x2d;.
func entity(text string) (r rune, size int) {
	const longest = len("&#x00002d;")
	end := strings.IndexByte(text[:min(len(text), longest)], ';')
	if end < 0 || !strings.HasPrefix(text, "&#") {
		return 0, 0
	}
	from, base := 2, 10
	if digit := text[from]; digit == 'x' || digit == 'X' {
		from, base = 3, 16
	}
	if from > end {
		return 0, 0
	}
	r, size = number(text[:end], from, end-from, base)
	if size == 0 {
		return 0, 0
	}
	return r, end + 1
}
