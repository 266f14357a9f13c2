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
	ReasonOrganizationOff   // the organization was switched off, with all its keys
	ReasonWrongHost         // the organization's data lives at another of the API's hosts
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
	ReasonFileRefused  // the address of a log file, which may have expired

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

// reasons are the texts of each reason: its name, in words what went wrong, and
// that of a host, where it is known that the host is concerned.
var reasons = [...]struct{ name, words, at string }{ //nolint:gochecknoglobals // a constant table
	ReasonNone:                 {name: "none", words: "the request failed"},
	ReasonNoKey:                {name: "no_key", words: "there is no API key"},
	ReasonIncorrectKey:         {name: "incorrect_key", words: "the API does not accept the key"},
	ReasonExpiredKey:           {name: "expired_key", words: "the API key has expired"},
	ReasonRevokedKey:           {name: "revoked_key", words: "the API key or its account was switched off"},
	ReasonWrongKeyKind:         {name: "wrong_key_kind", words: "the API key is of a kind that cannot read audit logs"},
	ReasonMissingScope:         {name: "missing_scope", words: "the API key lacks a scope"},
	ReasonWrongOrganization:    {name: "wrong_organization", words: "the API key does not belong to the organization asked for"},
	ReasonOrganizationOff:      {name: "organization_off", words: "the organization was switched off"},
	ReasonWrongHost:            {name: "wrong_host", words: "the API serves this organization at another address"},
	ReasonAddressRefused:       {name: "address_refused", words: "the API does not let this IP address in"},
	ReasonRegionRefused:        {name: "region_refused", words: "the API does not serve this country or region"},
	ReasonAccessRefused:        {name: "access_refused", words: "the API refused access"},
	ReasonNoRoute:              {name: "no_route", words: "there is no audit log at this address"},
	ReasonTenantRefused:        {name: "tenant_refused", words: "the API rejected the tenant query"},
	ReasonBadQuery:             {name: "bad_query", words: "the API rejected the query"},
	ReasonRateLimited:          {name: "rate_limited", words: "the API asks to slow down"},
	ReasonQuotaExceeded:        {name: "quota_exceeded", words: "the organization's quota or budget is used up"},
	ReasonServerFailed:         {name: "server_failed", words: "the API failed"},
	ReasonNotJSON:              {name: "not_json", words: "the answer is not a JSON object"},
	ReasonNotTheAPI:            {name: "not_the_api", words: "something other than the API answered"},
	ReasonFileRefused:          {name: "file_refused", words: "the address of a log file did not give it"},
	ReasonProxyFailed:          {name: "proxy_failed", words: "the proxy failed"},
	ReasonNameNotFound:         {name: "name_not_found", words: "the API's name cannot be resolved", at: "the name of %s cannot be resolved"},
	ReasonTimedOut:             {name: "timed_out", words: "the API did not answer in time", at: "%s took too long"},
	ReasonConnectionRefused:    {name: "connection_refused", words: "the API refused the connection", at: "%s refuses connections"},
	ReasonUnreachable:          {name: "unreachable", words: "the API is unreachable", at: "%s is unreachable"},
	ReasonConnectionLost:       {name: "connection_lost", words: "the connection to the API was lost", at: "the connection to %s was lost"},
	ReasonCertificateUntrusted: {name: "certificate_untrusted", words: "the API's certificate is not trusted", at: "the certificate of %s is not trusted"},
	ReasonClientCertificate:    {name: "client_certificate", words: "the client certificate was not accepted", at: "%s does not accept the client certificate"},
	ReasonTLSFailed:            {name: "tls_failed", words: "the TLS handshake failed", at: "the TLS handshake with %s failed"},
	ReasonNotTLS:               {name: "not_tls", words: "the API's port does not speak TLS", at: "%s does not speak TLS on this port"},
	ReasonNetworkFailed:        {name: "network_failed", words: "the API was not reached", at: "the request to %s failed"},
	ReasonTooLarge:             {name: "too_large", words: "the answer is too large"},
	ReasonCutShort:             {name: "cut_short", words: "the answer was cut short"},
	ReasonBadEncoding:          {name: "bad_encoding", words: "the answer's encoding is broken"},
	ReasonRedirectRefused:      {name: "redirect_refused", words: "a redirect was refused"},
}

// String returns the reason in snake_case, fit for a metric's label.
func (r Reason) String() string {
	if int(r) < len(reasons) {
		return reasons[r].name
	}
	return "unknown"
}

// Error is why a request brought no page. All text in it that came from outside
// is one bounded line of printable characters with keys and passwords cut.
type Error struct {
	Kind       Kind
	Reason     Reason
	Status     int // HTTP status; 0 when there was no answer
	Code       string
	Message    string        // what the API said
	RetryAfter time.Duration // how long the API asks to wait, capped; 0: it does not say
	RequestID  string
	Tenant     bool        // the query was for the tenant stream
	Logs       Logs        // the request was for the compliance logs
	Objects    bool        // the request was for the organization's objects
	KeyKind    secret.Kind // of the key that was sent
	Err        error       // the cause, where there is one beneath

	known       string // the code that the answer has or, by its words, would have
	scopes      string // those that the API says are missing
	host        string // of the API's, that it asks to use
	param       string // of the query, that the API complains about
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
	case e.Objects:
		b.WriteString(objectWords.Replace(reasons[e.Reason].words))
	default:
		b.WriteString(reasons[e.Reason].words)
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
	var notes []string
	if e.Code != "" {
		notes = append(notes, "code "+e.Code)
	}
	if e.RequestID != "" {
		notes = append(notes, "request "+e.RequestID)
	}
	if e.RetryAfter > 0 {
		notes = append(notes, "asks to wait "+e.RetryAfter.String())
	}
	if len(notes) > 0 {
		b.WriteString(" (" + strings.Join(notes, ", ") + ")")
	}
	return b.String()
}

// Foreign reports whether the answer does not look like the API's own.
func (e *Error) Foreign() bool { return e.foreign }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }
