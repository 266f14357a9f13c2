package format_test

import (
	"encoding/json"
	"strings"
	"testing"

	"fluent-bit-openai-audit/internal/record"
	"fluent-bit-openai-audit/internal/record/format"
)

// inventoryLines are records of objects, and of closed snapshots, odd ones among them.
func inventoryLines() []string {
	var list []string
	for _, kind := range strings.Fields("user invite project admin_api_key group role certificate spend_alert external_key external_storage " +
		"workload_identity_provider workload_identity_provider.federation_rule data_retention spend_limit group.user user.role project.user " +
		"project.service_account project.api_key project.rate_limit project.group project.role project.certificate project.spend_alert " +
		"project.data_retention project.spend_limit project.model_permissions project.hosted_tool_permissions project.service_tier brand.new_kind") {
		for _, change := range []string{"present", "added", "changed", "removed"} {
			list = append(list, `{"object":"openai_audit.inventory","kind":"`+kind+`","id":"id_1","project":{"id":"proj_1","name":"Research"},`+
				`"parent":{"kind":"group","id":"group_1","name":"Staff"},"snapshot":1763712000,"change":"`+change+`",`+
				`"changed":{"role":["reader","owner"]},"data":{"object":"organization.`+kind+`","name":"A name","email":"a@example.com","n":1.5}}`)
		}
		list = append(list, `{"object":"openai_audit.inventory","kind":"`+kind+`","snapshot":1763712000,"change":"present","data":{"type":"none"}}`)
	}
	return append(list,
		`{"object":"openai_audit.snapshot","snapshot":1763712000,"previous":null,"ended_at":1763712099,"complete":false,"lists":3,"kinds":[{"kind":"user"}],"unread":[]}`,
		`{"object":"openai_audit.snapshot"}`, `{}`, `{"kind":7,"id":[],"snapshot":"soon","change":"odd","data":[1]}`, `7`,
		`{"kind":"user","id":"u","snapshot":-5,"change":"present","data":{"name":7,"email":"no address"}}`,
		`{"kind":"user","snapshot":99999999999,"change":"removed","data":null}`,
	)
}

// Every object of the organization is a valid event of OCSF, and loses nothing in any format.
func TestInventory(t *testing.T) {
	for name, o := range map[string]format.Options{
		format.OCSF19: {Format: format.OCSF, IncludeOriginal: true},
		format.OCSF18: {Format: format.OCSF, OCSFVersion: format.OCSF18},
		"redacted":    {Format: format.OCSF, Redact: []string{"data.email=hash", "project=hash"}, RedactKey: key},
		"ecs":         {Format: format.ECS, IncludeOriginal: true},
		"raw":         {Metadata: format.InBody},
	} {
		o.Source = format.Organization
		s := shaper(t, o)
		version := o.OCSFVersion
		if version == "" {
			version = format.OCSF19
		}
		schema := loadSchema(t, version)
		for _, line := range inventoryLines() {
			tree, text := shapeLine(t, s, line, record.Metadata{Stream: "inventory", Organization: "org-1"})
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
		}
	}
}

// What is told of some objects, field by field.
func TestInventoryFields(t *testing.T) {
	const user = `{"object":"openai_audit.inventory","kind":"project.user","id":"user-1","project":{"id":"proj_1","name":"Research"},` +
		`"snapshot":1763712000,"change":"added","data":{"id":"user-1","name":"Ada","email":"ada@example.com"}}`
	ocsf, _ := shapeLine(t, shaper(t, format.Options{Source: format.Organization, Format: format.OCSF}), user, record.Metadata{Organization: "org-1"})
	for path, want := range map[string]any{
		"type_uid": int64(300401), "entity type": "User", "entity uid": "user-1", "entity user email_addr": "ada@example.com", "entity data name": "Ada",
		"cloud account uid": "proj_1", "cloud org uid": "org-1", "metadata correlation_uid": "1763712000", "metadata event_code": "project.user",
		"time": int64(1763712000000), "status_detail": "added", "message": "project.user added: Ada", "unmapped": nil, "actor": nil,
	} {
		if got := at(ocsf, path); got != want {
			t.Errorf("ocsf: %s is %v, want %v", path, got, want)
		}
	}
	ecs, _ := shapeLine(t, shaper(t, format.Options{Source: format.Organization, Format: format.ECS}), user, record.Metadata{Organization: "org-1"})
	for path, want := range map[string]any{
		"event kind": "asset", "event action": "project-user", "user target email": "ada@example.com", "user target id": "user-1",
		"cloud project id": "proj_1", "organization id": "org-1", "@timestamp": "2025-11-21T08:00:00.000Z", "openai inventory change": "added",
		"data_stream dataset": "openai.inventory", "user id": nil,
	} {
		if got := at(ecs, path); got != want {
			t.Errorf("ecs: %s is %v, want %v", path, got, want)
		}
	}
}
