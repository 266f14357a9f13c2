package openai

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf8"

	jsoniter "github.com/json-iterator/go"
)

// readObject reads an error's body, which is a JSON object.
//
// It walks the text with json-iterator, whose own ways of taking a value as a whole let through what is no JSON: a text
// that ends after a number, numbers that do not follow the grammar or wrap round, what follows a NUL. So every value is
// walked through, numbers are read as their text and held to the grammar, and the end is looked at. What it still takes,
// and encoding/json does not, is a control character in a string that has an escape before it, and the word null for a
// key; neither does any harm to an error that is shown as cleaned text, and TestEnvelopeReference holds it to no more.
func readObject(body []byte) envelope {
	w := walker{it: jsoniter.ParseBytes(jsoniter.ConfigDefault, body)}
	var object struct{ err, message, detail value }
	var listed bool
	ok := w.object(func(key string) bool {
		switch {
		case strings.EqualFold(key, "error"):
			return w.value(&object.err)
		case strings.EqualFold(key, "message"):
			return w.value(&object.message)
		case strings.EqualFold(key, "detail"):
			return w.value(&object.detail)
		case key == "data":
			var data value
			ok := w.value(&data)
			listed = data.elements > 0
			return ok
		}
		return w.value(nil)
	})
	if !ok || w.it.WhatIsNext() != jsoniter.InvalidValue || w.it.Error != io.EOF { //nolint:errorlint // its own bare io.EOF
		return envelope{detail: "a body that is no valid JSON", foreign: true}
	}
	if e := object.err; e.isObject {
		return envelope{message: e.message, code: e.code, typ: e.typ, param: e.param, listed: listed}
	}
	if object.err.text != "" {
		return envelope{message: object.err.text, listed: listed}
	}
	for _, other := range []value{object.message, object.detail} {
		if other.text != "" {
			return envelope{message: other.text, foreign: true, listed: listed}
		}
	}
	return envelope{detail: "a JSON object without an error", foreign: true}
}

// value is what is kept of a value: a string's content or a number's text, of an object what an error has, and of an
// array how many elements it has.
type value struct {
	text                      string
	isObject                  bool
	message, code, typ, param string
	elements                  int
}

// member returns where the member of an error with this key goes; nil for nowhere.
func (v *value) member(key string) *string {
	switch {
	case strings.EqualFold(key, "message"):
		return &v.message
	case strings.EqualFold(key, "code"):
		return &v.code
	case strings.EqualFold(key, "type"):
		return &v.typ
	case strings.EqualFold(key, "param"):
		return &v.param
	}
	return nil
}

// walker reads values, and reports whether they were JSON.
type walker struct{ it *jsoniter.Iterator }

// value reads the next value; into may be nil.
func (w walker) value(into *value) bool {
	if into == nil {
		into = new(value)
	}
	*into = value{}
	switch w.it.WhatIsNext() {
	case jsoniter.StringValue:
		into.text = validText(w.it.ReadString())
	case jsoniter.NumberValue:
		into.text = string(w.it.ReadNumber())
		if !isNumber(into.text) {
			return false
		}
	case jsoniter.BoolValue:
		w.it.ReadBool()
	case jsoniter.NilValue:
		w.it.ReadNil()
	case jsoniter.ArrayValue:
		return w.it.ReadArrayCB(func(*jsoniter.Iterator) bool {
			into.elements++
			return w.value(nil)
		})
	case jsoniter.ObjectValue:
		into.isObject = true
		return w.object(func(key string) bool {
			if field := into.member(key); field != nil {
				var member value
				ok := w.value(&member)
				*field = member.text
				return ok
			}
			return w.value(nil)
		})
	default:
		return false
	}
	return w.it.Error == nil || w.it.Error == io.EOF //nolint:errorlint // its own bare io.EOF
}

// object reads an object, whose members each reads.
func (w walker) object(each func(key string) bool) bool {
	return w.it.ReadMapCB(func(_ *jsoniter.Iterator, key string) bool { return each(validText(key)) })
}

// validText returns text with each byte that is no UTF-8 replaced.
func validText(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	return string([]rune(text))
}

// isNumber holds a number's text to JSON's grammar.
func isNumber(text string) bool {
	digits := func(b []byte) []byte { return bytes.TrimLeft(b, "0123456789") }
	b := bytes.TrimPrefix([]byte(text), []byte("-"))
	rest := digits(b)
	if n := len(b) - len(rest); n == 0 || n > 1 && b[0] == '0' {
		return false
	}
	if b = rest; len(b) > 0 && b[0] == '.' {
		if rest = digits(b[1:]); len(rest) == len(b)-1 {
			return false
		}
		b = rest
	}
	if len(b) > 0 && b[0]|0x20 == 'e' {
		if b = b[1:]; len(b) > 0 && (b[0] == '+' || b[0] == '-') {
			b = b[1:]
		}
		if rest = digits(b); len(rest) == len(b) {
			return false
		}
		b = rest
	}
	return len(b) == 0
}
