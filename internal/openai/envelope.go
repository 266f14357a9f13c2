package openai

import (
	"bytes"
	"html"
)

// envelope is what an error answer says, unscrubbed.
type envelope struct {
	message, code, typ string
	param              string
	detail             string // what the body is, when it says nothing
	title              string // of an HTML page
	foreign            bool   // not the API's own form
	listed             bool   // there is a list of events beside the error
}

// readEnvelope looks into the body of an error answer. The API's form is
// {"error": {"message", "type", "param", "code"}}, with a plain string for
// "error" on some organization endpoints. Gateways have others, and anything may
// come from what stands in between. truncated says that the body goes on.
func readEnvelope(body []byte, truncated bool) envelope {
	body = bytes.TrimSpace(withoutMark(body))
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

// withoutMark takes a byte order mark off a body, and the white space before it.
func withoutMark(body []byte) []byte {
	trimmed := bytes.TrimLeft(body, " \t\r\n")
	if rest, found := bytes.CutPrefix(trimmed, []byte("\xef\xbb\xbf")); found {
		return rest
	}
	return body
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
