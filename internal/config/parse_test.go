package config_test

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fluent-bit-openai-audit/internal/config"
)

const testKey = "sk-admin-0123456789abcdefghijkl"

// leaks reports whether text holds a part of testKey, as it is or in hexadecimal.
func leaks(text string) bool {
	const part = "0123456789abcdefghijkl"
	return strings.Contains(text, part) || strings.Contains(strings.ToLower(text), fmt.Sprintf("%x", part))
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// getter looks names up in a map, in any case, as Fluent Bit does.
func getter(values map[string]string) config.Getter {
	return func(name string) (string, bool) {
		for given, value := range values {
			if strings.EqualFold(given, name) {
				return value, true
			}
		}
		return "", false
	}
}

// problemLines returns the problems of an error of Parse or ParseMap, one a line.
func problemLines(t *testing.T, err error) []string {
	t.Helper()
	if err == nil {
		return nil
	}
	var problems *config.Problems
	if !errors.As(err, &problems) {
		t.Fatalf("the error is a %T: %v", err, err)
	}
	var lines []string
	for problem := range problems.All() {
		lines = append(lines, problem.String())
	}
	return lines
}

// warningLines returns the warnings of a Config, one a line.
func warningLines(cfg *config.Config) []string {
	var lines []string
	for _, warning := range cfg.Warnings {
		lines = append(lines, warning.String())
	}
	return lines
}

// Parts of messages that many cases end with.
const (
	durationHint = "; durations are written 30s, 10m, 24h, 7d or 1h30m, and a bare number is seconds"
	sizeHint     = "; sizes are written 512K, 16M or 1G with K = 1000, and a bare number is bytes"
	startValues  = "; accepted: now, beginning, an RFC 3339 time, or an age up to 3650d in whole seconds"
	urlValues    = "; accepted: an https URL; an http URL to this machine, or to any with insecure_http on"
	proxyValues  = "; accepted: an http, https or socks5 URL, with user and password if the proxy asks for them"
	escapeHint   = `; a "@", ":", "/", "?", "#" or "%" in a user or password is written %40, %3A, %2F, %3F, %23 or %25`
	typesValues  = "; accepted: event types, comma-separated, such as api_key.created,login.failed"
	dropValues   = "; accepted: event types or prefix.*, comma-separated, such as logout.*,login.succeeded"
	redactValues = "; accepted: paths, each with =drop or =hash or neither, comma-separated, such as actor.session.user_agent,actor.*.user.email=hash"
	switchValues = "; accepted: on, off, true, false, yes or no"
	keyValues    = "; accepted: an admin key, sk-admin-..."
	fileHint     = "; a key goes into api_key, or into the file that api_key_file names"
	howToGet     = "; an owner of the organization creates an admin key at https://platform.openai.com/settings/organization/admin-keys, " +
		"and read permission for audit logs (scope api.audit_logs.read) is all it needs"
)

func TestOneProblem(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, property, value, want string }{
		{"no unit", "poll_interval", "30x", `"30x" is not a duration; accepted: 1s to 24h` + durationHint},
		{"spelt out", "poll_interval", "30 seconds", `"30 seconds" is not a duration; accepted: 1s to 24h` + durationHint + "; did you mean 30s?"},
		{"words and blanks", "poll_interval", "1 hour 30 mins", `"1 hour 30 mins" is not a duration; accepted: 1s to 24h` + durationHint + "; did you mean 1h30m?"},
		{"days and milliseconds", "poll_interval", "2 Days 5msec", `"2 Days 5msec" is not a duration; accepted: 1s to 24h` + durationHint + "; did you mean 2d5ms?"},
		{"absurdly many weeks", "poll_interval", "99999999w", `"99999999w" is not a duration; accepted: 1s to 24h` + durationHint},
		{"weeks of no number", "poll_interval", "xweeks", `"xweeks" is not a duration; accepted: 1s to 24h` + durationHint},
		{"decimal comma", "poll_interval", "1,5h", `"1,5h" is not a duration; accepted: 1s to 24h` + durationHint + "; did you mean 1h30m?"},
		{"weeks", "sweep_window", "2w", `"2w" is not a duration; accepted: 0 (off), or 1s to 90d in whole seconds` + durationHint + "; did you mean 14d?"},
		{"half a second is not 500 seconds", "poll_interval", "500ms", `"500ms" is too short; accepted: 1s to 24h`},
		{"too long", "poll_interval", "25h", `"25h" is too long; accepted: 1s to 24h`},
		{"absurdly long", "poll_interval", "999999999999999999d", `"999999999999999999d" is too long; accepted: 1s to 24h`},
		{"zero where it means nothing", "poll_interval", "0", `"0" is too short; accepted: 1s to 24h`},
		{"negative", "poll_interval", "-5s", `"-5s" is not a duration; accepted: 1s to 24h` + durationHint},
		{"below the least but zero", "sweep_interval", "0.5", `"0.5" is too short; accepted: 0 (off), or 1s to 30d`},
		{"part of a second", "overlap", "1.5s", `"1.5s" is not a whole number of seconds; accepted: 0 (off), or 1s to 90d in whole seconds`},

		{"empty", "poll_interval", "", "the value is empty; accepted: 1s to 24h; leave the property out to have its default"},
		{"blank", "poll_interval", " \t ", "the value is empty; accepted: 1s to 24h; leave the property out to have its default"},
		{"quoted", "poll_interval", `"30s"`, `"30s" stands in quotation marks, which would be part of the value; accepted: 1s to 24h; write it without them`},
		{"quoted otherwise", "db", `'/var/lib/x.db'`, `'/var/lib/x.db' stands in quotation marks, which would be part of the value; accepted: the path of a file, or off; write it without them`},
		{"variable", "poll_interval", "${POLL}", `"${POLL}" holds "${" of a variable that was not replaced; accepted: 1s to 24h; Fluent Bit replaces ${NAME}, and a shell only outside single quotes`},
		{"variable without braces", "poll_interval", "$POLL", `"$POLL" is a variable's name that was not replaced; accepted: 1s to 24h; Fluent Bit replaces ${NAME}, with braces`},
		{"equals sign", "poll_interval", "= 30s", `"= 30s" begins with the sign that parts name and value; accepted: 1s to 24h; Fluent Bit's classic format has only blanks between them`},
		{"colon", "db", ": /x", `": /x" begins with the sign that parts name and value; accepted: the path of a file, or off; Fluent Bit's classic format has only blanks between them`},
		{"comment", "poll_interval", "30s # short", `"30s # short" holds a comment; accepted: 1s to 24h; a comment in Fluent Bit's classic format has a line of its own`},
		{"line break", "db", "/a\n/b", `"/a\n/b" holds a line break or another control character; accepted: the path of a file, or off`},
		{"not UTF-8", "db", "/a\xff", `"/a\xff" is not valid UTF-8; accepted: the path of a file, or off`},
		{"long value", "db", strings.Repeat("x", 100) + "/", `"` + strings.Repeat("x", 60) + `..." is a directory; accepted: the path of a file, or off`},

		{"binary size", "queue_size", "16MiB", `"16MiB" is not a size; accepted: 1M to 1G` + sizeHint + "; did you mean 16M?"},
		{"size with a blank", "queue_size", "16 MB", `"16 MB" is not a size; accepted: 1M to 1G` + sizeHint + "; did you mean 16M?"},
		{"size of an unknown unit", "queue_size", "1T", `"1T" is not a size; accepted: 1M to 1G` + sizeHint},
		{"size too small", "queue_size", "16", `"16" is too small; accepted: 1M to 1G`},
		{"size too large", "max_body_size", "1G", `"1G" is too large; accepted: 1M to 256M`},
		{"absurd size", "max_body_size", "9999999999999G", `"9999999999999G" is too large; accepted: 1M to 256M`},

		{"number too large", "page_size", "101", `"101" is too large; accepted: 1 to 100`},
		{"number too small", "page_size", "0", `"0" is too small; accepted: 1 to 100`},
		{"negative number", "page_size", "-3", `"-3" is too small; accepted: 1 to 100`},
		{"word", "page_size", "ten", `"ten" is not a whole number; accepted: 1 to 100`},
		{"fraction", "concurrency", "1.0", `"1.0" is not a whole number; accepted: 1 to 64`},
		{"thousands", "max_requests_per_minute", "1,000", `"1,000" is not a whole number; accepted: 0 (no cap), or 1 to 100000; did you mean 1000?`},
		{"absurd number", "concurrency", "99999999999999999999", `"99999999999999999999" is too large; accepted: 1 to 64`},

		{"switch misspelled", "insecure_http", "ture", `"ture" is neither on nor off` + switchValues + "; did you mean true?"},
		{"switch as a number", "insecure_http", "0", `"0" is neither on nor off` + switchValues + "; did you mean off?"},
		{"switch in another word", "insecure_http", "Enabled", `"Enabled" is neither on nor off` + switchValues + "; did you mean on?"},
		{"switch undecided", "insecure_http", "maybe", `"maybe" is neither on nor off` + switchValues},

		{"scope misspelled", "scope", "organisation", `"organisation" is not a scope; accepted: organization, tenant or all; did you mean organization?`},
		{"scope of another name", "scope", "both", `"both" is not a scope; accepted: organization, tenant or all; did you mean all?`},
		{"scope of another tool", "scope", "tenant_only", `"tenant_only" is not a scope; accepted: organization, tenant or all; did you mean tenant?`},
		{"scope shortened", "scope", "Org", `"Org" is not a scope; accepted: organization, tenant or all; did you mean organization?`},
		{"scope of no sense", "scope", "x", `"x" is not a scope; accepted: organization, tenant or all`},
		{"organization's name", "organization", "My Company", `"My Company" is not an organization's id; accepted: an organization's id, such as org-abc123; the id, not the name, is what the API takes`},

		{"URL without scheme", "base_url", "gateway.example/openai", `"gateway.example/openai" has no scheme` + urlValues + "; did you mean https://gateway.example/openai?"},
		{"local URL without scheme", "base_url", "localhost:8080/v1", `"localhost:8080/v1" has no scheme` + urlValues + "; did you mean http://localhost:8080/v1?"},
		{"OpenAI's host alone", "base_url", "api.openai.com", `"api.openai.com" has no scheme` + urlValues + "; did you mean https://api.openai.com/v1?"},
		{"no URL at all", "base_url", "openai", `"openai" has no scheme` + urlValues},
		{"no version", "base_url", "https://eu.api.openai.com/", `"https://eu.api.openai.com/" lacks the API's version` + urlValues + "; did you mean https://eu.api.openai.com/v1?"},
		{"whole endpoint", "base_url", "https://api.openai.com/v1/organization/audit_logs", `"https://api.openai.com/v1/organization/audit_logs" goes on behind the API's base` + urlValues + "; did you mean https://api.openai.com/v1?"},
		{"plain http", "base_url", "http://gateway:8080/v1", `"http://gateway:8080/v1" is not encrypted, and whoever listens could read the key; use https, or set insecure_http on to send it all the same`},
		{"other scheme", "base_url", "ftp://api.openai.com/v1", `"ftp://api.openai.com/v1" is not an https URL` + urlValues},
		{"password in the URL", "base_url", "https://user:hunter22@api.openai.com/v1", `"https://[redacted]@api.openai.com/v1" holds a user or a password` + urlValues + "; the key goes into api_key or api_key_file"},
		{"query", "base_url", "https://api.openai.com/v1?x=1", `"https://api.openai.com/v1?x=1" has a query or a fragment` + urlValues},
		{"empty fragment", "base_url", "https://api.openai.com/v1#", `"https://api.openai.com/v1#" has a query or a fragment` + urlValues},
		{"no host", "base_url", "https:///v1", `"https:///v1" has no host` + urlValues},
		{"port", "base_url", "https://h:99999/v1", `"https://h:99999/v1" has a port that is not between 1 and 65535` + urlValues},
		{"host with a blank", "base_url", "https://exa mple/v1", `"https://exa mple/v1" is not a URL` + urlValues},
		{"host not ASCII", "base_url", "https://exämple/v1", `"https://exämple/v1" has a host that is no name or address` + urlValues},

		{"proxy without scheme", "proxy", "proxy.example:3128", "the value (not shown) has no scheme" + proxyValues + "; write it as in http://proxy.example:3128"},
		{"proxy of another kind", "proxy", "ftp://proxy", "the value (not shown) is not a proxy's URL" + proxyValues},
		{"proxy with a path", "proxy", "http://user:p@ss/w@proxy:3128", "the value (not shown) has a path, a query or a fragment" + proxyValues + escapeHint},
		{"proxy unreadable", "proxy", "http://user:p%zz@proxy", "the value (not shown) is not a URL" + proxyValues + escapeHint},

		{"date", "start_from", "2026-01-01", `"2026-01-01" is neither a time nor an age` + startValues + "; did you mean 2026-01-01T00:00:00Z?"},
		{"time without zone", "start_from", "2026-01-01 10:00:00", `"2026-01-01 10:00:00" is neither a time nor an age` + startValues + "; did you mean 2026-01-01T10:00:00Z?"},
		{"Unix time", "start_from", "1757539522", `"1757539522" is too long for an age` + startValues + "; a bare number is an age in seconds, not a Unix time; did you mean 2025-09-10T21:25:22Z?"},
		{"Unix time in milliseconds", "start_from", "1757539522000", `"1757539522000" is too long for an age` + startValues + "; a bare number is an age in seconds, not a Unix time; did you mean 2025-09-10T21:25:22Z?"},
		{"number of no kind", "start_from", "17575395220", `"17575395220" is too long for an age` + startValues + "; a bare number is an age in seconds, not a Unix time"},
		{"absurd number of seconds", "start_from", "99999999999999999999", `"99999999999999999999" is too long for an age` + startValues + "; a bare number is an age in seconds, not a Unix time"},
		{"end of the log", "start_from", "latest", `"latest" is neither a time nor an age` + startValues + "; did you mean now?"},
		{"age too long", "start_from", "4000d", `"4000d" is too long for an age` + startValues + "; did you mean beginning?"},
		{"age with a fraction", "start_from", "500ms", `"500ms" is not a whole number of seconds` + startValues},
		{"negative age", "start_from", "-7d", `"-7d" is neither a time nor an age` + startValues + "; did you mean 7d?"},
		{"age in words", "start_from", "7 days ago", `"7 days ago" is neither a time nor an age` + startValues + "; did you mean 7d?"},
		{"start in a word", "start_from", "yesterday", `"yesterday" is neither a time nor an age` + startValues + "; did you mean 24h?"},
		{"start misspelled", "start_from", "beginnng", `"beginnng" is neither a time nor an age` + startValues + "; did you mean beginning?"},
		{"start at the head", "start_from", "head", `"head" is neither a time nor an age` + startValues + "; did you mean beginning?"},
		{"years", "start_from", "20y", `"20y" is neither a time nor an age` + startValues},
		{"before 1970", "start_from", "1969-01-01T00:00:00Z", `"1969-01-01T00:00:00Z" is before 1970` + startValues + "; did you mean beginning?"},

		{"empty item", "event_types", "a,,b", `"a,,b" has an empty item` + typesValues + "; did you mean a,b?"},
		{"comma at the end", "event_types", "a, b,", `"a, b," has an empty item` + typesValues + "; did you mean a,b?"},
		{"only a comma", "event_types", ",", `"," has an empty item` + typesValues},
		{"pattern for the API", "event_types", "api_key.created,login.*", `"login.*" is a pattern, and the API knows none` + typesValues + "; name each type, or drop what is not wanted with exclude_event_types"},
		{"brackets", "event_types", "[login.failed]", `"[login.failed]" holds brackets or quotation marks` + typesValues + "; a list is one text: a,b,c"},
		{"quoted items", "event_types", `"a","b"`, `"a","b" stands in quotation marks, which would be part of the value` + typesValues + "; write it without them"},
		{"blanks for commas", "event_types", "a b", `"a b" is more than one item` + typesValues + "; items are parted by commas"},
		{"other separator", "event_types", "a;b", `"a;b" is more than one item` + typesValues + "; items are parted by commas"},
		{"no event type", "event_types", "a/b", `"a/b" is not an event type` + typesValues},
		{"everything excluded", "exclude_event_types", "*", `"*" would drop every event` + dropValues},
		{"everything excluded otherwise", "exclude_event_types", "login.failed,.*", `".*" would drop every event` + dropValues},
		{"star without point", "exclude_event_types", "logout.*,login*", `"login*" is not a pattern: "*" stands only at the end, after a point` + dropValues + "; did you mean login.*?"},
		{"star inside", "exclude_event_types", "l*n.failed", `"l*n.failed" is not a pattern: "*" stands only at the end, after a point` + dropValues},
		{"no type and no pattern", "exclude_event_types", "a/b.*", `"a/b.*" is neither an event type nor a pattern` + dropValues},
		{"address among ids", "actor_ids", "user-a,a@example.com", `"a@example.com" is an e-mail address; accepted: ids of actors, comma-separated, such as user-a,key_b; addresses go into actor_emails`},
		{"id not ASCII", "project_ids", "prøj", `"prøj" is not an id; accepted: ids of projects, comma-separated, such as proj_a,proj_b`},
		{"no address", "actor_emails", "nobody", `"nobody" is not an e-mail address; accepted: e-mail addresses, comma-separated, such as a@example.com,b@example.com`},
		{"half an address", "actor_emails", "@example.com", `"@example.com" is not an e-mail address; accepted: e-mail addresses, comma-separated, such as a@example.com,b@example.com`},

		{"no state, misspelled", "db", "false", `"false" is not a path; accepted: the path of a file, or off; did you mean off?`},
		{"state without a path", "db", "on", `"on" is not a path; accepted: the path of a file, or off`},
		{"directory", "db", "/var/lib/", `"/var/lib/" is a directory; accepted: the path of a file, or off`},
		{"storage misspelled", "storage_path", "memory", `"memory" is not a path; accepted: the path of a folder, or off; did you mean off?`},
		{"storage without a path", "storage_path", "filesystem", `"filesystem" is not a path; accepted: the path of a folder, or off; write what storage.path is, in the section SERVICE`},
		{"storage of a shell", "storage_path", "~/storage/", `"~/storage/" begins with "~", which only a shell replaces; accepted: the path of a folder, or off; write the whole path`},
		{"tilde", "db", "~/state.db", `"~/state.db" begins with "~", which only a shell replaces; accepted: the path of a file, or off; write the whole path`},
		{"file URL", "ca_file", "file:///etc/ca.pem", `"file:///etc/ca.pem" is a URL; accepted: the path of a file; did you mean /etc/ca.pem?`},
		{"PEM text", "ca_file", "-----BEGIN CERTIFICATE-----", `"-----BEGIN CERTIFICATE-----" is PEM text, not a path; accepted: the path of a file; put it into a file and name the file`},

		{"format of another tool", "format", "elastic", `"elastic" is not a format; accepted: raw, ecs or ocsf; did you mean ecs?`},
		{"format misspelled", "format", "oscf", `"oscf" is not a format; accepted: raw, ecs or ocsf; did you mean ocsf?`},
		{"format of no sense", "format", "cef", `"cef" is not a format; accepted: raw, ecs or ocsf`},
		{"version shortened", "ocsf_version", "1.8", `"1.8" is not a version of OCSF that is supported; accepted: 1.9.0 or 1.8.0; did you mean 1.8.0?`},
		{"version of no use", "ocsf_version", "1.8.0", "1.8.0 has no effect with format raw: only format ocsf has a version"},
		{"the original's original", "include_original", "on", "on has no effect with format raw: it is the original; use it with ecs or ocsf"},
		{"metadata as a switch", "metadata", "true", `"true" is not a place for metadata; accepted: on, body or off; did you mean on?`},
		{"payload key in words", "payload_key", "dots", `"dots" is not a payload key; accepted: keep, underscore or details; did you mean keep?`},
		{"redacted by what", "redact", "project.name=mask", `"project.name=mask" asks for neither drop nor hash` + redactValues},
		{"redacted, the id", "redact", "project,id", `"id" cannot be redacted: it tells events apart, or places them` + redactValues},
		{"no path", "redact", "actor..id", `"actor..id" is no path, which is keys parted by dots` + redactValues},
		{"redacted in two ways", "redact", "project,project=drop", "project=drop is given more than once"},
		{"hash without a key", "redact", "project.name=hash", "hashes need a key: set redact_key_file, a file with at least 16 bytes, such as openssl rand -hex 32 prints"},
		{"key without a hash", "redact_key_file", "/k", "given, and no path of redact is hashed; write path=hash there"},

		{"certificate alone", "client_cert_file", "/a", "given without client_key_file; a client certificate needs both"},
		{"certificate's key alone", "client_key_file", "/a", "given without client_cert_file; a client certificate needs both"},
		{"overlap over the sweep", "overlap", "2d", "2d is longer than sweep_window (24h); accepted: at most sweep_window, as long as sweeps are on"},

		{"quoted key", "api_key", `"` + testKey + `"`, "the value (not shown) stands in quotation marks, which would be part of the value" + keyValues + "; write it without them"},
		{"key of a variable", "api_key", "${OPENAI_ADMIN_KEY}", `the value (not shown) holds "${" of a variable that was not replaced` + keyValues + "; Fluent Bit replaces ${NAME}, and a shell only outside single quotes"},
		{"key with a line break", "api_key", "sk-admin-a\nb", "the value (not shown) holds a line break or another control character" + keyValues},
		{"key with a blank", "api_key", "sk-admin-a b", "the value (not shown) holds a blank or a line break: one key and nothing else is expected" + keyValues},
		{"key with a header's word", "api_key", "Bearer sk-admin-a", `the value (not shown) begins with "Bearer", which is not part of a key` + keyValues},
		{"key is a path", "api_key", "/run/secrets/key", "the value (not shown) holds a path in place of a key; api_key_file takes the path of a file that holds the key itself" + keyValues},
		{"empty key", "api_key", "", "the value is empty" + keyValues + "; leave the property out to have its default"},
		{"key in a wrong place", "organization", "sk-proj-" + strings.Repeat("A", 20), `"[redacted]" holds a key; accepted: an organization's id, such as org-abc123` + fileHint},
		{"the key itself in a wrong place", "organization", testKey, `"[redacted]" holds a key; accepted: an organization's id, such as org-abc123` + fileHint},
		{"short key in a wrong place", "poll_interval", "sk-foo", `"[redacted]" is not a duration; accepted: 1s to 24h` + durationHint},
		{"key in the URL", "base_url", "https://" + testKey + "@api.openai.com/v1", `"https://[redacted]@api.openai.com/v1" holds a key` + urlValues + fileHint},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			given := map[string]string{"api_key": testKey}
			given[tt.property] = tt.value
			want := []string{tt.property + ": " + tt.want}
			_, err := config.ParseMap(given, getter(nil))
			if diff := cmp.Diff(want, problemLines(t, err)); diff != "" {
				t.Errorf("ParseMap (-want +got):\n%s", diff)
			}
			_, err = config.Parse(getter(given), getter(nil))
			if diff := cmp.Diff(want, problemLines(t, err)); diff != "" {
				t.Errorf("Parse (-want +got):\n%s", diff)
			}
		})
	}
}

func TestKeySources(t *testing.T) {
	t.Parallel()
	const none = "api_key: no key: set api_key_file, api_key or the environment variable OPENAI_ADMIN_KEY"
	for _, tt := range []struct {
		name            string
		given, env      map[string]string
		key, file, want string
	}{
		{name: "property", given: map[string]string{"api_key": testKey}, key: testKey},
		{name: "property with blanks", given: map[string]string{"api_key": "  " + testKey + "\n"}, key: testKey},
		{name: "file", given: map[string]string{"api_key_file": "/run/key"}, file: "/run/key"},
		{name: "environment", env: map[string]string{"OPENAI_ADMIN_KEY": " " + testKey + "\n"}, key: testKey},
		{name: "property over environment", given: map[string]string{"api_key": testKey}, env: map[string]string{"OPENAI_ADMIN_KEY": "other"}, key: testKey},
		{name: "file over environment", given: map[string]string{"api_key_file": "/run/key"}, env: map[string]string{"OPENAI_ADMIN_KEY": testKey}, file: "/run/key"},
		{
			name: "both", given: map[string]string{"api_key": testKey, "api_key_file": "/run/key"},
			want: "api_key_file: given together with api_key; keep one of the two",
		},
		{name: "none", want: none + howToGet},
		{
			name: "empty variable", env: map[string]string{"OPENAI_ADMIN_KEY": " "},
			want: none + "; the environment variable OPENAI_ADMIN_KEY is set, but empty" + howToGet,
		},
		{
			name: "the other variable", env: map[string]string{"OPENAI_API_KEY": "sk-proj-abcdefghijkl"},
			want: none + "; OPENAI_API_KEY is set, but holds a kind of key that cannot read the audit log" + howToGet,
		},
		{
			name: "quoted variable", env: map[string]string{"OPENAI_ADMIN_KEY": `"` + testKey + `"`},
			want: "api_key: the value of the environment variable OPENAI_ADMIN_KEY (not shown) stands in quotation marks, which are not part of a key" + keyValues,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cfg, err := config.ParseMap(tt.given, getter(tt.env))
			if tt.want != "" {
				if diff := cmp.Diff([]string{tt.want}, problemLines(t, err)); diff != "" {
					t.Errorf("problems (-want +got):\n%s", diff)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if cfg.APIKey.Reveal() != tt.key || cfg.APIKeyFile != tt.file {
				t.Errorf("the key is %q, its file %q; want %q and %q", cfg.APIKey.Reveal(), cfg.APIKeyFile, tt.key, tt.file)
			}
		})
	}
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		given map[string]string
		want  []string
	}{
		{"none", nil, nil},
		{"state in memory", map[string]string{"db": "OFF", "start_from": "7d"}, []string{
			"db: the state is kept in memory only: a restart begins again at start_from (7d), and events may be missed or repeated",
		}},
		{"plain http", map[string]string{"base_url": "http://gateway:8080/v1", "insecure_http": "on"}, []string{
			"base_url: the key and the events travel unencrypted to gateway:8080",
		}},
		{"plain http to this machine", map[string]string{"base_url": "http://[::1]:8080/v1"}, nil},
		{"no second reading", map[string]string{"overlap": "0", "sweep_interval": "0"}, []string{
			"overlap: nothing is read a second time (overlap 0, sweeps off): an event that the API lists late is lost",
		}},
		{"sweeps instead of overlap", map[string]string{"overlap": "0"}, nil},
		{"overlap instead of sweeps", map[string]string{"overlap": "2d", "sweep_window": "0"}, nil},
		{"future", map[string]string{"start_from": "2999-01-01T00:00:00Z"}, []string{
			"start_from: 2999-01-01T00:00:00Z lies in the future: nothing is read before then",
		}},
		{"types misspelled", map[string]string{"event_types": "login.succeded,api_key.created,api_key_deleted,chat.created", "exclude_event_types": "logotu.*,tenant.*,tenant.workload_identity.*,login.faild"}, []string{
			`event_types: "login.succeded" is no event type known to this version; did you mean login.succeeded?`,
			`event_types: "api_key_deleted" is no event type known to this version; did you mean api_key.deleted?`,
			`event_types: "chat.created" is no event type known to this version`,
			`exclude_event_types: "logotu.*" is no group of event types known to this version; did you mean logout.*?`,
			`exclude_event_types: "login.faild" is no event type known to this version; did you mean login.failed?`,
		}},
		{"type of the other stream", map[string]string{"event_types": "tenant.user.added,login.failed", "scope": "organization"}, []string{
			"event_types: tenant.user.added belongs to the tenant's stream, which scope organization does not read",
		}},
		{"type of the one stream", map[string]string{"event_types": "role.bound_to_resource,login.failed", "scope": "tenant"}, []string{
			"event_types: login.failed belongs to the organization's stream, which scope tenant does not read",
		}},
		{"kind of key", map[string]string{"api_key": "sk-proj-abcdefghijkl"}, []string{
			"api_key: the key in use is a project's key (sk-proj-...); the audit log needs an admin key (sk-admin-...): " + strings.TrimPrefix(howToGet, "; "),
		}},
		{"key of no kind", map[string]string{"api_key": "ghp_abcdef"}, []string{
			"api_key: the key in use is a key of a kind that is not OpenAI's; the audit log needs an admin key (sk-admin-...): " + strings.TrimPrefix(howToGet, "; "),
		}},
		{"shortened key", map[string]string{"api_key": "sk-admin-abc...xyz"}, []string{
			"api_key: the key has characters that OpenAI's keys do not have, as a placeholder or a shortened key would",
		}},
		{"kind of key for another service", map[string]string{"api_key": "abc", "base_url": "https://gateway.example/openai"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			given := map[string]string{"api_key": testKey}
			maps.Copy(given, tt.given)
			cfg, err := config.ParseMap(given, getter(nil))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, warningLines(cfg)); diff != "" {
				t.Errorf("warnings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDefaultOverlapOverSweepWindow(t *testing.T) {
	t.Parallel()
	_, err := config.ParseMap(map[string]string{"api_key": testKey, "sweep_window": "5m"}, getter(nil))
	want := []string{"overlap: 10m, the default, is longer than sweep_window (5m); accepted: at most sweep_window, as long as sweeps are on"}
	if diff := cmp.Diff(want, problemLines(t, err)); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

func TestAllProblemsAtOnce(t *testing.T) {
	t.Parallel()
	_, err := config.ParseMap(map[string]string{
		"zzz":           "1",
		"Event_Type":    "login.failed",
		"page_size":     "1000",
		"POLL_INTERVAL": "soon",
		"db":            "off",
		"DB":            "off",
		"api_key":       "sk-admin-a b",
		"api_key_file":  "/run/key",
	}, getter(nil))
	want := `7 problems in the properties:
  api_key: the value (not shown) holds a blank or a line break: one key and nothing else is expected; accepted: an admin key, sk-admin-...
  api_key_file: given together with api_key; keep one of the two
  poll_interval: "soon" is not a duration; accepted: 1s to 24h; durations are written 30s, 10m, 24h, 7d or 1h30m, and a bare number is seconds
  page_size: "1000" is too large; accepted: 1 to 100
  Event_Type: no such property; did you mean event_types?
  db: given more than once
  zzz: no such property; openai-audit help properties lists them`
	if got := errorText(err); got != want {
		t.Errorf("the error is\n%s\nwant\n%s", got, want)
	}
	var problems *config.Problems
	if !errors.As(err, &problems) {
		t.Fatalf("the error is a %T", err)
	}
	for problem := range problems.All() { // a loop that stops early
		if problem.Property != "api_key" {
			t.Errorf("the first problem is with %s", problem.Property)
		}
		break
	}
	_, err = config.ParseMap(map[string]string{"api_key": testKey, "page_size": "x"}, getter(nil))
	if got, _, _ := strings.Cut(errorText(err), "\n"); got != "1 problem in the properties:" {
		t.Errorf("the headline of one problem is %q", got)
	}
}

func TestValues(t *testing.T) {
	t.Parallel()
	given := map[string]string{
		"API_Key": testKey, "base_url": "HTTPS://Gateway.Example:443/OpenAI//", "insecure_http": "YES", "organization": "org-abc",
		"scope": "Tenant", "start_from": "2026-01-01t02:00:00+02:00", "poll_interval": "90", "overlap": "0", "sweep_interval": "15m",
		"sweep_window": "3d", "event_types": "tenant.user.added , tenant.user.added,tenant.user.removed", "project_ids": "proj_b,proj_a",
		"actor_ids": "user-a", "actor_emails": "a@example.com", "resource_ids": "key_a", "exclude_event_types": "tenant.sso.*",
		"db": "/tmp/a b.db", "storage_path": "/tmp/a b//", "page_size": "50", "concurrency": "64", "max_requests_per_minute": "60", "request_timeout": "1.5s",
		"max_body_size": "1.5M", "queue_size": "1G", "proxy": "http://user:hunter22@Proxy:3128/", "ca_file": "ca.pem",
		"client_cert_file": "c.pem", "client_key_file": "k.pem", "heartbeat_interval": "5m",
		"format": "OCSF", "metadata": "Off", "ocsf_version": "1.8.0", "include_original": "Yes", "redact": "project, *.data.email=hash",
		"redact_key_file": "r.key",
	}
	want := map[string]string{
		"api_key": "[redacted]", "api_key_file": "", "source": "audit_logs", "base_url": "https://gateway.example/OpenAI", "insecure_http": "on", "organization": "org-abc",
		"scope": "tenant", "start_from": "2026-01-01T00:00:00Z", "poll_interval": "1m30s",
		"poll_interval_max": "0",
		"poll_interval_min": "0", "overlap": "0", "sweep_interval": "15m",
		"sweep_window": "3d", "event_types": "tenant.user.added,tenant.user.removed", "project_ids": "proj_b,proj_a",
		"actor_ids": "user-a", "actor_emails": "a@example.com", "resource_ids": "key_a", "exclude_event_types": "tenant.sso.*",
		"db": "/tmp/a b.db", "storage_path": "/tmp/a b", "page_size": "50", "concurrency": "64", "max_requests_per_minute": "60", "request_timeout": "1s500ms",
		"max_body_size": "1500K", "queue_size": "1G", "proxy": "http://[redacted]@proxy:3128", "ca_file": "ca.pem",
		"client_cert_file": "c.pem", "client_key_file": "k.pem", "heartbeat_interval": "5m",
		"format": "ocsf", "payload_key": "keep", "metadata": "off", "ocsf_version": "1.8.0", "include_original": "on",
		"redact": "project,*.data.email=hash", "redact_key_file": "r.key",
	}
	for name, parse := range map[string]func() (*config.Config, error){
		"Parse":    func() (*config.Config, error) { return config.Parse(getter(given), getter(nil)) },
		"ParseMap": func() (*config.Config, error) { return config.ParseMap(given, getter(nil)) },
	} {
		cfg, err := parse()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, maps.Collect(cfg.Values())); diff != "" {
			t.Errorf("%s, values (-want +got):\n%s", name, diff)
		}
		if pass, _ := cfg.Proxy.User.Password(); pass != "hunter22" {
			t.Errorf("%s: the proxy's password is %q", name, pass)
		}
		if cfg.RequestTimeout != 1500*time.Millisecond || cfg.QueueSize != 1_000_000_000 {
			t.Errorf("%s: request_timeout is %v, queue_size %d", name, cfg.RequestTimeout, cfg.QueueSize)
		}
	}
}

func TestParseNamesMisspelling(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, value, want string }{
		{"event_type", "login.failed", "event_types"},
		{"apikey", "x", "api_key"},
		{"api-key", "x", "api_key"},
		{"APIKEY", "x", "api_key"},
		{"openai_api_key", "x", "api_key"},
		{"api", "key x", "api_key"},
		{"api", "key_file /run/x", "api_key_file"},
		{"interval", "30", "poll_interval"},
		{"interval_sec", "30", "poll_interval"},
		{"pollinterval", "30", "poll_interval"},
		{"poll interval", "30", "poll_interval"},
		{"poll.interval", "30", "poll_interval"},
		{"poll", "interval 30s", "poll_interval"},
		{"poll_intervall", "30", "poll_interval"},
		{"pol_interval", "30", "poll_interval"},
		{"poll_intreval", "30", "poll_interval"},
		{"poll_interval_seconds", "30", "poll_interval"},
		{"interval_poll", "30", "poll_interval"},
		{"state_file", "x", "db"},
		{"db.sync", "full", "db"},
		{"max", "body_size 3M", "max_body_size"},
		{"max", "3M", "max_requests_per_minute or max_body_size"},
		{"key_file", "x", "api_key_file or client_key_file"},
		{"url", "x", "base_url"},
		{"since", "x", "start_from"},
		{"http_proxy", "x", "proxy"},
		{"tls_verify", "off", ""},
		{"storage.typ", "filesystem", "storage.type"},
		{"storage_type", "filesystem", "storage.type"},
		{"log_levl", "debug", "log_level"},
		{"mem_buf_limt", "5M", "mem_buf_limit"},
	} {
		t.Run(tt.name+" "+tt.value, func(t *testing.T) {
			t.Parallel()
			want := []string{strings.ToLower(tt.name) + ": no such property; did you mean " + tt.want + "?"}
			if tt.want == "" {
				want = []string{tt.name + ": no such property: verification cannot be turned off; ca_file names a CA to trust"}
			}
			_, err := config.Parse(getter(map[string]string{"api_key_file": "/run/key", tt.name: tt.value}), getter(nil))
			if diff := cmp.Diff(want, problemLines(t, err)); diff != "" {
				t.Errorf("Parse (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseMapKnowsAllNames(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, want string }{
		{"pollInterval", "no such property; did you mean poll_interval?"},
		{"max_request_per_minutes", "no such property; did you mean max_requests_per_minute?"},
		{"organizatoin_id", "no such property; did you mean organization?"},
		{"storage.typo", "no such property; did you mean storage.type?"},
		{"thread.ring_bufer.capacty", "no such property; did you mean thread.ring_buffer.capacity?"},
		{"storage.of_a_later_version", "is a property of Fluent Bit itself, not of openai_audit"},
		{"frobnicate", "no such property; openai-audit help properties lists them"},
		{"x", "no such property; openai-audit help properties lists them"},
		{"", "no such property; openai-audit help properties lists them"},
		{"Tag", "is a property of Fluent Bit itself, not of openai_audit"},
		{"storage.type", "is a property of Fluent Bit itself, not of openai_audit"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := config.ParseMap(map[string]string{"api_key_file": "/run/key", tt.name: "1"}, getter(nil))
			if diff := cmp.Diff([]string{tt.name + ": " + tt.want}, problemLines(t, err)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
	_, err := config.ParseMap(map[string]string{"api_key_file": "/run/key", testKey: "1"}, getter(nil))
	want := []string{"[redacted]: no such property; openai-audit help properties lists them"}
	if diff := cmp.Diff(want, problemLines(t, err)); diff != "" {
		t.Errorf("a key as a name (-want +got):\n%s", diff)
	}
}

func TestParseLeavesHostPropertiesAlone(t *testing.T) {
	t.Parallel()
	asked := map[string]bool{}
	get := func(name string) (string, bool) {
		asked[name] = true
		return "", false
	}
	if _, err := config.Parse(get, getter(map[string]string{"OPENAI_ADMIN_KEY": testKey})); err != nil {
		t.Fatal(err)
	}
	if len(asked) > 60_000 {
		t.Errorf("Parse asked for %d names", len(asked))
	}
	for name := range asked {
		if config.IsHostProperty(name) {
			t.Errorf("Parse asked for %s, which is Fluent Bit's", name)
		}
	}
	for _, name := range []string{
		"name", "tag", "alias", "log_level", "log_suppress_interval", "mem_buf_limit", "storage.type", "storage.pause_on_chunks_overlimit",
		"threaded", "thread.ring_buffer.capacity", "thread.ring_buffer.window", "routable", "host", "port", "listen", "ipv6", "tls",
		"tls.verify", "net.keepalive", "oauth2.validate", "rate_window", "rate_gate", "rate_gate.max_bytes", "Processors", "TAG",
	} {
		if !config.IsHostProperty(name) {
			t.Errorf("%s is not known as Fluent Bit's", name)
		}
	}
	for _, p := range config.Properties() {
		if config.IsHostProperty(p.Name) {
			t.Errorf("%s is taken for Fluent Bit's", p.Name)
		}
		if !asked[p.Name] {
			t.Errorf("Parse did not ask for %s", p.Name)
		}
	}
}

func TestMisspellingsAreUnderstood(t *testing.T) {
	t.Parallel()
	names := config.NewVocabulary()
	properties := map[string]bool{}
	for _, p := range config.Properties() {
		properties[p.Name] = true
	}
	count := 0
	seen := map[string]bool{}
	for name := range names.Misspellings() {
		count++
		if seen[name] {
			continue
		}
		seen[name] = true
		if len(names.Meant(name, "")) == 0 {
			t.Errorf("Parse asks for %q and has no advice for it", name)
		}
		if properties[name] {
			t.Errorf("%q is a property", name)
		}
	}
	if count > 60_000 {
		t.Errorf("there are %d misspellings to ask for", count)
	}
	for range names.Misspellings() { // a loop that stops early
		break
	}
}

func TestSynonyms(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for meant, list := range config.SynonymTable() {
		for property := range strings.SplitSeq(meant, "|") {
			if _, ok := config.Lookup(property); !ok {
				t.Errorf("synonyms are listed for %q, which is no property", property)
			}
		}
		for name := range strings.FieldsSeq(list) {
			if other, ok := seen[name]; ok {
				t.Errorf("%q is listed for %s and for %s", name, other, meant)
			}
			seen[name] = meant
			if _, ok := config.Lookup(name); ok {
				t.Errorf("%q is listed as a synonym and is a property", name)
			}
			if config.IsHostProperty(name) {
				t.Errorf("%q is listed as a synonym and is Fluent Bit's", name)
			}
		}
	}
}

func TestDistance(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		a, b  string
		limit int
		want  int
	}{
		{"", "", 3, 0},
		{"abc", "abc", 0, 0},
		{"abc", "abd", 3, 1},
		{"abc", "ab", 3, 1},
		{"ab", "abc", 3, 1},
		{"abc", "acb", 3, 1},
		{"kitten", "sitting", 5, 3},
		{"", "abc", 3, 3},
		{"ab", "ba", 3, 1},
		{"abcdef", "fedcba", 9, 5},
	} {
		if got := config.Distance(tt.a, tt.b, tt.limit); got != tt.want {
			t.Errorf("Distance(%q, %q) = %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
	if got := config.Distance("a", "abcdefgh", 2); got <= 2 {
		t.Errorf("Distance above its limit = %d", got)
	}
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	values := map[string]string{"api_key": testKey, "poll_interval": "30s"}
	get := func(name string) (string, bool) {
		value, ok := values[name]
		return value, ok
	}
	for b.Loop() {
		if _, err := config.Parse(get, getter(nil)); err != nil {
			b.Fatal(err)
		}
	}
}

// A field that can be none is a problem, and not one that nothing ever has.
func TestVolatileFields(t *testing.T) {
	t.Parallel()
	for value, good := range map[string]bool{"a": true, "a.b,c": true, "a..b": false, ".a": false, "a.": false, ".": false} {
		_, err := config.ParseMap(map[string]string{"source": "organization", "api_key": testKey, "volatile_fields": value}, getter(nil))
		if (err == nil) != good {
			t.Errorf("%s: %v", value, err)
		}
	}
}
