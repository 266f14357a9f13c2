package fakeopenai

import (
	"cmp"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// answerFaults are those that answer in place of an endpoint, whichever it is.
func answerFaults() []FaultKind {
	kind := func(k Kind, summary string, apply func(*exchange, strike), params ...FaultParam) FaultKind {
		return FaultKind{Kind: k, Summary: summary, Params: params, stage: stageAnswer, apply: apply}
	}
	return []FaultKind{
		kind(Unauthorized, "401: the key is wrong, or lacks the scope", (*exchange).unauthorized, form("key", "scope", "string")),
		kind(EchoKey, "401 that repeats the key: whole, broken or in another writing", func(x *exchange, f strike) {
			x.refuse(wrongKey(rewritten(bearer(x.r), f.form)))
		}, form("whole", "blank", "lines", "base64", "base64url", "hex", "percent", "reversed")),
		kind(Forbidden, "403: the scope is missing; error as an object or a plain string", func(x *exchange, f strike) {
			e := missingScope(x.scope)
			e.plain = f.form == "string"
			x.refuse(e)
		}, form("object", "string")),
		kind(NotFound, "404", func(x *exchange, _ strike) { x.refuse(unknownURL(x.r.Method, x.r.URL.Path)) }),
		kind(Timeout, "408", trouble(http.StatusRequestTimeout)),
		kind(Throttled, "429: slow down", (*exchange).throttle, form("seconds", "date", "ms", "none"),
			param("retry_after", "wait to ask for, default 1s"), param("code", "default rate_limit_exceeded")),
		kind(ServerError, "500", trouble(http.StatusInternalServerError)),
		kind(BadGateway, "502 with an HTML body", html(http.StatusBadGateway, "502 Bad Gateway")),
		kind(Unavailable, "503", trouble(http.StatusServiceUnavailable), param("retry_after", "wait to ask for, default none")),
		kind(Status, "any other status", trouble(http.StatusTeapot), param("status", "which, default 418"), param("code", "the error's code")),
		kind(HTML, "200 with an HTML page", html(http.StatusOK, "Just a moment...")),
		kind(Redirect, "redirect to another host", func(x *exchange, f strike) {
			base := cmp.Or(f.Location, "https://elsewhere.example.com")
			x.header("Location", strings.TrimSuffix(base, "/")+x.r.URL.RequestURI())
			x.status = cmp.Or(f.Status, http.StatusTemporaryRedirect)
		}, param("location", "base URL, default https://elsewhere.example.com"), param("status", "default 307")),
		kind(Drop, "close the connection without an answer", func(x *exchange, _ strike) { x.dropped = true }),
		kind(Hang, "never answer", func(x *exchange, _ strike) { x.hung = true }),
	}
}

func (x *exchange) unauthorized(f strike) {
	if f.form == "key" {
		x.refuse(wrongKey(masked(bearer(x.r))))
		return
	}
	e := missingScope(x.scope)
	e.status, e.plain = http.StatusUnauthorized, f.form == "string"
	x.refuse(e)
}

func (x *exchange) throttle(f strike) {
	wait := cmp.Or(f.RetryAfter, time.Second)
	switch f.form {
	case "seconds":
		x.header("Retry-After", wholeSeconds(wait))
	case "date":
		x.header("Retry-After", x.now.Add(wait+time.Second-1).UTC().Format(http.TimeFormat))
	case "ms":
		x.header("Retry-After-Ms", strconv.FormatInt(wait.Milliseconds(), 10))
	}
	x.refuse(tooManyRequests(cmp.Or(f.Code, "rate_limit_exceeded")))
}

// trouble answers with the status, where the fault has no other.
func trouble(status int) func(*exchange, strike) {
	return func(x *exchange, f strike) {
		if f.RetryAfter > 0 {
			x.header("Retry-After", wholeSeconds(f.RetryAfter))
		}
		e := serverTrouble(cmp.Or(f.Status, status))
		e.code = f.Code
		x.refuse(e)
	}
}

// wholeSeconds rounds up: the header knows nothing smaller.
func wholeSeconds(d time.Duration) string {
	return strconv.FormatInt(int64(math.Ceil(d.Seconds())), 10)
}

func html(status int, title string) func(*exchange, strike) {
	return func(x *exchange, _ strike) {
		x.status = status
		x.header("Content-Type", "text/html; charset=UTF-8")
		x.text("<!DOCTYPE html>\n<html><head><title>" + title + "</title></head>\n<body><h1>" + title + "</h1></body></html>\n")
	}
}
