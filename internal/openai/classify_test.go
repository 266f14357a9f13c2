package openai_test

import (
	"fmt"
	"net/http"
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
			remedy: wantKey + `; a key in api_key_file is taken over without a restart`,
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
			remedy: `check the filters (event_types, project_ids, actor_ids, actor_emails, resource_ids) and page_size against the API's message`,
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
			text:   `the API asks to slow down: 429 Too Many Requests: "Rate limit reached" (code rate_limit_exceeded)`,
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
