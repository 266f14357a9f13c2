package logfiles

import (
	"fmt"
	"time"

	"fluent-bit-openai-audit/internal/fakeopenai/dice"
)

// Route is the part of the API that serves a type: workspaces or organizations.
type Route string

// The routes.
const (
	Workspaces    Route = "workspaces"
	Organizations Route = "organizations"
)

// kind is a type of log with how its records go on behind the envelope.
type kind struct {
	name   string
	routes []Route
	rest   func(d *dice.Dice, at time.Time) string
}

// Routes returns the parts of the API that serve a type; nil for a type that there is none of.
func Routes(name string) []Route {
	for _, k := range kinds() {
		if k.name == name {
			return k.routes
		}
	}
	return nil
}

// Types returns all types that there are files of.
func Types() (names []string) {
	for _, k := range kinds() {
		names = append(names, k.name)
	}
	return names
}

func kinds() []kind {
	workspace, both := []Route{Workspaces}, []Route{Workspaces, Organizations}
	return []kind{
		{auditLog, workspace, auditRest},
		{"AUTH_LOG", workspace, authRest},
		{"APP_AUTH_LOG", both, func(d *dice.Dice, _ time.Time) string {
			return fmt.Sprintf(`,"app_id":"connector_%s","link_id":"link_%s","action":"%s"`, d.Hex(4), d.Hex(8), d.Pick("link", "unlink"))
		}},
		{"APP_LOG", both, func(d *dice.Dice, _ time.Time) string {
			return fmt.Sprintf(`,"app_id":"asdk_app_%s","app_name":"Ticket search","app_type":"MCP","conversation_id":"%s","log_type":"request",`+
				`"input":{"query":"open tickets of %s","_meta":{"openai/locale":"en-GB"}}`, d.Hex(6), uuid(d), d.Pick("this week", "the team"))
		}},
		{"CONVERSATION_MESSAGE", workspace, messageRest},
		{"CODEX_LOG", workspace, detailRest("CODEX_CLI", "PROMPT_SENT", "PROMPT_RESPONSE_RECEIVED", "APP_MCP_CALL", "PLUGIN_INSTALLED")},
		{"CODEX_SECURITY_LOG", workspace, detailRest("CODEX_SECURITY", "SCAN_CONFIGURATION_CREATED", "SCAN_FINDING_UPDATED")},
		{"CUSTOM_AGENTS_LOG", workspace, detailRest("AGENT_BUILDER", "AGENT_CREATED", "CONNECTOR_CALL_STARTED", "SKILL_USED")},
		{"COSTS", []Route{Organizations}, costsRest},
	}
}

const auditLog = "AUDIT_LOG"

func uuid(d *dice.Dice) string {
	h := d.Hex(32)
	return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-8" + h[17:20] + "-" + h[20:]
}

// auditRest is an audit record of one of the actions that people ask for.
func auditRest(d *dice.Dice, _ time.Time) string {
	type action struct{ name, privilege, data string }
	app := fmt.Sprintf(`{"app_id":"asdk_app_%s","app_name":"Ticket search"`, d.Hex(6))
	skill := fmt.Sprintf(`{"skill_id":"skill_%s","skill_name":"Release notes"}`, d.Hex(8))
	conversation := fmt.Sprintf(`{"conversation_id":"%s"}`, uuid(d))
	group := fmt.Sprintf(`{"group_id":"group_%s","removed_user_id":"user-%s"}`, d.Hex(8), d.Token(24))
	actions := []action{
		{"APP_CREATE", "ADMIN", app + "}"},
		{"APP_PUBLISH", "ADMIN", app + "}"},
		{"APP_DELETE", "ADMIN", app + "}"},
		{"APP_UPDATE_ACCESS_POLICY", "ADMIN", app + `,"allow_all_in_workspace":` + d.Pick("true", "false") + "}"},
		{"APP_SET_ENABLED_ACTIONS", "ADMIN", app + `,"enabled_actions":["search","fetch"]}`},
		{"SKILL_CREATE", "STANDARD_USER", skill},
		{"SKILL_UPDATE", "STANDARD_USER", skill},
		{"SKILL_DELETE", "STANDARD_USER", skill},
		{"CONVERSATION_DELETE", "STANDARD_USER", conversation},
		{"CONVERSATION_SHARE", "STANDARD_USER", conversation},
		{"GROUP_REMOVE_USER", "ADMIN", group},
		{"USER_ROLE_UPDATED", "ADMIN", fmt.Sprintf(`{"user_id":"user-%s","new_role":"%s"}`, d.Token(24), d.Pick("standard-user", "account-admin"))},
		{"INVITE_ACCEPT", "STANDARD_USER", `{"email_address":"newcomer@corp.example.com"}`},
		{"WORKSPACE_SET_COMPLIANCE_API_IP_ALLOWLIST", "ADMIN", `{"allowed_ips":["198.51.100.0/24"]}`},
	}
	a := actions[d.Intn(len(actions))]
	return fmt.Sprintf(`,"action":"%s","action_result":"%s","action_privilege":"%s","request_metadata":%s,"action_data":%s`,
		a.name, d.Pick("SUCCESS", "SUCCESS", "SUCCESS", "BLOCKED", "ERROR"), a.privilege, requestMetadata(d, "null"), a.data)
}

// requestMetadata is where a request came from. host is JSON.
func requestMetadata(d *dice.Dice, host string) string {
	return fmt.Sprintf(`{"client_ip":"203.0.113.%d","client_ip_details":{"country":"PT","city":"Porto","region":"Porto","region_code":"13",`+
		`"asn":"64500","latitude":"41.14961","longitude":"-8.61099"},"client_user_agent":"Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/142.0",`+
		`"client_ja3":"%s","client_ja4":"t13d1713h1_%s_%s","destination_hostname":%s}`, 1+d.Intn(254), d.Hex(32), d.Hex(12), d.Hex(12), host)
}

func authRest(d *dice.Dice, _ time.Time) string {
	return fmt.Sprintf(`,"request_metadata":%s,"action_data":{"action":"%s","auth_provider_name":"%s","role":"standard-user"}`,
		requestMetadata(d, "null"), d.Pick("login_success", "logout_success", "token_issued", "password_login_invalid_password"), d.Pick("password", "okta"))
}

func messageRest(d *dice.Dice, at time.Time) string {
	return fmt.Sprintf(`,"message":{"id":"%s","created_at":"%s","author":{"type":"user","client_type":"desktop_web"},"content":{"type":"text",`+
		`"value":"Draft a short release note, \"as usual\" – %s."}},"conversation":{"id":"%s","title":"Release notes","created_at":null,`+
		`"is_pinned":false,"is_temporary_chat":false}`, uuid(d), stamp(at, false), d.Pick("bitte kurz", "por favor"), uuid(d))
}

func detailRest(client string, events ...string) func(*dice.Dice, time.Time) string {
	return func(d *dice.Dice, _ time.Time) string {
		event := d.Pick(events...)
		return fmt.Sprintf(`,"event_type":"%s","client_id":"%s","event_details":{"detail_type":"%s","session_id":"session-%d","model":"gpt-5.6","call_id":"call-%d"}`,
			event, client, event, d.Intn(1000), d.Intn(1000))
	}
}

func costsRest(d *dice.Dice, at time.Time) string {
	return fmt.Sprintf(`,"payload":{"day":"%s","hour":%d,"product":"Work","surface":"chatgpt","client":"web","model":"gpt-5.6",`+
		`"measures":{"usage":{"text_input_tokens":%d},"billing":[{"sku":"Example model - Input","quantity":{"value":%d,"unit":"tokens"},`+
		`"cost":{"value":3.3408,"unit":"CREDITS"}}]}}`, at.UTC().Format(time.DateOnly), at.UTC().Hour(), d.Intn(100000), d.Intn(100000))
}

// stamp writes a time as the API does: in whole seconds for sign-ins, else in microseconds.
func stamp(at time.Time, whole bool) string {
	if whole {
		return at.UTC().Format("2006-01-02T15:04:05Z")
	}
	return at.UTC().Format("2006-01-02T15:04:05.000000Z")
}
