package format_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fluent-bit-openai-audit/internal/record"
	"fluent-bit-openai-audit/internal/record/format"
)

// ecsFields are the fields that records in ECS may have, with ECS's types for them: github.com/elastic/ecs v9.4.0.
var ecsFields = map[string]string{
	"@timestamp": "date", "message": "text", "ecs.version": "keyword", "data_stream.type": "keyword", "data_stream.dataset": "keyword",
	"observer.vendor": "keyword", "observer.product": "keyword", "error.code": "keyword", "error.message": "text",
	"event.kind": "keyword", "event.category": "array", "event.type": "array", "event.outcome": "keyword", "event.module": "keyword",
	"event.dataset": "keyword", "event.action": "keyword", "event.id": "keyword", "event.severity": "long", "event.reason": "keyword",
	"event.original": "keyword", "organization.id": "keyword", "cloud.project.id": "keyword", "cloud.project.name": "keyword",
	"user.id": "keyword", "user.email": "keyword", "user.domain": "keyword", "user.target.id": "keyword", "user.target.email": "keyword",
	"user.target.roles": "array", "group.id": "keyword", "group.name": "keyword", "service.id": "keyword",
	"source.ip": "ip", "source.address": "keyword", "source.as.number": "long", "source.geo.country_iso_code": "keyword",
	"source.geo.city_name": "keyword", "source.geo.region_name": "keyword", "source.geo.region_iso_code": "keyword",
	"source.geo.location.lat": "double", "source.geo.location.lon": "double",
	"user_agent.original": "keyword", "tls.client.ja3": "keyword", "related.user": "array", "related.ip": "ips",
	// The plugin's own, beside ECS.
	"openai_audit.stream": "keyword", "openai_audit.late": "boolean", "openai_audit.unmapped": "array",
}

// elasticFields are those of Elastic's own integration below openai.audit whose mapping refuses other values:
// github.com/elastic/integrations, packages/openai, 2.3.1.
var elasticFields = map[string]string{
	"effective_at": "date", "id": "keyword", "object": "keyword", "type": "keyword", "actor.type": "keyword",
	"actor.api_key.id": "keyword", "actor.api_key.type": "keyword", "actor.api_key.service_account.id": "keyword",
	"actor.api_key.user.id": "keyword", "actor.api_key.user.email": "keyword",
	"actor.session.ip_address": "ip", "actor.session.ja3": "keyword", "actor.session.ja4": "keyword", "actor.session.user_agent": "keyword",
	"actor.session.user.id": "keyword", "actor.session.user.email": "keyword",
	"actor.session.ip_address_details.asn": "long", "actor.session.ip_address_details.latitude": "double",
	"actor.session.ip_address_details.longitude": "double", "actor.session.ip_address_details.city": "keyword",
	"actor.session.ip_address_details.country": "keyword", "actor.session.ip_address_details.region": "keyword",
	"actor.session.ip_address_details.region_code": "keyword",
}

// pairs are the values of event.type that ECS expects with each event.category.
var pairs = map[string][]string{
	"authentication": {"start", "end", "info"},
	"session":        {"start", "end", "info"},
	"configuration":  {"access", "change", "creation", "deletion", "info"},
	"iam":            {"admin", "change", "creation", "deletion", "group", "info", "user"},
}

// accepts reports whether Elasticsearch takes v for a field of a type.
func accepts(kind string, v any) bool {
	s, isText := v.(string)
	switch kind {
	case "date":
		_, err := time.Parse("2006-01-02T15:04:05.000Z", s)
		return err == nil
	case "ip":
		_, err := netip.ParseAddr(s)
		return err == nil && !strings.Contains(s, "%")
	case "long", "double":
		_, err := strconv.ParseFloat(fmt.Sprint(v), 64)
		return err == nil
	case "boolean":
		_, ok := v.(bool)
		return ok
	case "array", "ips":
		list, ok := v.([]any)
		for _, element := range list {
			want := map[string]string{"array": "text", "ips": "ip"}[kind]
			ok = ok && accepts(want, element)
		}
		return ok && len(list) > 0
	case "text":
		return isText
	default:
		_, isMap := v.(map[string]any)
		_, isArray := v.([]any)
		return !isMap && !isArray && v != nil
	}
}

// flat calls do with each field of a record that is no object.
func flat(path string, v any, stop string, do func(path string, v any)) {
	if m, ok := v.(map[string]any); ok && path != stop {
		for key, member := range m {
			flat(strings.TrimPrefix(path+"."+key, "."), member, stop, do)
		}
		return
	}
	do(path, v)
}

// Every event is one that ECS describes and that Elastic's own mapping takes.
func TestECSIsValid(t *testing.T) {
	for _, o := range []format.Options{
		{Format: format.ECS, IncludeOriginal: true},
		{Format: format.ECS, Redact: []string{"actor.*.user.email=hash", "actor.session.ip_address=hash", "actor.session.ip_address_details=hash", "*.id=hash"}, RedactKey: key},
	} {
		s := shaper(t, o)
		for i, event := range everyEvent(t) {
			m := []record.Metadata{{}, known, {Stream: "tenant", Late: true}}[i%3]
			tree := shape(t, s, event, m)
			var wrong []string
			flat("", tree, "openai.audit", func(path string, v any) {
				if path == "openai.audit" {
					return
				}
				if kind, ok := ecsFields[path]; !ok || !accepts(kind, v) {
					wrong = append(wrong, fmt.Sprintf("%s is %v", path, v))
				}
			})
			audit, _ := at(tree, "openai audit").(map[string]any)
			for path, kind := range elasticFields {
				if v, has := reach(audit, strings.Split(path, ".")); has && !accepts(kind, v) {
					wrong = append(wrong, fmt.Sprintf("openai.audit.%s is %v", path, v))
				}
			}
			wrong = append(wrong, checkEvent(tree)...)
			if wrong != nil {
				t.Fatalf("%s:\n%s\n%s", event, strings.Join(wrong, "\n"), shapedText(t, s, event, m))
			}
		}
	}
}

// reach follows a path of keys; what is no object on the way is a fault of its own.
func reach(v any, path []string) (any, bool) {
	for _, key := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return v, true // an object was expected
		}
		if v, ok = m[key]; !ok {
			return map[string]any{}, false
		}
	}
	return v, true
}

// checkEvent returns what is wrong with the values of event.
func checkEvent(tree map[string]any) (wrong []string) {
	kind := at(tree, "event kind")
	if kind == "pipeline_error" {
		if at(tree, "error message") == nil || at(tree, "event original") == nil {
			return []string{"a pipeline_error without its message or original"}
		}
		return nil
	}
	if kind != "event" || at(tree, "data_stream dataset") != "openai.audit" || at(tree, "event dataset") != "openai.audit" {
		wrong = append(wrong, fmt.Sprintf("event.kind is %v, or the dataset is another", kind))
	}
	if !slices.Contains([]any{"success", "failure", "unknown"}, at(tree, "event outcome")) {
		wrong = append(wrong, fmt.Sprintf("event.outcome is %v", at(tree, "event outcome")))
	}
	categories, _ := tree["event"].(map[string]any)["category"].([]any)
	types, _ := tree["event"].(map[string]any)["type"].([]any)
	var allowed []string
	for _, c := range categories {
		allowed = append(allowed, pairs[fmt.Sprint(c)]...)
		if pairs[fmt.Sprint(c)] == nil {
			wrong = append(wrong, fmt.Sprintf("event.category is %v", c))
		}
	}
	for _, ty := range types {
		if !slices.Contains(allowed, fmt.Sprint(ty)) {
			wrong = append(wrong, fmt.Sprintf("event.type is %v with %v", ty, categories))
		}
	}
	if len(categories) == 0 || len(types) == 0 {
		wrong = append(wrong, "no event.category or no event.type")
	}
	return wrong
}

// What the mapping of Elastic's integration would refuse stands beside, as text.
func TestECSMisfits(t *testing.T) {
	s := shaper(t, format.Options{Format: format.ECS})
	got := shape(t, s, typed("group.created", `"actor":{"type":"session","session":{"user":"ada","ip_address":"host","ip_address_details":{"asn":"AS1","latitude":"north"}}}`,
		`"group.created":"odd"`), record.Metadata{})
	want := []any{
		"actor.session.user=ada", "actor.session.ip_address=host", "actor.session.ip_address_details.asn=AS1",
		"actor.session.ip_address_details.latitude=north", "group.created=odd",
	}
	if diff := cmp.Diff(want, at(got, "openai_audit").(map[string]any)["unmapped"]); diff != "" {
		t.Errorf("openai_audit.unmapped (-want +got):\n%s", diff)
	}
	if at(got, "source address") != "host" || at(got, "source ip") != nil {
		t.Errorf("source is %v", got["source"])
	}
}
