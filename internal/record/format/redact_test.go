package format_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fluent-bit-openai-audit/internal/record"
	"fluent-bit-openai-audit/internal/record/format"
)

// hashOf is the hash of a text with the tests' key.
func hashOf(text string) string {
	mac := hmac.New(sha256.New, []byte(keyText))
	mac.Write([]byte(text))
	return hex.EncodeToString(mac.Sum(nil))
}

func TestRedact(t *testing.T) {
	const payload = `"invite.sent":{"data":{"email":"a@b.c","n":7,"f":1.5,"yes":true,"no":null,"list":[{"email":"d","k":1},["e"]]}},"invite":{"sent":{"data":1}}}`
	const event = `{"id":"x","type":"invite.sent","effective_at":5,"actor":{"session":{"user":{"email":"a@b.c","id":"u"},"ip_address":""}},` + payload
	for _, tt := range []struct{ paths, want string }{
		{"nothing.there", event},
		{"actor", `{"id":"x","type":"invite.sent","effective_at":5,` + payload},
		{"actor,invite.sent=drop,invite=hash", `{"id":"x","type":"invite.sent","effective_at":5,"invite":{"sent":{"data":"` + hashOf("1") + `"}}}`},
		{
			"actor,invite.sent.data.list,invite.sent.data.email=hash,invite.sent.data.n=hash,invite.sent.data.f,invite.sent.data.yes=hash,invite.sent.data.no=hash",
			`{"id":"x","type":"invite.sent","effective_at":5,"invite.sent":{"data":{"email":"` + hashOf("a@b.c") + `","n":"` + hashOf("7") +
				`","yes":"` + hashOf("true") + `","no":null}},"invite":{"sent":{"data":1}}}`,
		},
		{
			"actor.session.*.email=hash,actor.session.ip_address=hash,invite.sent.data",
			`{"id":"x","type":"invite.sent","effective_at":5,"actor":{"session":{"user":{"email":"` + hashOf("a@b.c") + `","id":"u"},"ip_address":""}},"invite.sent":{},"invite":{"sent":{}}}`,
		},
		{"*.data.list.email,actor,invite", `{"id":"x","type":"invite.sent","effective_at":5,"invite.sent":{"data":{"email":"a@b.c","n":7,"f":1.5,"yes":true,"no":null,"list":[{"k":1},["e"]]}}}`},
		{
			"*.data.list=hash,actor,invite,*.data.email,*.data.n,*.data.f,*.data.yes,*.data.no",
			`{"id":"x","type":"invite.sent","effective_at":5,"invite.sent":{"data":{"list":[{"email":"` + hashOf("d") + `","k":"` + hashOf("1") + `"},["` + hashOf("e") + `"]]}}}`,
		},
		{"*", `{"id":"x","type":"invite.sent","effective_at":5}`},
		{"*=hash,actor,invite.sent", `{"id":"x","type":"invite.sent","effective_at":5,"invite":{"sent":{"data":"` + hashOf("1") + `"}}}`},
	} {
		o := format.Options{Redact: strings.Split(tt.paths, ",")}
		if strings.Contains(tt.paths, "hash") {
			o.RedactKey = key
		}
		s := shaper(t, o)
		if got := shapedText(t, s, event, record.Metadata{}); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.paths, got, tt.want)
		}
	}
}

// What is redacted is nowhere in a record, in no format.
func TestRedactedIsGone(t *testing.T) {
	const secret = "Xq7secretX"
	event := typed("invite.sent", strings.ReplaceAll(strings.ReplaceAll(bySession, "ada@example.com", secret), "203.0.113.10", secret),
		`"invite.sent":{"id":"i","data":{"email":"`+secret+`","deeper":[{"email":"`+secret+`"}]}}`)
	paths := []string{"actor.session.user.email", "actor.session.ip_address", "*.data.email", "*.data.deeper"}
	for _, how := range []string{"", "=drop", "=hash"} {
		for _, o := range []format.Options{
			{},
			{PayloadKey: format.DetailsKey},
			{Format: format.OCSF, IncludeOriginal: true},
			{Format: format.OCSF, OCSFVersion: format.OCSF18, IncludeOriginal: true},
			{Format: format.ECS, IncludeOriginal: true},
		} {
			for _, path := range paths {
				o.Redact = append(o.Redact, path+how)
			}
			if how == "=hash" {
				o.RedactKey = key
			}
			s := shaper(t, o)
			for _, event := range []string{
				event,
				strings.Replace(event, `"effective_at":1763712000,`, "", 1),                                                       // malformed: no time
				strings.Replace(event, `"id":"audit_log-1"`, `"id":["`+secret+`"]`, 1),                                            // malformed: no id
				strings.Replace(event, `"effective_at"`, `"actor":{"session":{"user":{"email":"`+secret+`"}}},"effective_at"`, 1), // twice
			} {
				if body := string(shapedBody(t, s, event, known)); strings.Contains(body, secret) || strings.Contains(body, secret[2:8]) {
					t.Errorf("%s with %+v: %q", event, o, body)
				}
			}
		}
	}
}

// A hash goes where the schema allows any text.
func TestHashesInOCSF(t *testing.T) {
	s := shaper(t, format.Options{Format: format.OCSF, Redact: []string{"actor.*.user.email=hash", "actor.session.ip_address=hash"}, RedactKey: key})
	got := shape(t, s, typed("login.succeeded", bySession), known)
	want := map[string]any{"uid": "user-1", "uid_alt": hashOf("ada@example.com"), "type_id": int64(1), "type": "User"}
	if diff := cmp.Diff(want, at(got, "actor user")); diff != "" {
		t.Errorf("actor.user (-want +got):\n%s", diff)
	}
	if at(got, "src_endpoint uid") != hashOf("203.0.113.10") || at(got, "src_endpoint ip") != nil {
		t.Errorf("src_endpoint is %v", at(got, "src_endpoint"))
	}
	if strings.Contains(shapedText(t, s, typed("login.succeeded", bySession), known), "ada@") {
		t.Error("the e-mail address is still there")
	}
}

func TestOptions(t *testing.T) {
	for _, tt := range []struct {
		o    format.Options
		want string
	}{
		{format.Options{}, ""},
		{format.Options{Format: format.OCSF, OCSFVersion: format.OCSF18, Metadata: format.InBody, IncludeOriginal: true}, ""},
		{format.Options{Format: "cef"}, `format: "cef" is none of raw, ocsf and ecs`},
		{format.Options{PayloadKey: "drop"}, "payload_key: "},
		{format.Options{PayloadKey: format.KeepKey, OCSFVersion: format.OCSF19, Format: format.ECS}, ""},
		{format.Options{Metadata: "yes"}, "metadata: "},
		{format.Options{Format: format.OCSF, OCSFVersion: "1.7.0"}, "ocsf_version: "},
		{format.Options{Redact: []string{"a..b"}}, "redact: a..b is no path"},
		{format.Options{Redact: []string{""}}, "redact: "},
		{format.Options{Redact: []string{"a=mask"}}, "a=mask asks for neither drop nor hash"},
		{format.Options{Redact: []string{"a", "a=drop"}}, "a=drop is given more than once"},
		{format.Options{Redact: []string{"id"}}, "redact: id cannot be redacted"},
		{format.Options{Redact: []string{"effective_at=hash"}, RedactKey: key}, "effective_at=hash cannot be redacted"},
		{format.Options{Redact: []string{strings.Repeat("a.", 20) + "a"}}, "more than 16 words"},
		{format.Options{Redact: []string{"a=hash"}}, "redact_key_file: "},
		{format.Options{Redact: []string{"a"}, RedactKey: key}, ""},
		{format.Options{Format: "cef", Metadata: "yes"}, "metadata: "},
	} {
		_, err := format.New(tt.o)
		switch {
		case err == nil && tt.want != "":
			t.Errorf("%+v: accepted", tt.o)
		case err != nil && (tt.want == "" || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "Xq7secretX")):
			t.Errorf("%+v: %v, want %q", tt.o, err, tt.want)
		}
	}
}

func TestParseKey(t *testing.T) {
	got, err := format.ParseKey([]byte("  Xq7secretX-0123456789\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x"} {
		inner := struct{ o format.Options }{format.Options{RedactKey: got}}
		if text := fmt.Sprintf(verb, inner.o) + fmt.Sprintf(verb, inner); strings.Contains(text, "Xq7") || strings.Contains(text, "587137") {
			t.Errorf("%s shows the key: %s", verb, text)
		}
	}
	if _, err := format.ParseKey([]byte("Xq7secretX\n")); err == nil || strings.Contains(err.Error(), "Xq7") {
		t.Errorf("a short key: %v", err)
	}
	s := shaper(t, format.Options{Redact: []string{"project.id=hash"}, RedactKey: got})
	mac := hmac.New(sha256.New, []byte("Xq7secretX-0123456789"))
	mac.Write([]byte("p"))
	if line := shapedText(t, s, `{"id":"x","effective_at":1,"project":{"id":"p"}}`, record.Metadata{}); !strings.Contains(line, hex.EncodeToString(mac.Sum(nil))) {
		t.Errorf("not hashed by the key without white space: %s", line)
	}
}

func TestUnfamiliar(t *testing.T) {
	for path, want := range map[string]bool{
		"actor.session.user.email":    true,
		"actor.*.user.email=hash":     true,
		"actor.session":               true,
		"*":                           true,
		"*.data.email":                true,
		"invite.sent.data.email=drop": true,
		"certificates.activated.certificates.name": true,
		"external_key.registered.data.anything":    true,
		"tenant.user.added.anything.below":         true,
		"project.name":                             true,
		"actor.session.user.mail":                  false,
		"session.user.email":                       false,
		"actor.session.user.email.x":               false,
		"invite.sent.data":                         true,
		"invite.send.data":                         false,
		"*.data.e_mail":                            true, // some payloads' data is free
		"login.failed.data.email":                  false,
		"nothing":                                  false,
		"":                                         false, "actor.": false, ".": false, "*.": false,
	} {
		if got := format.Unfamiliar([]string{path}); (len(got) == 0) != want {
			t.Errorf("%s: unfamiliar %v, want familiar %v", path, got, want)
		}
	}
}
