package format_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"fluent-bit-openai-audit/internal/record"
	"fluent-bit-openai-audit/internal/record/format"
)

// shapeLine returns what s makes of one line of a log file, or of an object's record.
func shapeLine(t testing.TB, s *format.Shaper, line string, m record.Metadata) (tree map[string]any, text string) {
	t.Helper()
	var d record.Decoder
	page, used := d.Lines([]byte(line), false)
	if len(page.Events) != 1 || used != len(line) {
		t.Fatalf("%d records: %s", len(page.Events), line)
	}
	body, err := s.Shape(nil, &page.Events[0], m)
	if err != nil {
		t.Fatalf("%v: %s", err, line)
	}
	v, rest, err := unpack(body)
	if err != nil || len(rest) > 0 {
		t.Fatalf("not one value in msgpack: %v, %d bytes follow: %s", err, len(rest), line)
	}
	b, err := record.AppendValueJSON(nil, body)
	if err != nil {
		t.Fatal(err)
	}
	return v.(map[string]any), string(b)
}

// lineLeaves returns what a line holds.
func lineLeaves(t testing.TB, line string) map[string]bool {
	t.Helper()
	var tree any
	if err := json.Unmarshal([]byte(line), &tree); err != nil {
		t.Fatal(err)
	}
	set := map[string]bool{}
	leaves(tree, set)
	return set
}

// complianceLines are records of every type and action, odd ones among them.
func complianceLines(t testing.TB) []string {
	t.Helper()
	list := lines(t, "testdata/compliance.jsonl")
	const rest = `"event_id":"e","type":"AUDIT_LOG","timestamp":"2026-11-20T08:33:23.177022Z","principal":{"id":"w","type":"CHATGPT_WORKSPACE"}`
	for _, action := range lines(t, "testdata/compliance_actions.txt") {
		words := strings.Fields(action)
		data := map[string]string{}
		for _, key := range words[1:] {
			data[key] = key + " of " + words[0]
		}
		b, err := json.Marshal(data)
		if err != nil {
			t.Fatal(err)
		}
		for _, actor := range []string{
			`"actor":{"type":"ACCOUNT_USER","user_id":"user-1","user_email":"a@example.com"},"request_metadata":{"client_ip":"203.0.113.24"}`,
			`"actor":{"type":"API_KEY","redacted_id":"sk-...Q7xZ"},"request_metadata":{"client_ip":"","client_ja3":null}`,
			`"actor":{"type":"EXTERNAL_COLLABORATION_USER","provider":"x","provider_user_id":"y"}`,
			`"actor":null`,
		} {
			list = append(list, `{`+rest+`,`+actor+`,"action":"`+words[0]+`","action_result":"SUCCESS","action_data":`+string(b)+`}`)
		}
	}
	return append(list,
		`{}`, `{"type":7}`, `{"event_id":"x"}`, `{"type":"AUDIT_LOG","action":"","action_data":{"action":5}}`, `{"action_data":[1],"event_details":{"id":"x"}}`,
		`{"type":"AUTH_LOG"}`, `{"type":"AUTH_LOG","actor":{"type":"ACCOUNT_USER","user_email":"no address"},"action_data":{"action":"brand_new_thing"}}`,
		`{"type":"AUDIT_LOG","action":"X_Y","action_result":"PERHAPS","request_metadata":{"client_ip":"somewhere","client_ip_details":[]},"actor":{"user_id":"u"}}`,
		`{"action":"`+strings.Repeat("A_", 200)+`","request_metadata":7,"principal":[],"action_data":{"id":{},"name":"n"}}`,
		`7`, `{"type":"AUDIT_LOG"`, `{"timestamp":"yesterday","type":"COSTS","payload":{"id":"x","deep":[[[[{}]]]]}}`,
	)
}

// Every record of the compliance logs is a valid event of OCSF, of the class that it should be, and loses nothing in any format.
func TestCompliance(t *testing.T) {
	list := complianceLines(t)
	if len(list) < 700 {
		t.Fatalf("only %d records", len(list))
	}
	classes := map[string]map[float64]int{}
	for name, o := range map[string]format.Options{
		format.OCSF19: {Format: format.OCSF, IncludeOriginal: true},
		format.OCSF18: {Format: format.OCSF, OCSFVersion: format.OCSF18},
		"redacted": {
			Format: format.OCSF, Redact: []string{"actor.user_email=hash", "request_metadata.client_ip=hash", "action_data", "principal"},
			RedactKey: key,
		},
		"ecs": {Format: format.ECS, IncludeOriginal: true},
		"raw": {Metadata: format.InBody},
	} {
		o.Source = format.ComplianceLogs
		s := shaper(t, o)
		version := o.OCSFVersion
		if version == "" {
			version = format.OCSF19
		}
		schema := loadSchema(t, version)
		for _, line := range list {
			tree, text := shapeLine(t, s, line, record.Metadata{Stream: "workspace", Time: 1763712000})
			if o.Format == format.OCSF {
				if wrong := schema.validate(tree); wrong != nil {
					t.Fatalf("%s of %s:\n%s\n%s", name, line, strings.Join(wrong, "\n"), text)
				}
			}
			if !json.Valid([]byte(line)) || line == "7" || o.Redact != nil {
				continue
			}
			if leaf, ok := lostOf(t, line, tree); ok {
				t.Fatalf("%s: %q is lost of %s:\n%s", name, leaf, line, text)
			}
			if name == format.OCSF19 && strings.Contains(line, `"timestamp":"2026`) {
				kind, _, _ := strings.Cut(line[strings.Index(line, `"type":"`)+8:], `"`)
				if classes[kind] == nil {
					classes[kind] = map[float64]int{}
				}
				classes[kind][numeric(tree["class_uid"])]++
				if numeric(tree["time"]) < 1763712000000 {
					t.Errorf("the time of %s is %v", line, tree["time"])
				}
			}
		}
	}
	for kind, want := range map[string][]float64{
		"AUTH_LOG": {3002}, "AUDIT_LOG": {3004, 6003}, "APP_AUTH_LOG": {3004}, "COSTS": {3004}, "SOMETHING_NEW_LOG": {3004},
	} {
		if got := slices.Sorted(maps.Keys(classes[kind])); !slices.Equal(got, want) {
			t.Errorf("%s is of the classes %v, want %v", kind, got, want)
		}
	}
}

// lostOf returns what of a line is not in what became of it, if anything is not.
func lostOf(t *testing.T, line string, tree map[string]any) (leaf string, lost bool) {
	t.Helper()
	have := map[string]bool{}
	leaves(tree, have)
	for leaf := range lineLeaves(t, line) {
		if !have[leaf] && !have[spelled(leaf)] && !saidByKind(leaf) && !within(have, leaf) {
			return leaf, true
		}
	}
	return "", false
}

// What a number of OCSF's own says, and ECS not at all: in its copy it stands as it is.
func saidByKind(leaf string) bool {
	return slices.Contains([]string{"", "ACCOUNT_USER", "API_KEY", "AGENT", "SYSTEM", "CHATGPT_WORKSPACE", "API_PLATFORM_ORG"}, leaf)
}

// What is told of some records, field by field.
func TestComplianceFields(t *testing.T) {
	ocsf := shaper(t, format.Options{Source: format.ComplianceLogs, Format: format.OCSF})
	ecs := shaper(t, format.Options{Source: format.ComplianceLogs, Format: format.ECS})
	all := lines(t, "testdata/compliance.jsonl")
	find := func(part string) string {
		i := slices.IndexFunc(all, func(line string) bool { return strings.Contains(line, part) })
		if i < 0 {
			t.Fatalf("there is no %s", part)
		}
		return all[i]
	}
	for _, tt := range []struct {
		part       string
		ocsf, want map[string]any
	}{
		{`"login_success"`, map[string]any{
			"type_uid": int64(300201), "status": "Success", "user email_addr": "dana.okafor@example.com", "src_endpoint ip": "203.0.113.24",
			"src_endpoint autonomous_system number": int64(64500), "metadata uid": "6513270e-269e-4d37-b2a7-4de452e6b438", "metadata log_name": "AUTH_LOG",
			"metadata event_code": "login_success", "metadata tenant_uid": "3f0a6c1e-7b52-4d0e-9a41-5c2be8d7f610",
			"message": "dana.okafor@example.com: login_success", "time": int64(1795161771000),
		}, map[string]any{
			"event outcome": "success", "event action": "login_success", "user email": "dana.okafor@example.com", "user domain": "example.com",
			"source ip": "203.0.113.24", "cloud account id": "3f0a6c1e-7b52-4d0e-9a41-5c2be8d7f610", "data_stream dataset": "openai.compliance",
			"@timestamp": "2026-11-20T08:02:51.000Z", "openai compliance action_data role": "standard-user",
		}},
		{`"password_login_invalid_password"`, map[string]any{"type_uid": int64(300201), "status": "Failure", "severity": "Low"}, map[string]any{"event outcome": "failure"}},
		{`"LIST_WORKSPACE_LOG_FILES"`, map[string]any{
			"type_uid": int64(600302), "api operation": "LIST_WORKSPACE_LOG_FILES", "actor user programmatic_credentials uid": "sk-...Q7xZ",
			"unmapped action_data limit": "100", "time": int64(1795163431241),
		}, map[string]any{"@timestamp": "2026-11-20T08:30:31.241Z", "event outcome": "success"}},
		{`"USER_ROLE_UPDATED"`, map[string]any{"type_uid": int64(600303), "resources type": "User"}, map[string]any{"event category": []any{"iam"}}},
		{`"INVITE_SEND"`, map[string]any{"status": "Failure", "status_detail": "BLOCKED"}, map[string]any{"event outcome": "failure"}},
		{`"type":"AGENT"`, map[string]any{"actor user type": "Agent", "actor user name": "Triage", "class_uid": int64(3004)}, map[string]any{"user id": "agent-harness-1"}},
		{`"COSTS"`, map[string]any{"actor user type": "System", "cloud org uid": "org-Zq3LmT8vXw0RkYp5HsNd2JcB", "status": "Unknown"}, map[string]any{"organization id": "org-Zq3LmT8vXw0RkYp5HsNd2JcB"}},
	} {
		line := find(tt.part)
		for name, c := range map[string]struct {
			s    *format.Shaper
			want map[string]any
		}{"ocsf": {ocsf, tt.ocsf}, "ecs": {ecs, tt.want}} {
			tree, text := shapeLine(t, c.s, line, record.Metadata{Stream: "workspace"})
			for path, want := range c.want {
				got := at(tree, path)
				if list, ok := want.([]any); ok {
					if !slices.Equal(list, got.([]any)) {
						t.Errorf("%s of %s: %s is %v, want %v", name, tt.part, path, got, want)
					}
				} else if got != want {
					t.Errorf("%s of %s: %s is %v, want %v\n%s", name, tt.part, path, got, want, text)
				}
			}
		}
	}
}
