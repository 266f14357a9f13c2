package openai

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"fluent-bit-openai-audit/internal/secret"
)

// Kind says what an error asks of the caller.
type Kind uint8

// The kinds of error.
const (
	_ Kind = iota
	// KeyRejected: the key or what it may do has to change. Try again at long
	// intervals, loudly.
	KeyRejected
	// QueryRejected: the same query will not succeed. Try again at long
	// intervals, loudly.
	QueryRejected
	// SlowDown: wait, for RetryAfter if that is set.
	SlowDown
	// Server: the API or something before it failed. Back off and try again.
	Server
	// Network: the API was not reached, or contact with it was lost. Back off and
	// try again.
	Network
	// Body: what came is no whole answer that can be used. Back off and try
	// again, with a smaller query where the reason is ReasonTooLarge.
	Body
)

var kindNames = [...]string{"none", "key_rejected", "query_rejected", "slow_down", "server", "network", "body"} //nolint:gochecknoglobals // a constant table

// String returns the kind in snake_case, fit for a metric's label.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "unknown"
}

// Reason says what exactly went wrong, as far as status, code and text of an
// answer tell.
type Reason uint8

// The reasons, by kind.
const (
	ReasonNone Reason = iota

	ReasonNoKey             // KeyRejected: there is no key to send
	ReasonIncorrectKey      // the API does not know the key
	ReasonExpiredKey        // the key's time is over
	ReasonRevokedKey        // the key or its account was switched off
	ReasonWrongKeyKind      // not an admin key
	ReasonMissingScope      // an admin key without the scope
	ReasonWrongOrganization // the key belongs to another organization
	ReasonAddressRefused    // the organization's IP allowlist
	ReasonRegionRefused     // country, region or territory
	ReasonAccessRefused     // any other 401 or 403

	ReasonNoRoute       // QueryRejected: nothing at this address; Server where it is not the API that says so
	ReasonTenantRefused // a tenant query, refused
	ReasonBadQuery      // any other refusal

	ReasonRateLimited   // SlowDown: too many requests
	ReasonQuotaExceeded // a quota, a spend limit or an unpaid bill, which waiting does not cure

	ReasonServerFailed // Server: 5xx, 408, 409 or a status that makes no sense
	ReasonNotJSON      // 200 with something else than a JSON object
	ReasonNotTheAPI    // 4xx, but for 401 and 403, that is not in the API's form

	ReasonProxyFailed          // Network: the proxy was not reached, or did not let through
	ReasonNameNotFound         // DNS
	ReasonTimedOut             // no connection or no whole answer in time
	ReasonConnectionRefused    // nothing listens there
	ReasonUnreachable          // no route to the host
	ReasonConnectionLost       // reset or closed before the answer
	ReasonCertificateUntrusted // the server's certificate
	ReasonClientCertificate    // the server wants another client certificate, or any
	ReasonTLSFailed            // any other failure of the handshake
	ReasonNotTLS               // https to a port that speaks plain http
	ReasonNetworkFailed        // anything else

	ReasonTooLarge        // Body: over MaxBodySize, on the wire or inflated
	ReasonCutShort        // ended before its end
	ReasonBadEncoding     // gzip that cannot be inflated, or another encoding
	ReasonRedirectRefused // a redirect to another place, or too many
)

var reasonNames = [...]string{ //nolint:gochecknoglobals // a constant table
	"none", "no_key", "incorrect_key", "expired_key", "revoked_key", "wrong_key_kind", "missing_scope",
	"wrong_organization", "address_refused", "region_refused", "access_refused", "no_route", "tenant_refused",
	"bad_query", "rate_limited", "quota_exceeded", "server_failed", "not_json", "not_the_api", "proxy_failed", "name_not_found",
	"timed_out", "connection_refused", "unreachable", "connection_lost", "certificate_untrusted",
	"client_certificate", "tls_failed", "not_tls", "network_failed", "too_large", "cut_short", "bad_encoding",
	"redirect_refused",
}

// String returns the reason in snake_case, fit for a metric's label.
func (r Reason) String() string {
	if int(r) < len(reasonNames) {
		return reasonNames[r]
	}
	return "unknown"
}

// Advice is what a server says about another attempt (X-Should-Retry).
type Advice uint8

// The advices.
const (
	NoAdvice Advice = iota
	AdviceRetry
	AdviceNoRetry
)

// Error is why a request brought no page. All text in it that came from outside
// is one bounded line of printable characters with keys and passwords cut.
type Error struct {
	Kind       Kind
	Reason     Reason
	Status     int // HTTP status; 0 when there was no answer
	Code       string
	Type       string
	Param      string
	Message    string        // what the API said
	RetryAfter time.Duration // how long the API asks to wait, capped; 0: it does not say
	Advice     Advice
	RequestID  string
	Tenant     bool        // the query was for the tenant stream
	KeyKind    secret.Kind // of the key that was sent
	Err        error       // the cause, where there is one beneath

	what        string // in place of the reason's own words, where more is known
	detail      string // what came in place of the API's error envelope
	foreign     bool   // the answer does not look like the API's own
	proxyStatus int    // what a proxy answered to CONNECT
	proxied     bool   // a proxy stood in between, which may be to blame
	plain       bool   // the request went out without TLS
}

// Error tells what went wrong, in one line.
func (e *Error) Error() string {
	var b strings.Builder
	switch {
	case e.what != "":
		b.WriteString(e.what)
	case e.Reason != ReasonNone:
		b.WriteString(e.Reason.words())
	default:
		b.WriteString(e.Kind.words())
	}
	if e.Status != 0 {
		b.WriteString(": ")
		b.WriteString(strconv.Itoa(e.Status))
		if text := http.StatusText(e.Status); text != "" {
			b.WriteByte(' ')
			b.WriteString(text)
		}
	}
	switch {
	case e.Message != "":
		b.WriteString(": ")
		b.WriteString(strconv.Quote(e.Message))
	case e.detail != "":
		b.WriteString(": ")
		b.WriteString(e.detail)
	}
	if e.Err != nil {
		b.WriteString(": ")
		b.WriteString(e.Err.Error())
	}
	switch {
	case e.Code != "" && e.RequestID != "":
		b.WriteString(" (code " + e.Code + ", request " + e.RequestID + ")")
	case e.Code != "":
		b.WriteString(" (code " + e.Code + ")")
	case e.RequestID != "":
		b.WriteString(" (request " + e.RequestID + ")")
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

func (k Kind) words() string {
	switch k {
	case KeyRejected:
		return "the API refused the key"
	case QueryRejected:
		return "the API rejected the query"
	case SlowDown:
		return "the API asks to slow down"
	case Server:
		return "the API failed"
	case Network:
		return "the API was not reached"
	case Body:
		return "the answer cannot be used"
	default:
		return "the request failed"
	}
}

func (r Reason) words() string {
	switch r {
	case ReasonNoKey:
		return "there is no API key"
	case ReasonIncorrectKey:
		return "the API does not accept the key"
	case ReasonExpiredKey:
		return "the API key has expired"
	case ReasonRevokedKey:
		return "the API key or its account was switched off"
	case ReasonWrongKeyKind:
		return "the API key is of a kind that cannot read audit logs"
	case ReasonMissingScope:
		return "the API key lacks a scope"
	case ReasonWrongOrganization:
		return "the API key does not belong to the organization asked for"
	case ReasonAddressRefused:
		return "the API does not let this IP address in"
	case ReasonRegionRefused:
		return "the API does not serve this country or region"
	case ReasonAccessRefused:
		return "the API refused access"
	case ReasonNoRoute:
		return "there is no audit log at this address"
	case ReasonTenantRefused:
		return "the API rejected the tenant query"
	case ReasonBadQuery:
		return "the API rejected the query"
	case ReasonRateLimited:
		return "the API asks to slow down"
	case ReasonQuotaExceeded:
		return "the organization's quota or budget is used up"
	case ReasonServerFailed:
		return "the API failed"
	case ReasonNotJSON:
		return "the answer is not a JSON object"
	case ReasonNotTheAPI:
		return "something other than the API answered"
	case ReasonProxyFailed:
		return "the proxy failed"
	case ReasonNameNotFound:
		return "the API's name cannot be resolved"
	case ReasonTimedOut:
		return "the API did not answer in time"
	case ReasonConnectionRefused:
		return "the API refused the connection"
	case ReasonUnreachable:
		return "the API is unreachable"
	case ReasonConnectionLost:
		return "the connection to the API was lost"
	case ReasonCertificateUntrusted:
		return "the API's certificate is not trusted"
	case ReasonClientCertificate:
		return "the client certificate was not accepted"
	case ReasonTLSFailed:
		return "the TLS handshake failed"
	case ReasonNotTLS:
		return "the API's port does not speak TLS"
	case ReasonNetworkFailed:
		return "the API was not reached"
	case ReasonTooLarge:
		return "the answer is too large"
	case ReasonCutShort:
		return "the answer was cut short"
	case ReasonBadEncoding:
		return "the answer's encoding is broken"
	case ReasonRedirectRefused:
		return "a redirect was refused"
	default:
		return "the request failed"
	}
}
