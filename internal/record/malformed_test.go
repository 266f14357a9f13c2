package record_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"fluent-bit-openai-audit/internal/record"
)

func TestMalformed(t *testing.T) {
	for _, tt := range []struct {
		name, text, why string
		id, kind        string
		at              int64
		kept            string // of the text, if not the text
	}{
		{name: "null", text: `null`, why: "not a JSON object"},
		{name: "number", text: `-1.5e3`, why: "not a JSON object"},
		{name: "string", text: `"a \u00e9"`, why: "not a JSON object"},
		{name: "array", text: `[{"id":"x","effective_at":1}]`, why: "not a JSON object"},
		{name: "empty object", text: `{}`, why: `"id" is missing`},
		{name: "no id", text: `{"type":"t","effective_at":5}`, why: `"id" is missing`, kind: "t", at: 5},
		{name: "id null", text: `{"id":null,"effective_at":5}`, why: `"id" is not a string`, at: 5},
		{name: "id number", text: `{"id":99999999999999999999,"effective_at":5}`, why: `"id" is not a string`, at: 5},
		{name: "id empty", text: `{"effective_at":5,"id":""}`, why: `"id" is empty`, id: "", at: 5},
		{name: "last id counts", text: `{"id":"x","effective_at":5,"id":{}}`, why: `"id" is not a string`, at: 5},
		{name: "no time", text: `{"id":"x","type":"t"}`, why: `"effective_at" is missing`, id: "x", kind: "t"},
		{name: "time null", text: `{"id":"\u0078","type":"t\n","effective_at":null}`, why: `"effective_at" is not a number`, id: "x", kind: "t\n"},
		{name: "time before 1970", text: `{"id":"x","effective_at":-1}`, why: `"effective_at" is not between 0 and 4294967295`, id: "x"},
		{name: "white space kept", text: "{ \"id\" :\n\"x\" }", why: `"effective_at" is missing`, id: "x"},

		{name: "trailing comma", text: `{"id":"x","type":"t","effective_at":5,}`, why: "invalid JSON at byte 38: expected an object key", id: "x", kind: "t", at: 5},
		{name: "no colon", text: `{"id" "x"}`, why: "invalid JSON at byte 6: expected ':' after an object key"},
		{name: "bare key", text: `{"id":"x",a:1}`, why: "invalid JSON at byte 10: expected an object key", id: "x"},
		{name: "no value", text: `{"effective_at":5,"id":}`, why: "invalid JSON at byte 23: expected a value", at: 5},
		{name: "broken id", text: `{"effective_at":5,"id":"\q"}`, why: "invalid JSON at byte 25: invalid escape in a string", at: 5},
		{name: "broken time", text: `{"id":"x","effective_at":05}`, why: "invalid JSON at byte 26: expected ',' or '}' after an object member", id: "x"},
		{name: "time with a tail", text: `{"id":"x","effective_at":5.}`, why: "invalid JSON at byte 27: invalid number", id: "x"},
		{name: "control character", text: "{\"id\":\"x\",\"a\":\"b\nc\"}", why: "invalid JSON at byte 16: unescaped control character in a string", id: "x"},
		{name: "control character in a key", text: "{\"id\":\"x\",\"a\tb\":1}", why: "invalid JSON at byte 12: unescaped control character in a string", id: "x"},
		{name: "bad literal", text: `{"id":"x","a":[True,{"b":None}]}`, why: "invalid JSON at byte 15: expected a value", id: "x"},
		{name: "cut literal", text: `{"id":"x","a":falsy}`, why: "invalid JSON at byte 18: invalid literal", id: "x"},
		{name: "NaN", text: `{"id":"x","a":NaN}`, why: "invalid JSON at byte 14: expected a value", id: "x"},
		{name: "comment", text: `{"id":"x" /* note */}`, why: "invalid JSON at byte 10: expected ',' or '}' after an object member", id: "x"},
		{name: "brackets in strings", text: `{"id":"x","a":"]}\"]}",}`, why: "invalid JSON at byte 23: expected an object key", id: "x"},
		{name: "deep", text: `{"id":"x","a":` + strings.Repeat("[", 40) + "," + strings.Repeat("]", 40) + `}`, why: "invalid JSON at byte 54: expected a value", id: "x"},
		{name: "something follows", text: `{"id":"x","effective_at":5} and more`, why: `invalid JSON at byte 28: expected ',' or ']' after an element of "data"`, id: "x", at: 5},
		{name: "no comma between two", text: `{"id":"x","effective_at":5}{"id":"y"}`, why: `invalid JSON at byte 27: expected ',' or ']' after an element of "data"`, id: "x", at: 5},
		{name: "word", text: `nul`, why: "invalid JSON at byte 3: invalid literal"},
		{name: "bad number", text: `-`, why: "invalid JSON at byte 1: invalid number"},
		{name: "broken array", text: `[1,]`, why: "invalid JSON at byte 3: expected a value"},
		{name: "bad byte", text: "\x00\xff", why: "invalid JSON at byte 0: expected a value", kept: "\x00\ufffd"},
		{name: "invalid UTF-8", text: "{\"a\":\"\xff\xc3\xa9\xed\xa0\x80\"}", why: `"id" is missing`, kept: "{\"a\":\"\ufffdé\ufffd\ufffd\ufffd\"}"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.kept == "" {
				tt.kept = tt.text
			}
			const before, after = `{"id":"before","effective_at":1}`, `{"id":"after","effective_at":2}`
			page := decode(t, pageOf(before, " "+tt.text+"\n", after))
			if len(page.Events) != 3 || string(page.Events[0].ID) != "before" || string(page.Events[2].ID) != "after" || page.LastID != "l" {
				t.Fatalf("the rest of the page does not read well: %d events, %+v", len(page.Events), page)
			}
			e := &page.Events[1]
			if e.Malformed != tt.why {
				t.Errorf("malformed %q, want %q", e.Malformed, tt.why)
			}
			checkEvent(t, e, tt.id, tt.kind, tt.at, object{{"_malformed", tt.kept}, {"_error", tt.why}})
			if e.ID == nil != (tt.id == "" && tt.name != "id empty") {
				t.Errorf("the id is %#v", e.ID)
			}
		})
	}
}

// TestMalformedLong checks how much of a long text is kept.
func TestMalformedLong(t *testing.T) {
	for _, tt := range []struct {
		fill       string
		n          int
		kept, used int
	}{
		{"x", record.MaxMalformed - 4, record.MaxMalformed, record.MaxMalformed},
		{"x", record.MaxMalformed, record.MaxMalformed, record.MaxMalformed},
		{"€", record.MaxMalformed, record.MaxMalformed - 2, record.MaxMalformed - 2},
		{"\xff", record.MaxMalformed, record.MaxMalformed - 2, 2 + (record.MaxMalformed-2)/3},
	} {
		text := `["` + strings.Repeat(tt.fill, tt.n) + `"]`
		page := decode(t, pageOf(elements[0], text, elements[0]))
		why := "not a JSON object"
		if tt.used < len(text) {
			why += fmt.Sprintf("; the text is cut to its first %d of %d bytes", tt.used, len(text))
		}
		e := page.Events[1]
		got, _, err := unpack(e.Body)
		if err != nil || len(page.Events) != 3 {
			t.Fatalf("%d times %q: %v, %d events", tt.n, tt.fill, err, len(page.Events))
		}
		kept := got.(object)[0].value.(string)
		if e.Malformed != why || got.(object)[1].value != why || len(kept) != tt.kept || !strings.HasPrefix(repair([]byte(text)), kept) {
			t.Errorf("%d times %q: malformed %q with %d bytes, want %q with %d", tt.n, tt.fill, e.Malformed, len(kept), why, tt.kept)
		}
	}
}

// TestMalformedCleaned checks that a malformed element's text passes through Clean, up to what is kept of it, and
// nothing else does.
func TestMalformedCleaned(t *testing.T) {
	var seen []string
	d := record.Decoder{Clean: func(text []byte) []byte {
		seen = append(seen, string(text))
		return bytes.ReplaceAll(text, []byte("hunter2"), []byte("*"))
	}}
	long := `"` + strings.Repeat("x", record.MaxMalformed) + `"`
	page, err := d.Decode([]byte(pageOf(`{"id":"hunter2","effective_at":1}`, `{"id":"hunter2",`+`"a":"hunter2",}`, `7`, long)))
	if err != nil || len(page.Events) != 4 {
		t.Fatal(page, err)
	}
	if want := []string{`{"id":"hunter2","a":"hunter2",}`, `7`, long[:record.MaxMalformed]}; !slices.Equal(seen, want) {
		t.Errorf("Clean was given %d texts: %.200q", len(seen), seen)
	}
	checkEvent(t, &page.Events[0], "hunter2", "", 1, object{{"id", "hunter2"}, {"effective_at", int64(1)}})
	why := "invalid JSON at byte 30: expected an object key; what must not be shown is cut from the text, which had 31 bytes"
	checkEvent(t, &page.Events[1], "hunter2", "", 0, object{{"_malformed", `{"id":"*","a":"*",}`}, {"_error", why}})
	checkEvent(t, &page.Events[2], "", "", 0, object{{"_malformed", "7"}, {"_error", "not a JSON object"}})
	if want := "not a JSON object; the text is cut to its first 65536 of 65538 bytes"; page.Events[3].Malformed != want {
		t.Errorf("the long one: %q, want %q", page.Events[3].Malformed, want)
	}
}

// TestNoEnd covers elements whose end is in doubt: the page is refused with what
// was wrong first.
func TestNoEnd(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"bracket missing", `{"a":[1}`, "invalid page at byte 32: expected ',' or ']' after an array element"},
		{"brace missing", `{"a":{"b":1]`, "invalid page at byte 36: expected ',' or '}' after an object member"},
		{"brace too many", `{"a":1}}`, `invalid page at byte 32: expected ',' or ']' after an element of "data"`},
		{"quote missing", `{"a":"b}`, "invalid page at byte 36: expected ',' or '}' after an object member"},
		{"nothing", ` `, "invalid page at byte 26: expected a value"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := new(record.Decoder).Decode([]byte(pageOf(tt.text, `{"id":"x"}`)))
			if fmt.Sprint(err) != tt.want {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
}
