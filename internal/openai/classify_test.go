package openai_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"fluent-bit-openai-audit/internal/openai"
)

// scopeMessage is how the API words a missing scope.
const scopeMessage = `You have insufficient permissions for this operation. Missing scopes: api.audit_logs.read.`

// wantKey is what a remedy that needs another key ends in.
const wantKey = `use an admin key (sk-admin-...) with the permission "Audit Logs: Read" (scope api.audit_logs.read), which an owner of the organization creates in its settings`

func apiError(message, code string) string {
	return fmt.Sprintf(`{"error":{"message":%q,"type":"invalid_request_error","param":null,"code":%q}}`, message, code)
}

func TestAnswersAreClassified(t *testing.T) {
	tests := []struct {
		name   string
		key    string
		tenant bool
		status int
		header http.Header
		body   string

		kind   openai.Kind
		reason openai.Reason
		text   string
		remedy string
	}{
		{
			name: "incorrect key", status: 401, header: http.Header{"X-Request-Id": {"req_1"}},
			body: apiError("Incorrect API key provided: sk-admin-ab***yz. You can find your keys in the settings.", "invalid_api_key"),
			kind: openai.KeyRejected, reason: openai.ReasonIncorrectKey,
			text:   `the API does not accept the key: 401 Unauthorized: "Incorrect API key provided: [redacted]. You can find your keys in the settings." (code invalid_api_key, request req_1)`,
			remedy: `check that the key was copied whole and that nobody deleted it; otherwise ` + wantKey,
		},
		{
			name: "project key", key: "sk-proj-abcdefghij", status: 401,
			body: apiError("Incorrect API key provided.", "invalid_api_key"),
			kind: openai.KeyRejected, reason: openai.ReasonIncorrectKey,
			text:   `the API does not accept the key: 401 Unauthorized: "Incorrect API key provided." (code invalid_api_key)`,
			remedy: `the key in use is a project's key (sk-proj-...), which cannot read audit logs: ` + wantKey,
		},
		{
			name: "service account's key without the scope", key: "sk-svcacct-abcdefghij", status: 403,
			body: `{"error":"` + scopeMessage + `"}`,
			kind: openai.KeyRejected, reason: openai.ReasonMissingScope,
			text:   `the API key lacks a scope: 403 Forbidden: "You have insufficient permissions for this operation. Missing scopes: api.audit_logs.read."`,
			remedy: `the key in use is a service account's key (sk-svcacct-...), which cannot read audit logs: ` + wantKey,
		},
		{
			name: "user's key of the wrong type", key: "sk-abcdefghij", status: 403,
			body: apiError("Your request to GET /v1/organization/audit_logs must be made with a different key type.", ""),
			kind: openai.KeyRejected, reason: openai.ReasonWrongKeyKind,
			text:   `the API key is of a kind that cannot read audit logs: 403 Forbidden: "Your request to GET /v1/organization/audit_logs must be made with a different key type."`,
			remedy: `the key in use is a user's key (sk-...), which cannot read audit logs: ` + wantKey,
		},
		{
			name: "another product's key", key: "compliance-abcdefghij", status: 401,
			body: apiError("Incorrect API key provided.", "invalid_api_key"),
			kind: openai.KeyRejected, reason: openai.ReasonIncorrectKey,
			text:   `the API does not accept the key: 401 Unauthorized: "Incorrect API key provided." (code invalid_api_key)`,
			remedy: `the key in use does not begin with sk-admin-, so it is not an admin key of the API platform (a ChatGPT workspace or compliance key does not work here): ` + wantKey,
		},
		{
			name: "admin key required", status: 403, body: `{"error":"This endpoint needs an admin API key."}`,
			kind: openai.KeyRejected, reason: openai.ReasonWrongKeyKind,
			text:   `the API key is of a kind that cannot read audit logs: 403 Forbidden: "This endpoint needs an admin API key."`,
			remedy: wantKey,
		},
		{
			name: "expired key", status: 401, body: apiError("This API key has expired.", "invalid_api_key"),
			kind: openai.KeyRejected, reason: openai.ReasonExpiredKey,
			text:   `the API key has expired: 401 Unauthorized: "This API key has expired." (code invalid_api_key)`,
			remedy: wantKey + `; a key in api_key_file is taken over without a restart`,
		},
		{
			name: "revoked key", status: 401, body: apiError("This API key was revoked.", ""),
			kind: openai.KeyRejected, reason: openai.ReasonRevokedKey,
			text:   `the API key or its account was switched off: 401 Unauthorized: "This API key was revoked."`,
			remedy: wantKey + `; a key in api_key_file is taken over without a restart`,
		},
		{
			name: "deactivated account", status: 403, body: apiError("Nothing to see.", "account_deactivated"),
			kind: openai.KeyRejected, reason: openai.ReasonRevokedKey,
			text:   `the API key or its account was switched off: 403 Forbidden: "Nothing to see." (code account_deactivated)`,
			remedy: `the account that the key belongs to was switched off, and its owner got an e-mail about it: let another owner of the organization create an admin key; one in api_key_file is taken over without a restart`,
		},
		{
			name: "missing scope, 401 with an object", status: 401, body: apiError(scopeMessage, "missing_scope"),
			kind: openai.KeyRejected, reason: openai.ReasonMissingScope,
			text:   `the API key lacks a scope: 401 Unauthorized: "You have insufficient permissions for this operation. Missing scopes: api.audit_logs.read." (code missing_scope)`,
			remedy: `give the key the permission "Audit Logs: Read" (scope api.audit_logs.read), or use another admin key that has it; an owner of the organization does that in its settings`,
		},
		{
			name: "missing scope, 403 with a string", status: 403, body: `{"error":"` + scopeMessage + `"}`,
			kind: openai.KeyRejected, reason: openai.ReasonMissingScope,
			text:   `the API key lacks a scope: 403 Forbidden: "You have insufficient permissions for this operation. Missing scopes: api.audit_logs.read."`,
			remedy: `give the key the permission "Audit Logs: Read" (scope api.audit_logs.read), or use another admin key that has it; an owner of the organization does that in its settings`,
		},
		{
			name: "missing scope in the tenant stream", tenant: true, status: 403, body: `{"error":"` + scopeMessage + `"}`,
			kind: openai.KeyRejected, reason: openai.ReasonMissingScope,
			text:   `the API key lacks a scope: 403 Forbidden: "You have insufficient permissions for this operation. Missing scopes: api.audit_logs.read."`,
			remedy: `a key that may read the organization's own log can still lack the tenant's: give the key access to it, or set scope to organization to do without the tenant stream`,
		},
		{
			name: "missing scope without a code", status: 403, header: http.Header{"X-Request-Id": {"req_1"}},
			body: `{"error":{"message":"` + scopeMessage + ` Check that you have the correct role.","type":"invalid_request_error","param":null,"code":null}}`,
			kind: openai.KeyRejected, reason: openai.ReasonMissingScope,
			text:   `the API key lacks a scope: 403 Forbidden: "` + scopeMessage + ` Check that you have the correct role." (request req_1)`,
			remedy: `give the key the permission "Audit Logs: Read" (scope api.audit_logs.read), or use another admin key that has it; an owner of the organization does that in its settings`,
		},
		{
			name: "other scopes missing", status: 401, body: `{"error":{"message":"Missing scopes: api.audit_logs.read, api.tenant.read. Check it.","code":null}}`,
			kind: openai.KeyRejected, reason: openai.ReasonMissingScope,
			text:   `the API key lacks a scope: 401 Unauthorized: "Missing scopes: api.audit_logs.read, api.tenant.read. Check it."`,
			remedy: `give the key what the API says is missing (api.audit_logs.read, api.tenant.read), or use another admin key that has it; an owner of the organization does that in its settings`,
		},
		{
			name: "wrong host", status: 401,
			body: apiError("Attempted to access resource with incorrect regional hostname. Please make your request to us.api.openai.com", "incorrect_hostname"),
			kind: openai.KeyRejected, reason: openai.ReasonWrongHost,
			text:   `the API serves this organization at another address: 401 Unauthorized: "Attempted to access resource with incorrect regional hostname. Please make your request to us.api.openai.com" (code incorrect_hostname)`,
			remedy: `set base_url to https://us.api.openai.com/v1, where the organization's data resides`,
		},
		{
			name: "wrong host without a code", status: 401,
			body: `{"error":{"message":"Incorrect regional host name: use \"https://EU.api.openai.com/v1\".","code":null}}`,
			kind: openai.KeyRejected, reason: openai.ReasonWrongHost,
			text:   `the API serves this organization at another address: 401 Unauthorized: "Incorrect regional host name: use \"https://EU.api.openai.com/v1\"."`,
			remedy: `set base_url to https://eu.api.openai.com/v1, where the organization's data resides`,
		},
		{
			name: "wrong host, and a host that is not OpenAI's", status: 401,
			body: apiError("Use api.openai.com.evil.example, or a.b.api.openai.com, or x@.api.openai.com, or .api.openai.com.", "incorrect_hostname"),
			kind: openai.KeyRejected, reason: openai.ReasonWrongHost,
			text:   `the API serves this organization at another address: 401 Unauthorized: "Use api.openai.com.evil.example, or a.b.api.openai.com, or x@.api.openai.com, or .api.openai.com." (code incorrect_hostname)`,
			remedy: `set base_url to the address of the region where the organization's data resides: https://eu.api.openai.com/v1, or us., au., ca., jp., in., sg., kr., gb. or ae. in place of eu.`,
		},
		{
			name: "organization switched off", status: 401, body: apiError("The organization has been deactivated.", "organization_deactivated"),
			kind: openai.KeyRejected, reason: openai.ReasonOrganizationOff,
			text:   `the organization was switched off: 401 Unauthorized: "The organization has been deactivated." (code organization_deactivated)`,
			remedy: `this is no matter of the key, since no key of the organization works: an owner has to ask OpenAI's support (help.openai.com) about the organization`,
		},
		{
			name: "mutual TLS", status: 401, body: apiError("A valid client certificate is required (mTLS).", ""),
			kind: openai.KeyRejected, reason: openai.ReasonClientCertificate,
			text:   `the client certificate was not accepted: 401 Unauthorized: "A valid client certificate is required (mTLS)."`,
			remedy: `the organization lets clients in that show a certificate which it trusts (mutual TLS): set client_cert_file and client_key_file, and base_url to https://mtls.api.openai.com/v1`,
		},
		{
			name: "no credit, with 403", status: 403, body: apiError("You have no credits.", "credit_balance_exhausted"),
			kind: openai.SlowDown, reason: openai.ReasonQuotaExceeded,
			text:   `the organization's quota or budget is used up: 403 Forbidden: "You have no credits." (code credit_balance_exhausted)`,
			remedy: `this does not go away by waiting: the organization has no prepaid credit left, and an owner has to add some in its billing settings`,
		},
		{
			name: "bad query, by its parameter", status: 400, body: `{"error":{"message":"Invalid value.","param":"event_types[0]","code":"invalid_value"}}`,
			kind: openai.QueryRejected, reason: openai.ReasonBadQuery,
			text:   `the API rejected the query: 400 Bad Request: "Invalid value." (code invalid_value)`,
			remedy: `check event_types against the API's message`,
		},
		{
			name: "byte order mark", status: 500, body: "\ufeff" + `{"error":{"message":"Sorry."}}`,
			kind: openai.Server, reason: openai.ReasonServerFailed,
			text: `the API failed: 500 Internal Server Error: "Sorry."`,
		},
		{
			name: "a wait that is capped", status: 503, header: http.Header{"Retry-After": {"100000"}}, body: apiError("Busy", ""),
			kind: openai.Server, reason: openai.ReasonServerFailed,
			text: `the API failed: 503 Service Unavailable: "Busy" (asks to wait 5m0s)`,
		},
		{
			name: "an error beside no list", status: 200, body: `{"object":"list","data":null,"error":{"message":"nope"}}`,
			kind: openai.Server, reason: openai.ReasonServerFailed,
			text: `the answer holds an error in place of events: 200 OK: "nope"`,
		},
		{
			name: "an error beside an empty list", status: 200, body: `{"object":"list","data":[],"error":"nope"}`,
			kind: openai.Server, reason: openai.ReasonServerFailed,
			text: `the answer holds an error in place of events: 200 OK: "nope"`,
		},
		{
			name: "wrong organization", status: 401, body: apiError("OpenAI-Organization header should match organization for API key", "mismatched_organization"),
			kind: openai.KeyRejected, reason: openai.ReasonWrongOrganization,
			text:   `the API key does not belong to the organization asked for: 401 Unauthorized: "OpenAI-Organization header should match organization for API key" (code mismatched_organization)`,
			remedy: `an admin key belongs to one organization: remove the property organization, or set it to the one that the key was made in`,
		},
		{
			name: "address not on the allowlist", status: 401, body: apiError("Your IP is not authorized.", "ip_not_authorized"),
			kind: openai.KeyRejected, reason: openai.ReasonAddressRefused,
			text:   `the API does not let this IP address in: 401 Unauthorized: "Your IP is not authorized." (code ip_not_authorized)`,
			remedy: `add the address that this host has on the Internet to the organization's IP allowlist`,
		},
		{
			name: "region", status: 403, body: apiError("Country, region, or territory not supported", "unsupported_country_region_territory"),
			kind: openai.KeyRejected, reason: openai.ReasonRegionRefused,
			text:   `the API does not serve this country or region: 403 Forbidden: "Country, region, or territory not supported" (code unsupported_country_region_territory)`,
			remedy: `let the requests leave from a supported country (property proxy)`,
		},
		{
			name: "no explanation", status: 403, body: `{"error":{}}`,
			kind: openai.KeyRejected, reason: openai.ReasonAccessRefused,
			text:   `the API refused access: 403 Forbidden`,
			remedy: wantKey,
		},
		{
			name: "a web filter", status: 403, body: "<html><head><TITLE >Blocked &amp; logged\n by policy</title></head></html>",
			kind: openai.KeyRejected, reason: openai.ReasonAccessRefused,
			text:   `the API refused access: 403 Forbidden: an HTML page titled "Blocked & logged by policy"`,
			remedy: `the answer does not look like the API's own, so a firewall, a web filter or a proxy may have given it: let requests to base_url through; or ` + wantKey,
		},
		{
			name: "tenant stream forbidden", tenant: true, status: 403, body: `{"error":"Not available."}`,
			kind: openai.KeyRejected, reason: openai.ReasonTenantRefused,
			text:   `the API rejected the tenant query: 403 Forbidden: "Not available."`,
			remedy: `the organization may have no tenant, or the key no access to it: set scope to organization to do without the tenant stream, or use a key that has access`,
		},
		{
			name: "tenant stream with a wrong event type", tenant: true, status: 400,
			body: apiError("event_types must be tenant-scoped", "invalid_value"),
			kind: openai.QueryRejected, reason: openai.ReasonTenantRefused,
			text:   `the API rejected the tenant query: 400 Bad Request: "event_types must be tenant-scoped" (code invalid_value)`,
			remedy: `the organization may have no tenant, or event_types may name types that are not tenant-scoped: set scope to organization to do without the tenant stream, or change event_types`,
		},
		{
			name: "bad query", status: 400, body: `{"error":{"message":"Invalid 'limit'.","type":"invalid_request_error","param":"limit","code":17}}`,
			kind: openai.QueryRejected, reason: openai.ReasonBadQuery,
			text:   `the API rejected the query: 400 Bad Request: "Invalid 'limit'." (code 17)`,
			remedy: `check page_size against the API's message`,
		},
		{
			name: "bad query, unprocessable", status: 422, body: `{"detail":"limit too large"}`,
			kind: openai.QueryRejected, reason: openai.ReasonBadQuery,
			text:   `the API rejected the query: 422 Unprocessable Entity: "limit too large"`,
			remedy: `check the filters (event_types, project_ids, actor_ids, actor_emails, resource_ids) and page_size against the API's message`,
		},
		{
			name: "query too long", status: 414, body: "",
			kind: openai.QueryRejected, reason: openai.ReasonBadQuery,
			text:   `the API rejected the query: 414 Request URI Too Long: an empty body`,
			remedy: `check the filters (event_types, project_ids, actor_ids, actor_emails, resource_ids) and page_size against the API's message`,
		},
		{
			name: "plain HTTP to a TLS port", status: 400, body: "<html><title>400 The plain HTTP request was sent to HTTPS port</title></html>",
			kind: openai.Server, reason: openai.ReasonNotTheAPI,
			text:   `something other than the API answered: 400 Bad Request: an HTML page titled "400 The plain HTTP request was sent to HTTPS port"`,
			remedy: `check base_url (https://api.openai.com/v1 for the public API), and what stands before it: proxy, gateway, firewall`,
		},
		{
			name: "no such route", status: 404, body: apiError("Unknown request URL: GET /organization/audit_logs.", "unknown_url"),
			kind: openai.QueryRejected, reason: openai.ReasonNoRoute,
			text:   `there is no audit log at this address: 404 Not Found: "Unknown request URL: GET /organization/audit_logs." (code unknown_url)`,
			remedy: `check base_url, which ends in /v1 for the public API (https://api.openai.com/v1)`,
		},
		{
			name: "no such page", status: 404, body: "404 page not found\n",
			kind: openai.Server, reason: openai.ReasonNoRoute,
			text:   `there is no audit log at this address: 404 Not Found: "404 page not found"`,
			remedy: `check base_url, which ends in /v1 for the public API (https://api.openai.com/v1)`,
		},
		{
			name: "wrong route in the tenant stream", tenant: true, status: 404, body: apiError("Unknown request URL", "unknown_url"),
			kind: openai.QueryRejected, reason: openai.ReasonNoRoute,
			text:   `there is no audit log at this address: 404 Not Found: "Unknown request URL" (code unknown_url)`,
			remedy: `check base_url, which ends in /v1 for the public API (https://api.openai.com/v1)`,
		},
		{
			name: "tenant not found", tenant: true, status: 404, body: apiError("No tenant", ""),
			kind: openai.QueryRejected, reason: openai.ReasonTenantRefused,
			text:   `the API rejected the tenant query: 404 Not Found: "No tenant"`,
			remedy: `the organization may have no tenant, or event_types may name types that are not tenant-scoped: set scope to organization to do without the tenant stream, or change event_types`,
		},
		{
			name: "rate limit", status: 429, header: http.Header{"Retry-After": {"20"}},
			body: apiError("Rate limit reached", "rate_limit_exceeded"),
			kind: openai.SlowDown, reason: openai.ReasonRateLimited,
			text:   `the API asks to slow down: 429 Too Many Requests: "Rate limit reached" (code rate_limit_exceeded, asks to wait 20s)`,
			remedy: `it goes on by itself; if it happens often, set max_requests_per_minute or raise poll_interval, since the limit may be shared with other users of the organization's API`,
		},
		{
			name: "rate limit without a body", status: 429, body: "",
			kind: openai.SlowDown, reason: openai.ReasonRateLimited,
			text:   `the API asks to slow down: 429 Too Many Requests: an empty body`,
			remedy: `it goes on by itself; if it happens often, set max_requests_per_minute or raise poll_interval, since the limit may be shared with other users of the organization's API`,
		},
		{
			name: "quota by code", status: 429, body: apiError("You exceeded your current quota.", "insufficient_quota"),
			kind: openai.SlowDown, reason: openai.ReasonQuotaExceeded,
			text:   `the organization's quota or budget is used up: 429 Too Many Requests: "You exceeded your current quota." (code insufficient_quota)`,
			remedy: `this does not go away by waiting: an owner of the organization has to look at its plan, spend limits and billing`,
		},
		{
			name: "quota by type", status: 429, body: `{"error":{"message":"You exceeded your current quota.","type":"insufficient_quota","code":null}}`,
			kind: openai.SlowDown, reason: openai.ReasonQuotaExceeded,
			text:   `the organization's quota or budget is used up: 429 Too Many Requests: "You exceeded your current quota."`,
			remedy: `this does not go away by waiting: an owner of the organization has to look at its plan, spend limits and billing`,
		},
		{
			name: "unpaid", status: 402, body: "",
			kind: openai.SlowDown, reason: openai.ReasonQuotaExceeded,
			text:   `the organization's quota or budget is used up: 402 Payment Required: an empty body`,
			remedy: `this does not go away by waiting: an owner of the organization has to look at its plan, spend limits and billing`,
		},
		{
			name: "server error", status: 500, body: `{"error":{"message":"The server had an error","type":"server_error","param":null,"code":null}}`,
			kind: openai.Server, reason: openai.ReasonServerFailed,
			text: `the API failed: 500 Internal Server Error: "The server had an error"`,
		},
		{
			name: "edge's page", status: 502, body: "\n<!DOCTYPE html><title></title>",
			kind: openai.Server, reason: openai.ReasonServerFailed,
			text: `the API failed: 502 Bad Gateway: an HTML page`,
		},
		{
			name: "edge's text", status: 520, body: "error code: 520\n",
			kind: openai.Server, reason: openai.ReasonServerFailed,
			text: `the API failed: 520: "error code: 520"`,
		},
		{
			name: "overloaded, empty", status: 503, body: "",
			kind: openai.Server, reason: openai.ReasonServerFailed,
			text: `the API failed: 503 Service Unavailable: an empty body`,
		},
		{
			name: "server's timeout", status: 408, body: "{",
			kind: openai.Server, reason: openai.ReasonServerFailed,
			text: `the API failed: 408 Request Timeout: a body that is no valid JSON`,
		},
		{
			name: "conflict", status: 409, body: "[]",
			kind: openai.Server, reason: openai.ReasonServerFailed,
			text: `the API failed: 409 Conflict: a body that is no JSON object`,
		},
		{
			name: "no content", status: 204, body: "",
			kind: openai.Server, reason: openai.ReasonServerFailed,
			text: `the API gave an answer that makes no sense here: 204 No Content: an empty body`,
		},
		{
			name: "not modified", status: 304, body: "",
			kind: openai.Body, reason: openai.ReasonRedirectRefused,
			text:   `a redirect that leads nowhere: 304 Not Modified: an empty body`,
			remedy: `check base_url: the key is sent to its host only, and where it points now sends requests elsewhere`,
		},
		{
			name: "proxy's 407", status: 407, body: "<title>Log in</title>",
			kind: openai.Network, reason: openai.ReasonProxyFailed,
			text:   `the proxy failed: 407 Proxy Authentication Required: an HTML page titled "Log in"`,
			remedy: `give the proxy's user and password in the property proxy (http://user:password@host:port) or in HTTPS_PROXY`,
		},
		{
			name: "login page", status: 200, body: "<html><title>Sign in</title>",
			kind: openai.Server, reason: openai.ReasonNotJSON,
			text:   `the answer is not a JSON object: 200 OK: an HTML page titled "Sign in"`,
			remedy: `something other than the API answered: check base_url (https://api.openai.com/v1 for the public API), and what stands before it: proxy, gateway, firewall`,
		},
		{
			name: "empty page", status: 200, body: " \n",
			kind: openai.Server, reason: openai.ReasonNotJSON,
			text:   `the answer is not a JSON object: 200 OK: an empty body`,
			remedy: `something other than the API answered: check base_url (https://api.openai.com/v1 for the public API), and what stands before it: proxy, gateway, firewall`,
		},
		{
			name: "a JSON array", status: 200, body: "[]",
			kind: openai.Server, reason: openai.ReasonNotJSON,
			text:   `the answer is not a JSON object: 200 OK: a body that is no JSON object`,
			remedy: `something other than the API answered: check base_url (https://api.openai.com/v1 for the public API), and what stands before it: proxy, gateway, firewall`,
		},
		{
			name: "a word", status: 200, body: "ok",
			kind: openai.Server, reason: openai.ReasonNotJSON,
			text:   `the answer is not a JSON object: 200 OK: "ok"`,
			remedy: `something other than the API answered: check base_url (https://api.openai.com/v1 for the public API), and what stands before it: proxy, gateway, firewall`,
		},
		{
			name: "an error with a good status", status: 200, body: ` {"error":{"message":"nope","code":"x"}}`,
			kind: openai.Server, reason: openai.ReasonServerFailed,
			text: `the answer holds an error in place of events: 200 OK: "nope" (code x)`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.key == "" {
				tt.key = testKey
			}
			client := newClient(t, openai.Options{Keys: staticKey(t, tt.key), Transport: answer(tt.status, tt.header, tt.body)})
			e := failure(t, client, openai.Query{Tenant: tt.tenant})
			if e.Kind != tt.kind || e.Reason != tt.reason || e.Status != tt.status || e.Tenant != tt.tenant {
				t.Errorf("%v, %v, status %d, tenant %v", e.Kind, e.Reason, e.Status, e.Tenant)
			}
			if e.Error() != tt.text {
				t.Errorf("text %s\nwant %s", e, tt.text)
			}
			if e.Remedy() != tt.remedy {
				t.Errorf("remedy %s\nwant %s", e.Remedy(), tt.remedy)
			}
		})
	}
}

// Every code that the API is known to send has its remedy.
func TestEveryCodeHasARemedy(t *testing.T) {
	for _, tt := range []struct {
		status int
		code   string
		reason openai.Reason
		remedy string // its beginning
	}{
		{401, "invalid_api_key", openai.ReasonIncorrectKey, "check that the key was copied whole"},
		{401, "incorrect_api_key", openai.ReasonIncorrectKey, "check that the key was copied whole"},
		{401, "expired_api_key", openai.ReasonExpiredKey, "use an admin key"},
		{401, "api_key_expired", openai.ReasonExpiredKey, "use an admin key"},
		{401, "token_expired", openai.ReasonExpiredKey, "use an admin key"},
		{401, "api_key_revoked", openai.ReasonRevokedKey, "use an admin key"},
		{401, "revoked_api_key", openai.ReasonRevokedKey, "use an admin key"},
		{401, "token_invalidated", openai.ReasonRevokedKey, "use an admin key"},
		{401, "token_revoked", openai.ReasonRevokedKey, "use an admin key"},
		{401, "account_deactivated", openai.ReasonRevokedKey, "the account that the key belongs to was switched off"},
		{401, "organization_deactivated", openai.ReasonOrganizationOff, "this is no matter of the key"},
		{403, "missing_scope", openai.ReasonMissingScope, `give the key the permission "Audit Logs: Read"`},
		{403, "missing_scopes", openai.ReasonMissingScope, `give the key the permission "Audit Logs: Read"`},
		{403, "insufficient_scope", openai.ReasonMissingScope, `give the key the permission "Audit Logs: Read"`},
		{403, "insufficient_permissions", openai.ReasonMissingScope, `give the key the permission "Audit Logs: Read"`},
		{401, "mismatched_organization", openai.ReasonWrongOrganization, "an admin key belongs to one organization"},
		{401, "invalid_organization", openai.ReasonWrongOrganization, "check the property organization"},
		{401, "no_organization", openai.ReasonWrongOrganization, "the account that the key belongs to is a member of no organization"},
		{401, "organization_membership_required", openai.ReasonWrongOrganization, "the account that the key belongs to is no member of the organization"},
		{401, "mismatched_project", openai.ReasonAccessRefused, "something between here and the API adds the header OpenAI-Project"},
		{401, "invalid_project", openai.ReasonAccessRefused, "something between here and the API adds the header OpenAI-Project"},
		{401, "incorrect_hostname", openai.ReasonWrongHost, "set base_url to the address of the region"},
		{401, "ip_not_authorized", openai.ReasonAddressRefused, "add the address"},
		{403, "ip_not_allowed", openai.ReasonAddressRefused, "add the address"},
		{403, "unsupported_country_region_territory", openai.ReasonRegionRefused, "let the requests leave from a supported country"},
		{401, "customer_storage_not_ready", openai.ReasonAccessRefused, "the organization keeps its data in a storage of its own"},
		{429, "rate_limit_exceeded", openai.ReasonRateLimited, "it goes on by itself"},
		{429, "slow_down", openai.ReasonRateLimited, "it goes on by itself"},
		{429, "insufficient_quota", openai.ReasonQuotaExceeded, "this does not go away by waiting: an owner"},
		{429, "credit_balance_exhausted", openai.ReasonQuotaExceeded, "this does not go away by waiting: the organization has no prepaid credit"},
		{429, "billing_hard_limit_reached", openai.ReasonQuotaExceeded, "the organization has reached the spend limit"},
		{429, "organization_spend_limit_exceeded", openai.ReasonQuotaExceeded, "the organization has reached the spend limit"},
		{429, "project_spend_limit_exceeded", openai.ReasonQuotaExceeded, "a project has reached its spend limit"},
		{429, "organization_usage_limit_exceeded", openai.ReasonQuotaExceeded, "the organization has reached the usage limit"},
		{429, "billing_not_active", openai.ReasonQuotaExceeded, "this does not go away by waiting: the organization's billing is not active"},
		{404, "unknown_url", openai.ReasonNoRoute, "check base_url, which ends in /v1"},
		{405, "method_not_supported", openai.ReasonNoRoute, "check base_url"},
		// Not a code, but what stands for one within.
		{401, " key kind", openai.ReasonAccessRefused, "use an admin key"},
	} {
		client := newClient(t, openai.Options{Transport: answer(tt.status, nil, apiError("No.", tt.code))})
		e := failure(t, client, openai.Query{})
		if e.Reason != tt.reason || !strings.HasPrefix(e.Remedy(), tt.remedy) {
			t.Errorf("%d %s: %v, remedy %s", tt.status, tt.code, e.Reason, e.Remedy())
		}
	}
}
