package openai

import (
	"net/http"
	"strings"
)

// classify sorts an answer with an error status. Codes are looked at first; the
// words of the message only where the API is known to give no code. What is not
// recognized keeps the general reason of its status.
func classify(status int, env envelope, tenant bool) (Kind, Reason) {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		if known := codes[env.meaning()]; known.kind == SlowDown {
			return SlowDown, known.reason
		}
		return KeyRejected, classifyKey(status, env, tenant)
	case http.StatusPaymentRequired:
		return SlowDown, ReasonQuotaExceeded
	case http.StatusProxyAuthRequired:
		return Network, ReasonProxyFailed
	case http.StatusTooManyRequests:
		return SlowDown, classifyLimit(env)
	case http.StatusRequestTimeout, http.StatusConflict, http.StatusTooEarly, http.StatusMisdirectedRequest:
		return Server, ReasonServerFailed
	}
	switch status / 100 {
	case 3:
		return Body, ReasonRedirectRefused
	case 4:
		switch {
		case !tenant && status == http.StatusUnprocessableEntity || status == http.StatusRequestURITooLong:
			return QueryRejected, ReasonBadQuery // whoever says so: it comes from what is asked
		case env.foreign && (status == http.StatusNotFound || status == http.StatusMethodNotAllowed || status == http.StatusGone):
			return Server, ReasonNoRoute // a gateway says so while what is behind it restarts
		case env.foreign:
			return Server, ReasonNotTheAPI
		case codes[env.code].reason == ReasonNoRoute:
			return QueryRejected, ReasonNoRoute
		case tenant && (status == http.StatusBadRequest || status == http.StatusNotFound || status == http.StatusUnprocessableEntity):
			return QueryRejected, ReasonTenantRefused
		case status == http.StatusNotFound || status == http.StatusMethodNotAllowed || status == http.StatusGone:
			return QueryRejected, ReasonNoRoute
		}
		return QueryRejected, ReasonBadQuery
	}
	return Server, ReasonServerFailed
}

func classifyKey(status int, env envelope, tenant bool) Reason {
	switch known := codes[env.meaning()]; {
	case known.reason == ReasonIncorrectKey:
		return refineIncorrect(env.message)
	case known.kind == KeyRejected:
		return known.reason
	}
	if strings.Contains(strings.ToLower(env.message), "api key") {
		if reason := refineIncorrect(env.message); reason != ReasonIncorrectKey || status == http.StatusUnauthorized {
			return reason
		}
	}
	if tenant && status == http.StatusForbidden && !env.foreign {
		return ReasonTenantRefused
	}
	return ReasonAccessRefused
}

// refineIncorrect tells a key that once was good from one that is not known.
func refineIncorrect(message string) Reason {
	message = strings.ToLower(message)
	switch {
	case strings.Contains(message, "expired"):
		return ReasonExpiredKey
	case strings.Contains(message, "revoked"), strings.Contains(message, "deactivated"), strings.Contains(message, "disabled"):
		return ReasonRevokedKey
	default:
		return ReasonIncorrectKey
	}
}

func classifyLimit(env envelope) Reason {
	if env.typ == "insufficient_quota" || codes[env.code].reason == ReasonQuotaExceeded {
		return ReasonQuotaExceeded
	}
	return ReasonRateLimited
}

// blamesKey reports whether another key might fare better with the same request.
func (e *Error) blamesKey() bool {
	if e.Kind != KeyRejected {
		return false
	}
	if e.Status == http.StatusUnauthorized {
		return true
	}
	switch e.Reason {
	case ReasonIncorrectKey, ReasonExpiredKey, ReasonRevokedKey, ReasonWrongKeyKind, ReasonMissingScope:
		// A key may read the organization's log and not the tenant's: no reason to
		// leave it.
		return !e.Tenant
	default:
		return false
	}
}
