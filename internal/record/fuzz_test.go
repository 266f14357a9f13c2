package record_test

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"fluent-bit-openai-audit/internal/record"
)

// checkBody holds what Decode makes of body to what encoding/json makes of it.
func checkBody(t *testing.T, d *record.Decoder, body []byte) {
	t.Helper()
	before := bytes.Clone(body)
	page, err := d.Decode(body)
	if !bytes.Equal(before, body) {
		t.Fatal("Decode changed the body")
	}
	want, valid := reference(body)
	if err != nil {
		if valid && want != nil {
			t.Fatalf("%q is refused: %v", body, err)
		}
		return
	}
	if valid && want == nil {
		t.Fatalf("%q is accepted, but is not a page", body)
	}
	broken := 0
	for i := range page.Events {
		e := &page.Events[i]
		tree, rest, err := unpack(e.Body)
		if err != nil || len(rest) > 0 {
			t.Fatalf("event %d of %q: body %x: %v, %d bytes follow", i, body, e.Body, err, len(rest))
		}
		if !utf8.Valid(e.ID) || !utf8.Valid(e.Type) {
			t.Fatalf("event %d of %q: id %q, type %q", i, body, e.ID, e.Type)
		}
		if e.Malformed != "" {
			checkMalformed(t, body, e, tree)
		}
		if strings.HasPrefix(e.Malformed, "invalid JSON at byte ") {
			broken++
		}
	}
	if !valid {
		if broken == 0 {
			t.Fatalf("%q is accepted, but is not JSON", body)
		}
		return
	}
	if broken > 0 {
		t.Fatalf("%q is JSON, but %d events are said not to be", body, broken)
	}
	checkPage(t, body, page, want)
}

// checkMalformed checks what stands for a malformed element.
func checkMalformed(t *testing.T, body []byte, e *record.Event, got tree) {
	t.Helper()
	o, ok := got.(object)
	if !ok || len(o) != 2 || o[0].key != "_malformed" || o[1] != (member{"_error", e.Malformed}) {
		t.Fatalf("%q: the malformed event is %v", body, got)
	}
	text, ok := o[0].value.(string)
	if !ok || len(text) > 64<<10 || !strings.Contains(repair(body), text) {
		t.Fatalf("%q: the malformed event's text is %q", body, o[0].value)
	}
}

func checkPage(t *testing.T, body []byte, page *record.Page, want *refPage) {
	t.Helper()
	if page.Documents != want.documents || page.HasMore != want.hasMore || page.FirstID != want.firstID || page.LastID != want.lastID {
		t.Fatalf("%q: got %d documents, has_more %v, first_id %q, last_id %q, want %+v",
			body, page.Documents, page.HasMore, page.FirstID, page.LastID, want)
	}
	if page.MoreUnknown != want.moreUnknown || page.Odd != want.odd {
		t.Fatalf("%q: more unknown %v, odd %b, want %v, %b", body, page.MoreUnknown, page.Odd, want.moreUnknown, want.odd)
	}
	if len(page.Events) != len(want.events) {
		t.Fatalf("%q: got %d events, want %d", body, len(page.Events), len(want.events))
	}
	for i := range page.Events {
		got, want := &page.Events[i], &want.events[i]
		if (got.Malformed != "") != want.malformed {
			t.Fatalf("event %d of %q: malformed %q, want %v", i, body, got.Malformed, want.malformed)
		}
		if got.Time != want.time {
			t.Fatalf("event %d of %q: time %d, want %d", i, body, got.Time, want.time)
		}
		checkText(t, body, "id", got.ID, want.id)
		checkText(t, body, "type", got.Type, want.kind)
		tree, _, err := unpack(got.Body)
		if err != nil {
			t.Fatal(err)
		}
		if want.malformed {
			text := tree.(object)[0].value
			if len(want.text) <= 64<<10 && text != want.text {
				t.Fatalf("event %d of %q: malformed text %q, want %q", i, body, text, want.text)
			}
			continue
		}
		if got, want := show(tree), show(want.body); got != want {
			t.Fatalf("event %d of %q is\n%s\nwant\n%s", i, body, got, want)
		}
	}
}

func checkText(t *testing.T, body []byte, what string, got []byte, want *string) {
	t.Helper()
	switch {
	case want == nil && got != nil:
		t.Fatalf("%q: %s %q, want none", body, what, got)
	case want != nil && (got == nil || string(got) != *want):
		t.Fatalf("%q: %s %q, want %q", body, what, got, *want)
	}
}

// elements are texts that an event or something in its place may have.
var elements = []string{
	`{"object":"organization.audit_log","id":"audit_log-1","type":"login.succeeded","effective_at":1760472653,"actor":null}`,
	`{"id":"a","type":"api_key.created","effective_at":1760472653,"api_key.created":{"id":"k","data":{"scopes":["x","y",[],{}]}},"n":[0,-0,1,-1,127,128,-32,-33,255,256,-128,-129,65535,65536,-32768,-32769,4294967295,4294967296,-2147483648,-2147483649,9223372036854775807,9223372036854775808,-9223372036854775808,-9223372036854775809,18446744073709551615,18446744073709551616]}`,
	`{"id":"f","effective_at":1760472653.999,"n":[0.0,-0.0,1e5,1E-5,1e400,-1e400,1e-400,0.1e50,123456789012345678901234567890.5,5e-324]}`,
	`{"id":"s","effective_at":0,"s":["\u0000\b\f\n\r\t\"\\\/é\u00e9\ud83d\ude00😀","\ud800","\ud800\ud83d\ude00","\ude00\ud800","\ud800\u0041","\ud800x","` + "\xff\xc3\x28\xed\xa0\x80\xf4\x90\x80\x80" + `"]}`,
	`{"id":"d","effective_at":1,"id":"e","effective_at":2,"type":"t","type":null,"":{"":""},"\u0069d":"escaped"}`,
	` { "id" : "w" , "effective_at" : 1 , "a" : [ 1 , { } , [ ] , true , false , null ] } `,
	`{"id":"deep","effective_at":1,"v":` + strings.Repeat(`[{"k":`, 20) + `"x"` + strings.Repeat(`}]`, 20) + `}`,
	`{"id":"many","effective_at":1,"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1,"j":1,"k":1,"l":1,"m":1,"n":1,"type":"t"}`,
	`{}`, `null`, `1`, `"x"`, `[]`, `{"id":"","effective_at":1}`, `{"id":"x"}`, `{"id":"x","effective_at":-1}`, `{"id":"x","effective_at":"1"}`,
	`{"id":"x","effective_at":4294967296}`, `{"id":"x","effective_at":4294967295.5}`, `{"id":"x","effective_at":1e9}`, `{"id":1,"effective_at":1}`,
	`{"id":"x","effective_at":1,}`, `{"id":"x","effective_at":01}`, `{"id":"x","effective_at":1}x`, `nul`, `{"a":"` + "\n" + `"}`, `{"a":"\x"}`,
}

func pageOf(elements ...string) string {
	return `{"object":"list","data":[` + strings.Join(elements, ",") + `],"first_id":"f","last_id":"l","has_more":true}`
}

// livePage is a page as the API sends it.
func livePage(t testing.TB) []byte {
	t.Helper()
	body, err := os.ReadFile("../fakeopenai/testdata/live_page.json")
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// FuzzDecode checks that a body is accepted and refused as encoding/json would,
// and becomes what encoding/json reads in it.
func FuzzDecode(f *testing.F) {
	for _, e := range elements {
		f.Add([]byte(e))
		f.Add([]byte(pageOf(e)))
	}
	f.Add([]byte(pageOf(elements...)))
	f.Add([]byte(`{"a":[1}`))
	f.Add([]byte(`{"data":[],"unknown":{"a":[1,{"b":"\u00e9"}]},"has_more":null,"first_id":null,"data":[{"id":"2","effective_at":1}]}`))
	f.Add([]byte(`{"error":{"message":"m"}}`))
	var live struct{ Data []json.RawMessage }
	if err := json.Unmarshal(livePage(f), &live); err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(live.Data[0]))
	f.Add([]byte(live.Data[len(live.Data)-1]))
	var used record.Decoder
	f.Fuzz(func(t *testing.T, text []byte) {
		checkBody(t, new(record.Decoder), text)
		for _, body := range []string{pageOf(string(text)), pageOf(elements[0], string(text), elements[1])} {
			checkBody(t, new(record.Decoder), []byte(body))
			// What a page before has left in the buffers must not show.
			checkBody(t, &used, []byte(body))
		}
	})
}

// FuzzConcatenated checks bodies of several documents.
func FuzzConcatenated(f *testing.F) {
	f.Add([]byte(pageOf(elements[0])), []byte("\n"), []byte(pageOf(elements[1], elements[2])))
	f.Add([]byte(`{"data":[],"last_id":"x","has_more":true}`), []byte(""), []byte(`{"data":[null]}`))
	f.Add([]byte(`{"data":[]}`), []byte("\r\n\t "), []byte(`{"error":1}`))
	f.Add([]byte(`{"data":[]}`), []byte(","), []byte(`{"data":[]}`))
	f.Add([]byte(`{"data":[1]`), []byte("}"), []byte(`{"data":[2]}`))
	f.Fuzz(func(t *testing.T, first, between, second []byte) {
		checkBody(t, new(record.Decoder), bytes.Join([][]byte{first, second}, between))
		checkBody(t, new(record.Decoder), bytes.Join([][]byte{first, second, first}, between))
	})
}
