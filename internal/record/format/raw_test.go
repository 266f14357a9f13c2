package format_test

import (
	"bytes"
	"strings"
	"testing"

	"fluent-bit-openai-audit/internal/record"
	"fluent-bit-openai-audit/internal/record/format"
)

func TestRaw(t *testing.T) {
	event := `{"id":"x","type":"a.b.c","effective_at":5,"a.b.c":{"d.e":1},"details":2,"openai_audit":3}`
	m := record.Metadata{Stream: "tenant", Organization: "org-1", Late: true}
	const meta = `"openai_audit":{"stream":"tenant","organization":"org-1","late":true}`
	for _, tt := range []struct {
		o           format.Options
		event, want string
	}{
		{format.Options{}, event, event},
		{format.Options{Metadata: format.Nowhere}, event, event},
		{format.Options{PayloadKey: format.UnderscoreKey}, event, strings.Replace(event, `"a.b.c":{`, `"a_b_c":{`, 1)},
		{format.Options{PayloadKey: format.DetailsKey}, event, `{"id":"x","type":"a.b.c","effective_at":5,"details":{"d.e":1},"details_":2,"openai_audit":3}`},
		{format.Options{Metadata: format.InBody}, event, `{"id":"x","type":"a.b.c","effective_at":5,"a.b.c":{"d.e":1},"details":2,"openai_audit_":3,` + meta + `}`},
		{
			format.Options{PayloadKey: format.DetailsKey, Metadata: format.InBody},
			`{"id":"x","effective_at":5,"type":"login.succeeded"}`,
			`{"id":"x","effective_at":5,"type":"login.succeeded",` + meta + `}`,
		},
		// A type that is called like a key which every event has takes nothing away.
		{format.Options{PayloadKey: format.DetailsKey}, `{"id":"x","effective_at":5,"type":"actor","actor":{}}`, `{"id":"x","effective_at":5,"type":"actor","actor":{}}`},
		// Neither does one without a type, or a malformed one.
		{format.Options{PayloadKey: format.DetailsKey}, `{"id":"x","effective_at":5,"type":7,"":1}`, `{"id":"x","effective_at":5,"type":7,"":1}`},
		{format.Options{PayloadKey: format.DetailsKey, Metadata: format.InBody}, `7`, `{"_malformed":"7","_error":"not a JSON object",` + meta + `}`},
		{format.Options{Redact: []string{"a"}}, `{"a":"secret"}`, `{"_malformed":"(withheld, because redact is set)","_error":"\"id\" is missing"}`},
	} {
		if got := shapedText(t, shaper(t, tt.o), tt.event, m); got != tt.want {
			t.Errorf("%+v of %s:\n got %s\nwant %s", tt.o, tt.event, got, tt.want)
		}
	}
}

// More members than the short head of a map holds, and keys that are longer than 31 bytes.
func TestRawWide(t *testing.T) {
	for _, n := range []int{14, 15, 16, 40, 70_000} {
		var b strings.Builder
		b.WriteString(`{"id":"x","type":"a.b","effective_at":5`)
		for range n {
			b.WriteString(`,"` + strings.Repeat("k", 40) + `":1`)
		}
		b.WriteString(`,"a.b":{}}`)
		got := shapedText(t, shaper(t, format.Options{PayloadKey: format.DetailsKey}), b.String(), known)
		if want := strings.Replace(b.String(), `"a.b":{`, `"details":{`, 1); got != want {
			t.Errorf("%d members more: %.200s", n, got)
		}
	}
}

func TestPlain(t *testing.T) {
	for _, o := range []format.Options{{}, {Format: format.Raw, PayloadKey: format.KeepKey, Metadata: format.Nowhere}} {
		if !o.Plain() {
			t.Errorf("%+v is not plain", o)
		}
	}
	for _, o := range []format.Options{{Format: format.ECS}, {PayloadKey: format.DetailsKey}, {Metadata: format.InBody}, {Redact: []string{"a"}}} {
		if o.Plain() {
			t.Errorf("%+v is plain", o)
		}
	}
}

func TestRecordMetadata(t *testing.T) {
	for placement, want := range map[format.Placement]record.Metadata{"": known, format.InMetadata: known, format.InBody: {}, format.Nowhere: {}} {
		if got := (format.Options{Metadata: placement}).RecordMetadata(known); got != want {
			t.Errorf("%s: got %+v, want %+v", placement, got, want)
		}
	}
}

// A body that no Decoder wrote is an error, and changes nothing.
func TestForeignBodies(t *testing.T) {
	bodies := [][]byte{
		nil,
		{0xc0},
		{0x91, 0x80},
		{0x81},
		{0x81, 0xa1},
		{0x81, 0x01, 0x02},
		{0x80, 0x80},
		{0xde},
		{0xde, 0xff, 0xff},
		{0xdf, 0xff, 0xff, 0xff, 0xff},
		{0x81, 0xa1, 'a', 0xc4, 0x00},
		{0x81, 0xa1, 'a', 0xdb, 0xff, 0xff, 0xff, 0xff},
		{0x81, 0xa1, 'a', 0xdd, 0xff, 0xff, 0xff, 0xff},
		bytes.Repeat([]byte{0x81, 0xa1, 'a'}, 40),
	}
	for _, o := range []format.Options{
		{PayloadKey: format.DetailsKey}, {Format: format.OCSF}, {Format: format.ECS, IncludeOriginal: true}, {Format: format.ECS, Redact: []string{"a.b=hash", "a.a.a.a"}, RedactKey: key},
	} {
		s := shaper(t, o)
		for _, body := range bodies {
			e := &record.Event{ID: []byte("x"), Type: []byte("a"), Body: body}
			got, err := s.Shape([]byte("x"), e, known)
			if o.Format == "" && len(body) == 120 {
				continue // only a shape that walks all of it sees that it is too deep, and ends early
			}
			if err == nil || string(got) != "x" {
				t.Errorf("%+v of %x: %q, %v", o, body, got, err)
			}
		}
		// And the Shaper works on.
		if _, _, err := unpack(shapedBody(t, s, typed("login.succeeded", bySession), known)); err != nil {
			t.Errorf("%+v: %v", o, err)
		}
	}
}
