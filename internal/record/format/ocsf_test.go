package format_test

import (
	"strings"
	"testing"

	"fluent-bit-openai-audit/internal/record"
	"fluent-bit-openai-audit/internal/record/catalog"
	"fluent-bit-openai-audit/internal/record/format"
)

// everyEvent returns events of all known types, with and without a payload, by every kind of actor, what was
// captured live, and odd ones.
func everyEvent(t testing.TB) []string {
	t.Helper()
	events := append(liveEvents(t), sampleEvents(t)...)
	for _, ty := range catalog.Types() {
		events = append(events,
			typed(ty.Name, bySession, `"`+ty.Name+`":`+payloadOf(ty)),
			typed(ty.Name, byKey, `"project":{"id":"proj_1","name":"Default project"}`, `"`+ty.Name+`":{"id":"x_1"}`),
			typed(ty.Name, byService, `"`+ty.Name+`":{}`),
			typed(ty.Name, byNobody),
			typed(ty.Name, bySession, `"`+ty.Name+`":"odd"`),
			typed(ty.Name, bySession, `"`+ty.Name+`":{"id":7,"name":[],"data":"odd","changes_requested":[1],"permissions":[1],"certificates":{},"configs":[3]}`),
			typed(ty.Name, bySession, `"`+ty.Name+`":{"id":"a","principal_type":"group","principal_id":"g","data":{"role":"owner","email":"no address"},"changes_requested":{"role":"owner","name":"n","extra":1}}`),
		)
	}
	return append(events, oddEvents()...)
}

// oddEvents are such as the API may send some day.
func oddEvents() []string {
	deep := strings.Repeat(`{"k":[`, 14) + `1` + strings.Repeat(`]}`, 14)
	events := []string{
		`{"id":"x"}`, `7`, `{"id":"x","effective_at":1}`, `{"id":"x","effective_at":1,"type":7}`, `{"id":"x","effective_at":1,"type":""}`,
		`{"id":"x","effective_at":1.5,"type":"login.succeeded"}`,
		typed("actor", `"actor":"x"`), typed("id"), typed("a.b.c.failed", bySession), typed("verbless", bySession, `"verbless":{"id":"x"}`),
		typed("thing.created", byKey, `"thing.created":[1,2]`), typed("x.y", `"x.y":`+deep, `"z":`+deep, `"actor":{"odd":`+deep+`}`),
		typed("login.succeeded", `"actor":{"type":"session","session":{"user":"x","ip_address":7,"ip_address_details":[],"user_agent":{}}}`),
		typed("login.succeeded", `"actor":{"type":"robot","robot":{"id":"r"}}`),
		typed("login.succeeded", `"actor":{"type":"session"}`, `"actor":{"type":"api_key"}`, `"project":7`, `"source":"scim"`),
		typed("api_key.created", `"api_key.created":{"id":"1"}`, `"api_key.created":{"id":"2"}`),
	}
	for _, ip := range []string{
		"", "::1", "2001:db8::7", "2001:0db8:0000:0000:0000:0000:0000:0007", "::ffff:203.0.113.9", "fe80::1%eth0", "1.2.3", "1.2.3.4.5",
		"256.1.1.1", "01.2.3.4", "1..2.3", "1.2.3.", ".1.2.3", "host.example", "0000:0000:0000:0000:0000:ffff:192.168.100.228", "1.2.3.4 ",
	} {
		events = append(events, typed("login.succeeded", `"actor":{"type":"session","session":{"ip_address":"`+ip+
			`","user":{"email":"x@y"},"ip_address_details":{"asn":"`+ip+`","latitude":"91","longitude":"`+ip+`"}}}`))
	}
	for _, email := range []string{"a@b.c", "a@b", "müller@example.com", "@b.c", "a@.c", "a@b.", "a b@c.d", "nobody", "a+b-c/d@e-f.g.h", "a@b.c@d", "a@b..c"} {
		events = append(events,
			typed("user.added", `"actor":{"type":"session","session":{"user":{"id":"u","email":"`+email+`"}}}`),
			typed("invite.sent", `"actor":{"type":"session","session":{"user":{"email":"`+email+`"}}}`, `"invite.sent":{"data":{"email":"`+email+`"}}`))
	}
	return events
}

// Every event is a valid one of OCSF, in both versions, with and without what the options add.
func TestOCSFIsValid(t *testing.T) {
	events := everyEvent(t)
	if len(events) < 1000 {
		t.Fatalf("only %d events", len(events))
	}
	for _, o := range []format.Options{
		{Format: format.OCSF, IncludeOriginal: true},
		{Format: format.OCSF, OCSFVersion: format.OCSF18},
		{Format: format.OCSF, Redact: []string{"actor.*.user.email=hash", "actor.session.ip_address=hash", "actor.session.ip_address_details=hash", "*.id=hash", "*.data.email=hash"}, RedactKey: key},
		{Format: format.OCSF, OCSFVersion: format.OCSF18, Redact: []string{"actor.session.ip_address", "actor.session.user", "*.id", "object"}},
	} {
		version := o.OCSFVersion
		if version == "" {
			version = format.OCSF19
		}
		schema, s := loadSchema(t, version), shaper(t, o)
		for i, event := range events {
			m := []record.Metadata{{}, known, {Stream: "tenant", Late: true}}[i%3]
			if wrong := schema.validate(shape(t, s, event, m)); wrong != nil {
				t.Fatalf("%s is no valid event of %s:\n%s\n%s", event, version, strings.Join(wrong, "\n"), shapedText(t, s, event, m))
			}
		}
	}
}
