package organization

import (
	"bytes"
	"encoding/json"
	"iter"
)

// What follows reads JSON that json.Valid has found good, and gives parts of it without a copy. It is many times faster
// than to decode: a file may hold a million events.

// member is a name and a value of an object.
type member struct{ name, value []byte }

// object is the members of an object, in order.
type object []member

// members returns the members of an object; of anything else there are none.
func members(text []byte) object {
	if len(text) == 0 || text[0] != '{' {
		return nil
	}
	o := make(object, 0, 8)
	rest := bytes.TrimSpace(text[1:])
	for len(rest) > 0 && rest[0] == '"' {
		var m member
		m.name, rest = cut(rest)
		m.name = m.name[1 : len(m.name)-1]
		m.value, rest = cut(bytes.TrimSpace(rest[1:])) // after the colon
		rest = bytes.TrimSpace(rest[1:])               // after the comma or the brace
		o = append(o, m)
	}
	return o
}

// object reads the value of a member that is an object; of anything else there are no members.
func (o object) object(name string) object { return members(o.get(name)) }

// get returns a member's value, nil where there is none. Of several the last counts.
func (o object) get(name string) []byte {
	for i := len(o) - 1; i >= 0; i-- {
		if string(o[i].name) == name {
			return o[i].value
		}
	}
	return nil
}

// text returns the text of a member that is a string, "" where there is none.
func (o object) text(name string) string {
	s, _ := text(o.get(name))
	return s
}

// elements yields the elements of an array; of anything else nothing.
func elements(array []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		if len(array) == 0 || array[0] != '[' {
			return
		}
		rest := bytes.TrimSpace(array[1:])
		for len(rest) > 0 && rest[0] != ']' {
			var value []byte
			if value, rest = cut(rest); !yield(value) {
				return
			}
			rest = bytes.TrimSpace(rest[1:])
		}
	}
}

// cut returns the value that text begins with, and what follows it and its blanks: a colon, a comma, or the end of an
// object or an array.
func cut(text []byte) (value, rest []byte) {
	depth, end := 0, 0
	for end < len(text) {
		switch text[end] {
		case '"':
			end = endOfString(text, end)
		case '{', '[':
			depth++
			end++
		case '}', ']', ',', ':', ' ', '\t', '\r', '\n':
			if depth == 0 { // after a number, true, false or null
				return text[:end], bytes.TrimSpace(text[end:])
			}
			if text[end] == '}' || text[end] == ']' {
				depth--
			}
			end++
		default:
			end++
			continue
		}
		if depth == 0 {
			break
		}
	}
	return text[:end], bytes.TrimSpace(text[end:])
}

// endOfString returns the position after the string that begins at start.
func endOfString(text []byte, start int) int {
	for i := start + 1; ; i++ {
		i += bytes.IndexByte(text[i:], '"')
		backslashes := 0
		for text[i-1-backslashes] == '\\' {
			backslashes++
		}
		if backslashes%2 == 0 {
			return i + 1
		}
	}
}

// text returns a string's text; ok is false for what is no string.
func text(value []byte) (s string, ok bool) {
	if len(value) == 0 || value[0] != '"' {
		return "", false
	}
	inner := value[1 : len(value)-1]
	for _, c := range inner {
		if c == '\\' || c >= 0x80 { // escaped, or perhaps not UTF-8
			err := json.Unmarshal(value, &s)
			return s, err == nil
		}
	}
	return string(inner), true
}
