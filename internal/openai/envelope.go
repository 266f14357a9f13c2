package openai

import (
	"bytes"
	"encoding/json"
	"html"
)

// envelope is what an error answer says, unscrubbed.
type envelope struct {
	message, code, typ string
	detail             string // what the body is, when it says nothing
	title              string // of an HTML page
	foreign            bool   // not the API's own form
}

// readEnvelope looks into the body of an error answer. The API's form is
// {"error": {"message", "type", "param", "code"}}, with a plain string for
// "error" on some organization endpoints. Gateways have others, and anything may
// come from what stands in between. truncated says that the body goes on.
func readEnvelope(body []byte, truncated bool) envelope {
	body = bytes.TrimSpace(body)
	switch {
	case len(body) == 0 && truncated:
		return envelope{detail: "a body that cannot be read", foreign: true}
	case len(body) == 0:
		return envelope{detail: "an empty body", foreign: true}
	case body[0] == '<':
		return envelope{detail: "an HTML page", title: htmlTitle(body), foreign: true}
	case body[0] == '{':
		return readObject(body)
	case truncated || body[0] == '[':
		// A text whose end is missing is not shown: it could end within an echoed
		// key, where no scrubbing finds it.
		return envelope{detail: "a body that is no JSON object", foreign: true}
	default:
		return envelope{message: string(body), foreign: true}
	}
}

// readObject uses encoding/json, which is strict where json-iterator lets cut
// and malformed input through; errors are rare enough not to count the cost.
func readObject(body []byte) envelope {
	var object struct {
		Error, Message, Detail json.RawMessage
	}
	if json.Unmarshal(body, &object) != nil {
		return envelope{detail: "a body that is no valid JSON", foreign: true}
	}
	if e := object.Error; len(e) > 0 && e[0] == '{' {
		var inner struct{ Message, Code, Type json.RawMessage }
		// Cannot fail: it is an object, and valid as part of a valid body.
		_ = json.Unmarshal(e, &inner)
		return envelope{message: scalar(inner.Message), code: scalar(inner.Code), typ: scalar(inner.Type)}
	}
	if message := scalar(object.Error); message != "" {
		return envelope{message: message}
	}
	for _, other := range []json.RawMessage{object.Message, object.Detail} {
		if message := scalar(other); message != "" {
			return envelope{message: message, foreign: true}
		}
	}
	return envelope{detail: "a JSON object without an error", foreign: true}
}

// scalar returns a string's value or a number's text, and "" for anything else.
func scalar(value json.RawMessage) string {
	if len(value) == 0 {
		return ""
	}
	switch c := value[0]; {
	case c == '"':
		var text string
		_ = json.Unmarshal(value, &text) // valid as part of a valid body
		return text
	case c == '-' || '0' <= c && c <= '9':
		return string(value)
	default:
		return ""
	}
}

// htmlTitle returns the title of a page, which tells a web filter from a failing
// edge; "" when it has none.
func htmlTitle(body []byte) string {
	body = body[:min(len(body), 8<<10)]
	lower := lowerASCII(body)
	start := bytes.Index(lower, []byte("<title"))
	if start < 0 {
		return ""
	}
	open := bytes.IndexByte(lower[start:], '>')
	if open < 0 {
		return ""
	}
	start += open + 1
	end := bytes.IndexByte(lower[start:], '<')
	if end < 0 {
		return ""
	}
	return html.UnescapeString(string(body[start : start+end]))
}

// lowerASCII keeps every byte in its place, unlike bytes.ToLower.
func lowerASCII(text []byte) []byte {
	lower := bytes.Clone(text)
	for i, c := range lower {
		if 'A' <= c && c <= 'Z' {
			lower[i] = c | 0x20
		}
	}
	return lower
}
