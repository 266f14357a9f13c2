package secret

import (
	"errors"
	"fmt"
	"strings"
)

// MaxSize bounds the text that a key is taken from, in bytes. It is far above any key, and about what servers take for
// a header.
const MaxSize = 8 << 10

// Parse takes a key from text, without the white space around it and the byte order mark that some editors put before
// it. What is left must be one word of visible ASCII, so
// that it can stand in a header, and not what is known to be no key, such as a path. An error goes on from the name of
// what the text comes from, and holds no part of it.
func Parse(text string) (Key, error) {
	// Looked at with the white space, so that it shows when a reader has stopped one byte above the bound.
	if len(text) > MaxSize {
		return Key{}, fmt.Errorf("is too long for a key (more than %d bytes)", MaxSize)
	}
	text = strings.TrimSpace(strings.TrimPrefix(text, "\ufeff"))
	if err := check(text); err != nil {
		return Key{}, err
	}
	// A copy of its own, so that the key does not keep a larger text in memory.
	text = strings.Clone(text)
	return Key{text: &text}, nil
}

// check returns why a text can be no key.
func check(text string) error {
	switch {
	case text == "":
		return errors.New("is empty")
	case len(text) > 1 && (text[0] == '"' || text[0] == '\'') && text[len(text)-1] == text[0]:
		return errors.New("stands in quotation marks, which are not part of a key")
	case len(text) > len("Bearer ") && strings.EqualFold(text[:len("Bearer ")], "Bearer "):
		return errors.New(`begins with "Bearer", which is not part of a key`)
	case strings.HasPrefix(text, "\xff\xfe"), strings.HasPrefix(text, "\xfe\xff"):
		return errors.New("is written in UTF-16: save it as UTF-8 or ASCII")
	case named(text):
		return errors.New("holds NAME=sk-... as a file of variables does: the key alone is expected, without the name")
	case strings.HasPrefix(text, "/") || strings.HasPrefix(text, "./") || strings.HasPrefix(text, "file:"):
		return errors.New("holds a path in place of a key; api_key_file takes the path of a file that holds the key itself")
	}
	for i := range len(text) {
		switch c := text[i]; {
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			return errors.New("holds a blank or a line break: one key and nothing else is expected")
		case c < ' ' || c == 0x7f:
			return fmt.Errorf("holds a control character (byte %d)", i+1)
		case c > '~':
			return fmt.Errorf("holds a character that is not ASCII (byte %d), perhaps from copying formatted text", i+1)
		}
	}
	return nil
}

// named reports whether a key follows a name and a sign of equality or a colon, as in a file of variables, in YAML and in
// JSON.
func named(text string) bool {
	at := strings.Index(text, prefix)
	if at <= 0 {
		return false
	}
	name := strings.TrimRight(text[:at], " \t\"'")
	sign := strings.TrimRight(name, "=:")
	if sign == name || strings.HasSuffix(name, ":") && name == text[:at] {
		return false // a gateway's own keys may have a colon in them
	}
	sign = strings.TrimLeft(strings.TrimPrefix(sign, "export "), " \t\"'{-")
	for i, c := range []byte(strings.TrimRight(sign, " \t\"'")) {
		if !inKey(c) && c != '.' || i == 0 && '0' <= c && c <= '9' {
			return false
		}
	}
	return true
}
