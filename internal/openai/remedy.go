package openai

import (
	"net/http"
	"strings"

	"fluent-bit-openai-audit/internal/secret"
)

// wantKey ends a remedy that comes down to another key.
const wantKey = `use an admin key (sk-admin-...) with the permission "Audit Logs: Read" (scope api.audit_logs.read), which an owner of the organization creates in its settings`

// wantRoute ends a remedy that comes down to another way to the API.
const wantRoute = "check base_url (https://api.openai.com/v1 for the public API), and what stands before it: proxy, gateway, firewall"

// Remedy tells an operator what can be done, in words that hold for what is
// known; "" when there is nothing to do but wait. It names properties by the
// names they have in the configuration.
func (e *Error) Remedy() string {
	if e.Logs != "" {
		if text := e.logsRemedy(); text != "" {
			return text
		}
	}
	if !e.Objects {
		return e.remedy()
	}
	if e.Kind == QueryRejected && e.Reason == ReasonBadQuery {
		return "" // what is asked for is nothing that is configured
	}
	return objectWords.Replace(e.remedy())
}

func (e *Error) remedy() string {
	if known := codes[e.known]; known.reason == e.Reason && known.remedy != "" {
		return known.remedy
	}
	switch e.Kind {
	case KeyRejected:
		return e.keyRemedy()
	case QueryRejected:
		return e.queryRemedy()
	case Network:
		return e.networkRemedy()
	case Body:
		return e.bodyRemedy()
	}
	switch e.Reason {
	case ReasonQuotaExceeded:
		return "this does not go away by waiting: an owner of the organization has to look at its plan, spend limits and billing"
	case ReasonRateLimited:
		return "it goes on by itself; if it happens often, set max_requests_per_minute or raise poll_interval, since the limit may be shared with other users of the organization's API"
	case ReasonNotJSON:
		return "something other than the API answered: " + wantRoute
	case ReasonNotTheAPI:
		return wantRoute
	case ReasonNoRoute:
		return e.queryRemedy()
	default:
		return ""
	}
}

func (e *Error) keyRemedy() string {
	switch e.Reason {
	case ReasonNoKey:
		return "set api_key, api_key_file or the environment variable OPENAI_ADMIN_KEY; " + wantKey
	case ReasonIncorrectKey, ReasonWrongKeyKind:
		if kind := wrongKind(e.KeyKind); kind != "" {
			return kind + ": " + wantKey
		}
		if e.Reason == ReasonWrongKeyKind {
			return wantKey
		}
		return "check that the key was copied whole and that nobody deleted it; otherwise " + wantKey
	case ReasonExpiredKey, ReasonRevokedKey:
		return wantKey + "; a key in api_key_file is taken over without a restart"
	case ReasonMissingScope:
		return e.scopeRemedy()
	case ReasonWrongOrganization:
		return "an admin key belongs to one organization: remove the property organization, or set it to the one that the key was made in"
	case ReasonOrganizationOff:
		return "this is no matter of the key, since no key of the organization works: an owner has to ask OpenAI's support (help.openai.com) about the organization"
	case ReasonWrongHost:
		if e.host != "" {
			return "set base_url to https://" + e.host + "/v1, where the organization's data resides"
		}
		return "set base_url to the address of the region where the organization's data resides: https://eu.api.openai.com/v1, or us., au., ca., jp., in., sg., kr., gb. or ae. in place of eu."
	case ReasonClientCertificate:
		return "the organization lets clients in that show a certificate which it trusts (mutual TLS): set client_cert_file and client_key_file, and base_url to https://mtls.api.openai.com/v1"
	case ReasonAddressRefused:
		return "add the address that this host has on the Internet to the organization's IP allowlist"
	case ReasonRegionRefused:
		return "let the requests leave from a supported country (property proxy)"
	}
	if e.foreign {
		return "the answer does not look like the API's own, so a firewall, a web filter or a proxy may have given it: let requests to base_url through; or " + wantKey
	}
	if e.Tenant {
		return "the organization may have no tenant, or the key no access to it: set scope to organization to do without the tenant stream, or use a key that has access"
	}
	if kind := wrongKind(e.KeyKind); kind != "" {
		return kind + ": " + wantKey
	}
	return wantKey
}

const (
	scopeName       = "api.audit_logs.read"
	inSettings      = "; an owner of the organization does that in its settings"
	scopePermission = `the permission "Audit Logs: Read" (scope ` + scopeName + `)`
)

func (e *Error) scopeRemedy() string {
	if kind := wrongKind(e.KeyKind); kind != "" {
		return kind + ": " + wantKey
	}
	switch {
	case e.Tenant:
		return "a key that may read the organization's own log can still lack the tenant's: give the key access to it, or set scope to organization to do without the tenant stream"
	case e.scopes == "", e.scopes == scopeName:
		return "give the key " + scopePermission + ", or use another admin key that has it" + inSettings
	default:
		return "give the key what the API says is missing (" + e.scopes + "), or use another admin key that has it" + inSettings
	}
}

func (e *Error) queryRemedy() string {
	switch e.Reason {
	case ReasonTenantRefused:
		return "the organization may have no tenant, or event_types may name types that are not tenant-scoped: set scope to organization to do without the tenant stream, or change event_types"
	case ReasonNoRoute:
		if e.foreign || e.known == "unknown_url" {
			return "check base_url, which ends in /v1 for the public API (https://api.openai.com/v1)"
		}
		return "check base_url (https://api.openai.com/v1 for the public API), and ask an owner whether the organization is entitled to audit logs"
	default:
		if property, ok := properties[strings.TrimRight(e.param, "[]0123456789.")]; ok {
			return "check " + property + " against the API's message"
		}
		return "check the filters (event_types, project_ids, actor_ids, actor_emails, resource_ids) and page_size against the API's message"
	}
}

// properties are those that parameters of a query are made of.
var properties = map[string]string{ //nolint:gochecknoglobals // a constant table
	"event_types": "event_types", "project_ids": "project_ids", "actor_ids": "actor_ids", "actor_emails": "actor_emails",
	"resource_ids": "resource_ids", "limit": "page_size", "tenant_only": "scope",
}

func (e *Error) networkRemedy() string {
	switch e.Reason {
	case ReasonProxyFailed:
		if e.Status == http.StatusProxyAuthRequired || e.proxyStatus == http.StatusProxyAuthRequired {
			return "give the proxy's user and password in the property proxy (http://user:password@host:port) or in HTTPS_PROXY"
		}
		return "check the property proxy, or HTTPS_PROXY and NO_PROXY in the environment, and that the proxy lets requests to base_url through"
	case ReasonNameNotFound:
		return "check base_url and this host's DNS; where only a proxy has access to the Internet, set the property proxy"
	case ReasonConnectionLost:
		if e.plain {
			return "it may pass by itself; if it stays, the port may want TLS: try https in base_url"
		}
		return ""
	case ReasonTimedOut, ReasonUnreachable:
		if e.proxied {
			return "check that the proxy speaks what its URL begins with (http, https or socks5), and that it reaches base_url; on a slow line raise request_timeout"
		}
		return "check that this host may reach base_url (firewall, routes); where only a proxy has access to the Internet, set the property proxy; on a slow line raise request_timeout"
	case ReasonConnectionRefused:
		return "check host and port of base_url, and that a firewall does not reject the connection"
	case ReasonCertificateUntrusted:
		return "if a proxy or a gateway of your own re-signs the traffic, give its certificate authority in ca_file; if the name or the time is wrong, check base_url and this host's clock"
	case ReasonClientCertificate:
		return "check client_cert_file and client_key_file: the server wants a certificate from an authority that it trusts, not expired"
	case ReasonTLSFailed:
		return "the server must offer TLS 1.2 or newer; check what stands between this host and base_url"
	case ReasonNotTLS:
		return "check scheme and port of base_url"
	default:
		return ""
	}
}

func (e *Error) bodyRemedy() string {
	switch e.Reason {
	case ReasonTooLarge:
		return "lower page_size or raise max_body_size"
	case ReasonRedirectRefused:
		return "check base_url: the key is sent to its host only, and where it points now sends requests elsewhere"
	default:
		return ""
	}
}

// wrongKind says what is wrong with a key of this kind; "" where nothing is.
func wrongKind(kind secret.Kind) string {
	switch kind {
	case secret.NoKey, secret.AdminKey:
		return ""
	case secret.OtherKey:
		return "the key in use does not begin with sk-admin-, so it is not an admin key of the API platform (a ChatGPT workspace or compliance key does not work here)"
	default:
		return "the key in use is " + kind.String() + ", which cannot read audit logs"
	}
}
