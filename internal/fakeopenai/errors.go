package fakeopenai

import (
	"encoding/json"
	"net/http"
)

// apiError is an answer in OpenAI's error shape.
type apiError struct {
	status  int
	message string
	kind    string // "type"
	param   string // null if ""
	code    string // null if ""
	plain   bool   // the whole error is the message, as a string
}

func (e *apiError) body() []byte {
	if e.plain {
		return mustJSON(struct {
			Error string `json:"error"`
		}{e.message})
	}
	type detail struct {
		Message string  `json:"message"`
		Type    string  `json:"type"`
		Param   *string `json:"param"`
		Code    *string `json:"code"`
	}
	return mustJSON(struct {
		Error detail `json:"error"`
	}{detail{e.message, e.kind, orNull(e.param), orNull(e.code)}})
}

// mustJSON encodes what cannot fail: structs of strings.
func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		return []byte(`{}`)
	}
	return b
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func badRequest(param, message string) *apiError {
	return &apiError{status: http.StatusBadRequest, message: message, kind: "invalid_request_error", param: param}
}

func noKey() *apiError {
	return &apiError{
		status:  http.StatusUnauthorized,
		message: "You didn't provide an API key. Send it in an Authorization header: Authorization: Bearer YOUR_KEY.",
		kind:    "invalid_request_error",
	}
}

// wrongKey is the refusal of a key. shown is the part of the key that the answer may repeat.
func wrongKey(shown string) *apiError {
	return &apiError{
		status:  http.StatusUnauthorized,
		message: "Incorrect API key provided: " + shown + ".",
		kind:    "invalid_request_error",
		code:    "invalid_api_key",
	}
}

// masked shows a key as OpenAI's answers do: its beginning and its end.
func masked(key string) string {
	const shown = 8
	if len(key) < 3*shown {
		return "********"
	}
	return key[:shown] + "********" + key[len(key)-shown/2:]
}

func missingScope(scope string) *apiError {
	return &apiError{
		status:  http.StatusForbidden,
		message: "You have insufficient permissions for this operation. Missing scopes: " + scope + ".",
		kind:    "invalid_request_error", // and no code
	}
}

func unknownURL(method, path string) *apiError {
	return &apiError{
		status:  http.StatusNotFound,
		message: "Invalid URL (" + method + " " + path + ")",
		kind:    "invalid_request_error",
		code:    "unknown_url",
	}
}

func wrongMethod(method, path string) *apiError {
	return &apiError{
		status:  http.StatusMethodNotAllowed,
		message: "Not allowed to " + method + " on " + path + ".",
		kind:    "invalid_request_error",
		code:    "method_not_supported",
	}
}

func unknownCursor(status int, param, id string) *apiError {
	return &apiError{
		status:  status,
		message: "No audit log found with id '" + id + "'.",
		kind:    "invalid_request_error",
		param:   param,
	}
}

func tooManyRequests(code string) *apiError {
	message := "Rate limit reached for requests."
	if code == "insufficient_quota" {
		message = "You exceeded your current quota."
	}
	return &apiError{status: http.StatusTooManyRequests, message: message, kind: "requests", code: code}
}

func serverTrouble(status int) *apiError {
	return &apiError{
		status:  status,
		message: http.StatusText(status) + ": the server had an error while processing your request.",
		kind:    "server_error",
	}
}
