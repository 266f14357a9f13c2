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
		return mustJSON(map[string]string{"error": e.message})
	}
	type detail struct {
		Message string  `json:"message"`
		Type    string  `json:"type"`
		Param   *string `json:"param"`
		Code    *string `json:"code"`
	}
	return mustJSON(map[string]detail{"error": {e.message, e.kind, orNull(e.param), orNull(e.code)}})
}

// mustJSON encodes what has JSON for certain, such as strings.
func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		return []byte("null")
	}
	return b
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// refusal is an error that the request is to blame for.
func refusal(status int, code, message string) *apiError {
	return &apiError{status: status, message: message, kind: "invalid_request_error", code: code}
}

func badRequest(param, message string) *apiError {
	e := refusal(http.StatusBadRequest, "", message)
	e.param = param
	return e
}

func noKey() *apiError {
	return refusal(http.StatusUnauthorized, "", "You didn't provide an API key. Send it in an Authorization header: Authorization: Bearer YOUR_KEY.")
}

// wrongKey is the refusal of a key. shown is the part of the key that the answer may repeat.
func wrongKey(shown string) *apiError {
	return refusal(http.StatusUnauthorized, "invalid_api_key", "Incorrect API key provided: "+shown+".")
}

// masked shows a key as OpenAI's answers do: its beginning and its end.
func masked(key string) string {
	const shown = 8
	if len(key) < 3*shown {
		return "********"
	}
	return key[:shown] + "********" + key[len(key)-shown/2:]
}

func wrongOrganization() *apiError {
	return refusal(http.StatusUnauthorized, "mismatched_organization", "OpenAI-Organization header should match organization for API key")
}

func missingScope(scope string) *apiError {
	return refusal(http.StatusForbidden, "", "You have insufficient permissions for this operation. Missing scopes: "+scope+".")
}

func unknownURL(method, path string) *apiError {
	return refusal(http.StatusNotFound, "unknown_url", "Invalid URL ("+method+" "+path+")")
}

func wrongMethod(method, path string) *apiError {
	return refusal(http.StatusMethodNotAllowed, "method_not_supported", "Not allowed to "+method+" on "+path+".")
}

func unknownCursor(status int, param, id string) *apiError {
	e := badRequest(param, "No audit log found with id '"+id+"'.")
	e.status = status
	return e
}

func tooManyRequests(code string) *apiError {
	message := "Rate limit reached for requests."
	if code == "insufficient_quota" {
		message = "You exceeded your current quota."
	}
	return &apiError{status: http.StatusTooManyRequests, message: message, kind: "requests", code: code}
}

func serverTrouble(status int) *apiError {
	message := http.StatusText(status) + ": the server had an error while processing your request."
	return &apiError{status: status, message: message, kind: "server_error"}
}
