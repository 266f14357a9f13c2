package record_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"fluent-bit-openai-audit/internal/record"
)

// decode decodes a page that must be accepted.
func decode(t *testing.T, body string) *record.Page {
	t.Helper()
	page, err := new(record.Decoder).Decode([]byte(body))
	if err != nil {
		t.Fatalf("Decode: %v", err)
	}
	return page
}

// one decodes a page whose only event must be well formed.
func one(t *testing.T, element string) *record.Event {
	t.Helper()
	page := decode(t, pageOf(element))
	if len(page.Events) != 1 || page.Events[0].Malformed != "" {
		t.Fatalf("Decode: %d events, malformed %q", len(page.Events), page.Events[0].Malformed)
	}
	return &page.Events[0]
}

// valueOf decodes an event with the member "v" and returns its msgpack.
func valueOf(t *testing.T, value string) []byte {
	t.Helper()
	const head = "83" + "a26964" + "a178" + "ac6566666563746976655f6174" + "01" + "a176"
	prefix, err := hex.DecodeString(head)
	if err != nil {
		t.Fatal(err)
	}
	e := one(t, `{"id":"x","effective_at":1,"v":`+value+`}`)
	got, ok := bytes.CutPrefix(e.Body, prefix)
	if !ok {
		t.Fatalf("the body is %x, want it to start with %s", e.Body, head)
	}
	return got
}

func TestValues(t *testing.T) {
	for _, tt := range []struct{ json, want string }{
		{`null`, "c0"},
		{`true`, "c3"},
		{`false`, "c2"},
		{`{}`, "80"},
		{`{ }`, "80"},
		{`[]`, "90"},
		{"[\n]", "90"},
		{`[1,[2],{"a":3}]`, "93019102" + "81a16103"},
		{`{"a":1,"a":2,"":null}`, "83a16101" + "a16102" + "a0c0"},

		{`0`, "00"},
		{`-0`, "00"},
		{`1`, "01"},
		{`127`, "7f"},
		{`128`, "cc80"},
		{`255`, "ccff"},
		{`256`, "cd0100"},
		{`65535`, "cdffff"},
		{`65536`, "ce00010000"},
		{`4294967295`, "ceffffffff"},
		{`4294967296`, "cf0000000100000000"},
		{`999999999999999999`, "cf0de0b6b3a763ffff"},
		{`1000000000000000000`, "cf0de0b6b3a7640000"},
		{`9007199254740993`, "cf0020000000000001"},
		{`9223372036854775807`, "cf7fffffffffffffff"},
		{`9223372036854775808`, "cf8000000000000000"},
		{`18446744073709551615`, "cfffffffffffffffff"},
		{`18446744073709551616`, "b43138343436373434303733373039353531363136"},
		{`-1`, "ff"},
		{`-32`, "e0"},
		{`-33`, "d0df"},
		{`-128`, "d080"},
		{`-129`, "d1ff7f"},
		{`-32768`, "d18000"},
		{`-32769`, "d2ffff7fff"},
		{`-2147483648`, "d280000000"},
		{`-2147483649`, "d3ffffffff7fffffff"},
		{`-999999999999999999`, "d3f21f494c589c0001"},
		{`-9223372036854775808`, "d38000000000000000"},
		{`-9223372036854775809`, "b42d39323233333732303336383534373735383039"},

		{`0.0`, "cb0000000000000000"},
		{`-0.0`, "cb8000000000000000"},
		{`1.0`, "cb3ff0000000000000"},
		{`1.5`, "cb3ff8000000000000"},
		{`1e0`, "cb3ff0000000000000"},
		{`1E+2`, "cb4059000000000000"},
		{`25e-1`, "cb4004000000000000"},
		{`0.1e50`, "cb4a1b5e7e08ca3a8f"},
		{`5e-324`, "cb0000000000000001"},
		{`1e-400`, "cb0000000000000000"},
		{`1.7976931348623157e308`, "cb7fefffffffffffff"},
		{`1e400`, "a53165343030"},
		{`-1e400`, "a62d3165343030"},

		{`""`, "a0"},
		{`"a"`, "a161"},
		{`"\""`, "a122"},
		{`"\\\/\b\f\n\r\t"`, "a75c2f080c0a0d09"},
		{`"\u0000"`, "a100"},
		{`"\u00e9\u00E9"`, "a4c3a9c3a9"},
		{`"é"`, "a2c3a9"},
		{`"\u20ac"`, "a3e282ac"},
		{`"😀\ud83d\ude00"`, "a8f09f9880f09f9880"},
		{`"\ud800"`, "a3efbfbd"},
		{`"\udc00"`, "a3efbfbd"},
		{`"\ud800\ud83d\ude00"`, "a7efbfbdf09f9880"},
		{`"\ud800\u0041"`, "a4efbfbd41"},
		{`"\ud800\n"`, "a4efbfbd0a"},
		{`"\ud800A"`, "a4efbfbd41"},
		{`"\ud800\ud800"`, "a6efbfbdefbfbd"},
		{"\"\xff\"", "a3efbfbd"},
		{"\"\xc3(\"", "a4efbfbd28"},
		{"\"a\xf0\x9f\x98b\"", "ab61efbfbdefbfbdefbfbd62"},
		{"\"\xed\xa0\x80\"", "a9efbfbdefbfbdefbfbd"},
		{"\"\x7f\"", "a17f"},
	} {
		t.Run(tt.json, func(t *testing.T) {
			if got := hex.EncodeToString(valueOf(t, tt.json)); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if got := hex.EncodeToString(valueOf(t, " \t\r\n"+tt.json+"                  ")); got != tt.want {
				t.Errorf("with white space: got %s, want %s", got, tt.want)
			}
		})
	}
}

// TestStringLengths covers every head a string can have, and what the words of
// which it is copied may do to what stands beside it.
func TestStringLengths(t *testing.T) {
	lengths := []int{254, 255, 256, 257, 65534, 65535, 65536, 65537}
	for n := range 80 {
		lengths = append(lengths, n)
	}
	for _, n := range lengths {
		for _, special := range []string{"", `\n`, "é", "\xff"} {
			for _, at := range []int{0, n / 2, n} {
				text := strings.Repeat("x", at) + special + strings.Repeat("y", n-at)
				want := strings.NewReplacer(`\n`, "\n", "\xff", "\ufffd").Replace(text)
				body := pageOf(fmt.Sprintf(`{"id":"%[1]s!","effective_at":1,"%[1]s":"%[1]s","type":"%[1]s","last":[]}`, text))
				page := decode(t, body)
				e := page.Events[0]
				if string(e.ID) != want+"!" || string(e.Type) != want {
					t.Fatalf("%d bytes and %q at %d: id %q, type %q", n, special, at, e.ID, e.Type)
				}
				got, rest, err := unpack(e.Body)
				if err != nil || len(rest) > 0 {
					t.Fatalf("%d bytes and %q at %d: %v, %d bytes follow", n, special, at, err, len(rest))
				}
				wantBody := object{{"id", want + "!"}, {"effective_at", int64(1)}, {want, want}, {"type", want}, {"last", []any{}}}
				if show(got) != show(wantBody) {
					t.Fatalf("%d bytes and %q at %d: got %s", n, special, at, show(got))
				}
			}
		}
	}
}

// TestHeads covers every head a container can have, and that an event's id, type
// and time are found behind a head that had to grow.
func TestHeads(t *testing.T) {
	for _, n := range []int{0, 1, 14, 15, 16, 17, 31, 32, 255, 256, 65535, 65536} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			members, wantMembers := make([]string, n), make(object, n)
			numbers, wantNumbers := make([]string, n), make([]any, n)
			for i := range n {
				numbers[i], wantNumbers[i] = fmt.Sprint(i), int64(i)
				members[i], wantMembers[i] = fmt.Sprintf(`"k%d":%d`, i, i), member{fmt.Sprintf("k%d", i), int64(i)}
			}
			array, inner := strings.Join(numbers, ","), strings.Join(members, ",")
			e := one(t, fmt.Sprintf(`{"id":"x","v":[[%s],{%s},[{%[2]s},[%[1]s]]],"type":"t","effective_at":5}`, array, inner))
			want := object{
				{"id", "x"},
				{"v", []any{wantNumbers, wantMembers, []any{wantMembers, wantNumbers}}},
				{"type", "t"},
				{"effective_at", int64(5)},
			}
			checkEvent(t, e, "x", "t", 5, want)

			if n == 0 {
				return
			}
			own := object{{"id", "x"}, {"type", "t"}, {"effective_at", int64(1760472653)}}
			e = one(t, `{"id":"x","type":"t","effective_at":1760472653,`+inner+`}`)
			checkEvent(t, e, "x", "t", 1760472653, append(own[:3:3], wantMembers...))
			e = one(t, `{`+inner+`,"id":"x","type":"t","effective_at":1760472653}`)
			checkEvent(t, e, "x", "t", 1760472653, append(wantMembers[:n:n], own...))
		})
	}
}

func checkEvent(t *testing.T, e *record.Event, id, kind string, at int64, want tree) {
	t.Helper()
	if string(e.ID) != id || string(e.Type) != kind || e.Time != at {
		t.Errorf("id %q, type %q, time %d, want %q, %q, %d", e.ID, e.Type, e.Time, id, kind, at)
	}
	got, rest, err := unpack(e.Body)
	if err != nil || len(rest) > 0 {
		t.Fatalf("the body is not one value: %v, %d bytes follow", err, len(rest))
	}
	if got, want := show(got), show(want); got != want {
		t.Errorf("the body is\n%.2000s\nwant\n%.2000s", got, want)
	}
}

func TestDepth(t *testing.T) {
	nested := func(n int, inner string) string {
		return strings.Repeat(`{"k":[`, n/2) + strings.Repeat("[", n%2) + inner + strings.Repeat("]", n%2) + strings.Repeat("]}", n/2)
	}
	// The event is one container, the record's array around it another.
	for n := range 64 {
		for _, inner := range []string{"", "1", `"a"`, "{}", " \n[1, {\"a\" :\t\"\xff\\n\"}] "} {
			if n%2 == 0 && n > 0 && inner == "" {
				continue // nothing would stand between [ and ]
			}
			if n == 0 && inner == "" {
				continue
			}
			text := nested(n, inner)
			e := one(t, `{"id":"x","effective_at":1,"v":`+text+`,"w":2}`)
			packed := record.AppendHead(nil, 1, 0, []byte{0x80})
			packed = append(packed, e.Body...)
			got, rest, err := unpack(packed)
			if err != nil || len(rest) > 0 {
				t.Fatalf("%d deep around %q: %v, %d bytes follow", n, inner, err, len(rest))
			}
			value := got.([]any)[1].(object)[2].value
			if show(value) != show(refValue(bytes.TrimSpace([]byte(text)), 2)) {
				t.Fatalf("%d deep around %q: got %s", n, inner, show(value))
			}
		}
	}
	t.Run("limit", func(t *testing.T) {
		// 28 arrays, the event and the record's array are 30.
		fits, deep := strings.Repeat("[", 28)+strings.Repeat("]", 28), strings.Repeat("[", 29)+strings.Repeat("]", 29)
		want := strings.Repeat("91", 27) + "90"
		if got := hex.EncodeToString(valueOf(t, fits)); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		want = strings.Repeat("91", 28) + "a2" + hex.EncodeToString([]byte("[]"))
		if got := hex.EncodeToString(valueOf(t, deep)); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
	t.Run("far too deep", func(t *testing.T) {
		// The envelope, its array and the event are three of the 10,000.
		for _, n := range []int{9996, 9997, 9998, 1_000_000} {
			for _, text := range []string{strings.Repeat("[", n) + strings.Repeat("]", n), strings.Repeat(`{"a":`, n) + "1" + strings.Repeat("}", n)} {
				page := decode(t, pageOf(elements[0], `{"id":"x","effective_at":7,"v":`+text+`}`, elements[0]))
				why := page.Events[1].Malformed
				if want := n > 9997; strings.Contains(why, "more than 10000 containers within one another") != want {
					t.Errorf("%d deep: malformed %q", n, why)
				}
				if e := page.Events[1]; string(e.ID) != "x" || e.Time != 7 || len(page.Events) != 3 {
					t.Errorf("%d deep: id %q, time %d, %d events", n, e.ID, e.Time, len(page.Events))
				}
			}
		}
	})
	t.Run("around the events", func(t *testing.T) {
		for _, n := range []int{9999, 10000} {
			_, err := new(record.Decoder).Decode([]byte(`{"data":[],"v":` + strings.Repeat("[", n) + strings.Repeat("]", n) + `}`))
			if got, want := fmt.Sprint(err), map[int]string{
				9999:  "<nil>",
				10000: "invalid page at byte 10014: more than 10000 containers within one another",
			}[n]; got != want {
				t.Errorf("%d deep: got error %s, want %s", n, got, want)
			}
		}
	})
}

// TestTime covers what effective_at may be.
func TestTime(t *testing.T) {
	const (
		noNumber = `"effective_at" is not a number`
		noTime   = `"effective_at" is not between 0 and 4294967295`
	)
	for _, tt := range []struct {
		value string
		want  int64
		why   string
	}{
		{"0", 0, ""},
		{"-0", 0, ""},
		{"1", 1, ""},
		{"65536", 65536, ""},
		{"1760472653", 1760472653, ""},
		{"4294967295", 4294967295, ""},
		{"4294967295.9", 4294967295, ""},
		{"4294967296", 0, noTime},
		{"9999999999", 0, noTime},
		{"18446744073709551616", 0, noTime},
		{"-1", 0, noTime},
		{"-0.5", 0, noTime},
		{"-0.0", 0, ""},
		{"0.9", 0, ""},
		{"1760472653.5", 1760472653, ""},
		{"1760472653.99999999999999999999", 1760472653, ""},
		{"1.7604726539e9", 1760472653, ""},
		{"17604726539E-1", 1760472653, ""},
		{"1e400", 0, noTime},
		{"1e-400", 0, ""},
		{`"1760472653"`, 0, noNumber},
		{"null", 0, noNumber},
		{"true", 0, noNumber},
		{"[1]", 0, noNumber},
		{`{"a":1}`, 0, noNumber},
	} {
		t.Run(tt.value, func(t *testing.T) {
			page := decode(t, pageOf(`{"id":"x","effective_at": `+tt.value+` }`))
			e := page.Events[0]
			if e.Time != tt.want || e.Malformed != tt.why {
				t.Errorf("got time %d, malformed %q, want %d, %q", e.Time, e.Malformed, tt.want, tt.why)
			}
			if string(e.ID) != "x" {
				t.Errorf("id %q", e.ID)
			}
		})
	}
}

func TestDuplicateKeys(t *testing.T) {
	e := one(t, `{"id":1,"type":"t","effective_at":null,"id":"a","effective_at":2,"id":"b","effective_at":3,"type":"u"}`)
	checkEvent(t, e, "b", "u", 3, object{
		{"id", int64(1)},
		{"type", "t"},
		{"effective_at", nil},
		{"id", "a"},
		{"effective_at", int64(2)},
		{"id", "b"},
		{"effective_at", int64(3)},
		{"type", "u"},
	})
	e = one(t, `{"id":"a","type":"t","type":5,"effective_at":2}`)
	if e.Type != nil {
		t.Errorf("the type is %q, want none", e.Type)
	}
	e = one(t, `{"id":"a","effective_at":2,"v":{"id":"inner","type":"inner","effective_at":9}}`)
	if string(e.ID) != "a" || e.Type != nil || e.Time != 2 {
		t.Errorf("keys of an inner object are taken for the event's: %q, %q, %d", e.ID, e.Type, e.Time)
	}
}

func TestEnvelope(t *testing.T) {
	const event = `{"id":"x","effective_at":1}`
	for _, tt := range []struct {
		name, body string
		events     int
		hasMore    bool
		first      string
		last       string
	}{
		{"as documented", pageOf(event, event), 2, true, "f", "l"},
		{"empty", `{"data":[]}`, 0, false, "", ""},
		{"white space", " \n{ \"data\" : [ \t" + event + " , " + event + " ] , \"has_more\" : false }\r\n", 2, false, "", ""},
		{"nulls", `{"data":[],"has_more":null,"first_id":null,"last_id":null}`, 0, false, "", ""},
		{"cursors of another kind", `{"data":[],"first_id":5,"last_id":{"a":"b"}}`, 0, false, "", ""},
		{"escaped cursors", `{"data":[],"first_id":"\u0061","last_id":"\n\ud800"}`, 0, false, "a", "\n\ufffd"},
		{"escaped keys", `{"d\u0061ta":[` + event + `],"has\u005fmore":true}`, 1, true, "", ""},
		{"keys after the data", `{"data":[],"object":"list","has_more":true,"last_id":"l"}`, 0, true, "", "l"},
		{"unknown keys", `{"a":{"data":null,"has_more":5},"b":[[],{},[{"c":[1]}]],"data":[],"":"","has_more":true,"DATA":1}`, 0, true, "", ""},
		{"keys twice", `{"has_more":true,"last_id":"a","data":[` + event + `],"has_more":false,"data":[` + event + `],"last_id":"b"}`, 2, false, "", "b"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			page := decode(t, tt.body)
			if len(page.Events) != tt.events || page.HasMore != tt.hasMore || page.FirstID != tt.first || page.LastID != tt.last || page.Documents != 1 {
				t.Errorf("got %d events, has_more %v, first_id %q, last_id %q, %d documents",
					len(page.Events), page.HasMore, page.FirstID, page.LastID, page.Documents)
			}
			for i, e := range page.Events {
				if string(e.ID) != "x" || e.Malformed != "" {
					t.Errorf("event %d: id %q, malformed %q", i, e.ID, e.Malformed)
				}
			}
		})
	}
}

// What is odd and harmless is said, and read.
func TestOddities(t *testing.T) {
	const event = `{"id":"x","effective_at":1}`
	for _, tt := range []struct {
		name, body  string
		events      int
		more, tells bool
		odd         record.Oddity
	}{
		{"as documented", pageOf(event), 1, true, true, 0},
		{"more false", `{"object":"list","data":[],"has_more":false}`, 0, false, true, 0},
		{"error null", `{"object":"list","data":[],"has_more":false,"error":null}`, 0, false, true, 0},
		{"data null", `{"object":"list","data":null,"first_id":null,"last_id":null,"has_more":false}`, 0, false, true, record.OddData},
		{"data null, and more", `{"data":null,"has_more":true}`, 0, true, true, record.OddData},
		{"data twice, once null", `{"data":[` + event + `],"data":null,"has_more":false}`, 1, false, true, record.OddData},
		{"no data in a list", `{"object":"list","has_more":false}`, 0, false, true, record.OddData},
		{"nothing but a list", `{"has_more":null,"object":"li\u0073t"}`, 0, false, false, record.OddData | record.OddMore},
		{"more null", `{"data":[` + event + `],"has_more":null}`, 1, false, false, record.OddMore},
		{"more missing", `{"data":[` + event + `]}`, 1, false, false, record.OddMore},
		{"more in words", `{"data":[],"has_more":"true"}`, 0, false, false, record.OddMore},
		{"more a number", `{"data":[],"has_more":1}`, 0, false, false, record.OddMore},
		{"more twice", `{"data":[],"has_more":null,"has_more":true}`, 0, true, true, 0},
		{"mark", "\ufeff" + pageOf(event), 1, true, true, record.OddMark},
		{"mark within white space", "\r\n\ufeff " + pageOf(event), 1, true, true, record.OddMark},
		{"marks before each document", "\ufeff" + pageOf(event) + "\n\ufeff" + pageOf(event), 2, true, true, record.OddMark},
		{"mark at the end of nothing", pageOf(event) + "\ufeff", 1, true, true, record.OddMark},
		{"error beside events", `{"data":[` + event + `],"has_more":false,"error":{"message":"x"}}`, 1, false, true, record.OddError},
		{"the last document tells", `{"data":[]}{"data":[],"has_more":true}`, 0, true, true, record.OddMore},
		{"the last document does not tell", `{"data":[],"has_more":true}{"data":[]}`, 0, false, false, record.OddMore},
	} {
		t.Run(tt.name, func(t *testing.T) {
			page := decode(t, tt.body)
			if len(page.Events) != tt.events || page.HasMore != tt.more || page.MoreUnknown == tt.tells || page.Odd != tt.odd {
				t.Errorf("got %d events, has_more %v, unknown %v, odd %b", len(page.Events), page.HasMore, page.MoreUnknown, page.Odd)
			}
			checkBody(t, new(record.Decoder), []byte(tt.body))
		})
	}
}

func TestConcatenated(t *testing.T) {
	doc := func(id, more string) string {
		return fmt.Sprintf(`{"data":[{"id":%q,"effective_at":1}],"first_id":"first-%[1]s","last_id":"last-%[1]s","has_more":%[2]s}`, id, more)
	}
	for _, between := range []string{"", "\n", "\r\n\r\n", " \t "} {
		page := decode(t, doc("a", "true")+between+doc("b", "true")+between+doc("c", "false")+between)
		if page.Documents != 3 || page.HasMore || page.FirstID != "first-a" || page.LastID != "last-c" {
			t.Errorf("between %q: %+v", between, page)
		}
		var ids []string
		for _, e := range page.Events {
			ids = append(ids, string(e.ID))
		}
		if got := strings.Join(ids, " "); got != "a b c" {
			t.Errorf("between %q: events %s", between, got)
		}
	}
	page := decode(t, doc("a", "false")+`{"data":[],"last_id":null,"has_more":true}`)
	if !page.HasMore || page.LastID != "" || len(page.Events) != 1 {
		t.Errorf("has_more and last_id are not the last document's: %+v", page)
	}
}

func TestSyntaxErrors(t *testing.T) {
	const event = `{"id":"x","effective_at":1}`
	for _, tt := range []struct{ name, body, want string }{
		{"empty", "", "invalid page at byte 0: the body is empty"},
		{"white space", " \r\n\t", "invalid page at byte 4: the body is empty"},
		{"HTML", "\n<!DOCTYPE html>", "invalid page at byte 1: the body looks like HTML or XML, not like JSON"},
		{"text", "upstream error", "invalid page at byte 0: expected a JSON object with a \"data\" array"},
		{"two byte order marks", "\ufeff\ufeff" + pageOf(event), "invalid page at byte 3: expected a JSON object with a \"data\" array"},
		{"byte order mark alone", "\ufeff", "invalid page at byte 3: the body is empty"},
		{"byte order mark in UTF-16", "\xff\xfe{\x00", "invalid page at byte 0: expected a JSON object with a \"data\" array"},
		{"null", "null", "invalid page at byte 0: expected a JSON object with a \"data\" array"},
		{"array", "[" + event + "]", "invalid page at byte 0: expected a JSON object with a \"data\" array"},
		{"NUL", "\x00", "invalid page at byte 0: expected a JSON object with a \"data\" array"},
		{"empty object", "{}", "invalid page at byte 0: the object has no \"data\" array"},
		{"error object", ` {"error":{"message":"secret"}}`, "invalid page at byte 1: the object has an \"error\" in place of events"},
		{"error beside null", `{"data":null,"error":{"message":"secret"}}`, "invalid page at byte 0: the object has an \"error\" in place of events"},
		{"error beside no event", `{"object":"list","error":"secret","data":[],"has_more":false}`, "invalid page at byte 0: the object has an \"error\" in place of events"},
		{"error in a list", `{"object":"list","error":{}}`, "invalid page at byte 0: the object has an \"error\" in place of events"},
		{"error in the second document", pageOf(event) + `{"object":"list","error":{}}`, "invalid page at byte 99: the object has an \"error\" in place of events"},
		{"no data in another object", `{"object":"error","has_more":false}`, "invalid page at byte 0: the object has no \"data\" array"},
		{"data string", `{"object":"list","data":"x"}`, "invalid page at byte 24: \"data\" is not an array"},
		{"data false", `{"data":false}`, "invalid page at byte 8: \"data\" is not an array"},
		{"data object", `{"data":{}}`, "invalid page at byte 8: \"data\" is not an array"},
		{"data misspelled", `{"data":nul}`, "invalid page at byte 11: invalid literal"},
		{"has_more misspelled", `{"data":[],"has_more":tru}`, "invalid page at byte 25: invalid literal"},
		{"no key", `{"data":[],}`, "invalid page at byte 11: expected an object key"},
		{"bare key", `{data:[]}`, "invalid page at byte 1: expected an object key"},
		{"no colon", `{"data"[]}`, "invalid page at byte 7: expected ':' after an object key"},
		{"no value", `{"data":[],"a":}`, "invalid page at byte 15: expected a value"},
		{"no comma", `{"data":[]"a":1}`, "invalid page at byte 10: expected ',' or '}' after an object member"},
		{"leading comma", `{"data":[,` + event + `]}`, "invalid page at byte 9: expected a value"},
		{"trailing comma", `{"data":[` + event + `,]}`, "invalid page at byte 37: expected a value"},
		{"braces do not match", `{"data":[{"id":"x"]}`, "invalid page at byte 18: expected ',' or '}' after an object member"},
		{"array closed by a brace", `{"data":[` + event + `}}`, "invalid page at byte 36: expected ',' or ']' after an element of \"data\""},
		{"something follows", pageOf(event) + "x", "invalid page at byte 99: expected a JSON object with a \"data\" array"},
		{"NUL follows", pageOf(event) + "\x00", "invalid page at byte 99: expected a JSON object with a \"data\" array"},
		{"a comma follows", pageOf(event) + "," + pageOf(event), "invalid page at byte 99: expected a JSON object with a \"data\" array"},
		{"something else follows", pageOf(event) + `{"error":"x"}`, "invalid page at byte 99: the object has an \"error\" in place of events"},
		{"cut in a string", `{"data":[{"id":"x`, "invalid page at byte 17: the body ends in the middle"},
		{"cut in an escape", `{"data":[{"id":"\u00`, "invalid page at byte 20: the body ends in the middle"},
		{"cut after an escape", `{"data":[{"id":"\`, "invalid page at byte 17: the body ends in the middle"},
		{"cut in a number", `{"data":[{"effective_at":-`, "invalid page at byte 26: the body ends in the middle"},
		{"cut after a number", `{"data":[{"effective_at":1`, "invalid page at byte 26: the body ends in the middle"},
		{"cut in a literal", `{"data":[{"a":nul`, "invalid page at byte 17: the body ends in the middle"},
		{"cut between elements", `{"data":[` + event + `,`, "invalid page at byte 37: the body ends in the middle"},
		{"cut after the data", `{"data":[` + event + `]`, "invalid page at byte 37: the body ends in the middle"},
		{"unknown key: control character", "{\"data\":[],\"a\":\"b\x01\"}", "invalid page at byte 17: unescaped control character in a string"},
		{"unknown key: bad escape", `{"data":[],"a":["\x"]}`, "invalid page at byte 18: invalid escape in a string"},
		{"unknown key: bad hexadecimal", `{"data":[],"a":["\u12g4"]}`, "invalid page at byte 21: invalid escape in a string"},
		{"unknown key: bad number", `{"data":[],"a":[01]}`, "invalid page at byte 17: expected ',' or ']' after an array element"},
		{"unknown key: no digits", `{"data":[],"a":[1.]}`, "invalid page at byte 18: invalid number"},
		{"unknown key: no exponent", `{"data":[],"a":{"b":1e+}}`, "invalid page at byte 23: invalid number"},
		{"unknown key: minus", `{"data":[],"a":-}`, "invalid page at byte 16: invalid number"},
		{"unknown key: literal", `{"data":[],"a":nil}`, "invalid page at byte 16: invalid literal"},
		{"unknown key: no key", `{"data":[],"a":{"b":1,}}`, "invalid page at byte 22: expected an object key"},
		{"unknown key: no colon", `{"data":[],"a":{"b"}}`, "invalid page at byte 19: expected ':' after an object key"},
		{"unknown key: no value", `{"data":[],"a":[1,]}`, "invalid page at byte 18: expected a value"},
		{"unknown key: cut", `{"data":[],"a":[{"b":"c`, "invalid page at byte 23: the body ends in the middle"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			page, err := new(record.Decoder).Decode([]byte(tt.body))
			var syntax *record.SyntaxError
			if !errors.As(err, &syntax) || page != nil {
				t.Fatalf("got page %v, error %v, want a SyntaxError", page, err)
			}
			if err.Error() != tt.want {
				t.Errorf("got  %s\nwant %s", err, tt.want)
			}
		})
	}
}

func TestTooManyElements(t *testing.T) {
	body := func(n int) []byte {
		return []byte(`{"data":[` + strings.TrimSuffix(strings.Repeat("1,", n), ",") + `]}`)
	}
	var d record.Decoder
	if page, err := d.Decode(body(record.MaxElements)); err != nil || len(page.Events) != record.MaxElements {
		t.Errorf("the most elements: %v", err)
	}
	_, err := d.Decode(body(record.MaxElements + 1))
	if want := "invalid page at byte 131081: the body has too many elements"; fmt.Sprint(err) != want {
		t.Errorf("one more: got error %v, want %s", err, want)
	}
}

// TestLivePage compares a page as the API sends it with what encoding/json reads
// in it.
func TestLivePage(t *testing.T) {
	body := livePage(t)
	checkBody(t, new(record.Decoder), body)
	page := decode(t, string(body))
	if len(page.Events) != 100 || page.Events[0].Time != 1760472653 || string(page.Events[0].Type) != "login.succeeded" {
		t.Errorf("%d events, the first at %d, %q", len(page.Events), page.Events[0].Time, page.Events[0].Type)
	}
	for i, e := range page.Events {
		if e.Malformed != "" {
			t.Errorf("event %d: malformed %q", i, e.Malformed)
		}
	}
}

// TestPrefixes cuts pages off at every byte.
func TestPrefixes(t *testing.T) {
	live := livePage(t)
	end := bytes.Index(live, []byte("},\n"))
	if end < 0 {
		t.Fatal("the live page is not one event a line")
	}
	var d record.Decoder
	for _, body := range []string{
		pageOf(elements[:8]...),
		pageOf(elements[1], "1", "null", `"x"`, "[]", "{}"),
		pageOf(`{"id":"x","effective_at":1,}`, `{"id":"x" 1}`, "nul", elements[0]),
		`{"has_more":false,"last_id":"l","data":[1,2.5e3]}`,
		string(live[:end+1]) + `],"has_more":false}`,
	} {
		if _, err := d.Decode([]byte(body)); err != nil {
			t.Fatalf("%q: %v", body, err)
		}
		for i := range body {
			page, err := d.Decode([]byte(body[:i]))
			if err == nil {
				t.Errorf("%q, cut at %d, is accepted with %d events", body[:i], i, len(page.Events))
			}
		}
	}
	step := 7
	if testing.Short() {
		step = 101
	}
	for i := 0; i < len(bytes.TrimSpace(live)); i += step {
		if _, err := d.Decode(live[:i:i]); err == nil {
			t.Errorf("the live page, cut at %d, is accepted", i)
		}
	}
}

// TestEveryByte puts every byte into every place where the grammar decides.
func TestEveryByte(t *testing.T) {
	var d record.Decoder
	for _, around := range []string{
		"@", "1@", "-@", "0@", "12@3", "1.@", "1.5@", "1e@", "1e+@", "1E5@", "t@ue", "nul@", "true@", "@false",
		`"@"`, `"ab@"`, `"\@"`, `"\u@000"`, `"\u0@00"`, `"\u00@0"`, `"\u000@"`, `"\ud83d@ude00"`, `"\ud83d\@de00"`, `"\ud83d\ude0@"`,
		`"\ud83d\u@e00"`, `"\ud83d\ud@00"`, `"a"@`, `"0123456789012345678901234567@9012345678901234567890"`,
		`[@]`, `[1@]`, `[1@2]`, `[1,@]`, `[@1]`, `{@}`, `{@"a":1}`, `{"a"@1}`, `{"a"@:1}`, `{"a":@}`, `{"a":@1}`, `{"a":1@}`, `{"a":1@"b":2}`, `{"a":1,@}`, `{"a@":1}`,
	} {
		for c := range 256 {
			text := strings.ReplaceAll(around, "@", string([]byte{byte(c)}))
			for _, body := range []string{
				pageOf(`{"id":"x","effective_at":1,"v":` + text + `}`),
				pageOf(`{"id":"x","effective_at":` + text + `}`),
				pageOf(text, elements[0]),
				`{"v":` + text + `,"data":[]}`,
				text + pageOf(),
			} {
				checkBody(t, &d, []byte(body))
			}
		}
	}
}

// TestMutants changes pages a little and compares with encoding/json.
func TestMutants(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	whole := []byte(pageOf(elements[:8]...))
	const alphabet = "{}[]\",:\\/ \n\tu0123456789abcdefnrtlE+-.\x00\x1f\x7f\x80\xc3\xe2\xf0\xff"
	n := 5_000
	if testing.Short() {
		n = 1_000
	}
	var d record.Decoder
	for range n {
		body := bytes.Clone(whole)
		for range 1 + rng.IntN(3) {
			at := rng.IntN(len(body))
			switch c := alphabet[rng.IntN(len(alphabet))]; rng.IntN(4) {
			case 0:
				body[at] = c
			case 1:
				body = append(body[:at], append([]byte{c}, body[at:]...)...)
			case 2:
				body = append(body[:at], body[at+1:]...)
			default: // two pieces change places
				to := min(len(body), at+rng.IntN(12))
				from := rng.IntN(at + 1)
				piece := bytes.Clone(body[at:to])
				body = append(body[:at], body[to:]...)
				body = append(body[:from], append(piece, body[from:]...)...)
			}
			if len(body) == 0 {
				break
			}
		}
		checkBody(t, &d, body)
	}
}

// TestRandomValues compares events made at random with what encoding/json reads
// in them.
func TestRandomValues(t *testing.T) {
	g := generator{rand.New(rand.NewPCG(3, 4))}
	n := 5_000
	if testing.Short() {
		n = 500
	}
	var d record.Decoder
	for range n {
		var b strings.Builder
		g.space(&b)
		b.WriteString(`{"id":"x","effective_at":1,"v":`)
		g.value(&b, 0)
		b.WriteString(`}`)
		g.space(&b)
		checkBody(t, &d, []byte(pageOf(b.String(), b.String())))
	}
}

type generator struct{ *rand.Rand }

func (g generator) one(of ...string) string { return of[g.IntN(len(of))] }

func (g generator) space(b *strings.Builder) {
	if g.IntN(4) == 0 {
		b.WriteString(g.one(" ", "\n", "\r\n\t", "         ", "\n                    "))
	}
}

func (g generator) value(b *strings.Builder, depth int) {
	g.space(b)
	defer g.space(b)
	kind := g.IntN(8)
	if depth > 36 {
		kind = g.IntN(5)
	}
	switch kind {
	case 0:
		b.WriteString(g.one("null", "true", "false"))
	case 1, 2:
		fmt.Fprintf(b, "%s%d%s%s", g.one("", "-"), g.Uint64()>>g.IntN(64), g.one("", "", "0", "123456789", ".5", ".000"), g.one("", "", "", "e3", "E-7", "e+300"))
	case 3, 4:
		g.string(b)
	case 5, 6:
		n := g.IntN(4)
		if g.IntN(30) == 0 {
			n = g.IntN(40)
		}
		b.WriteByte('{')
		for i := range n {
			if i > 0 {
				b.WriteByte(',')
			}
			g.space(b)
			g.string(b)
			g.space(b)
			b.WriteByte(':')
			g.value(b, depth+1)
		}
		b.WriteByte('}')
	default:
		n := 1 + g.IntN(2)
		b.WriteByte('[')
		for i := range n {
			if i > 0 {
				b.WriteByte(',')
			}
			g.value(b, depth+1)
		}
		b.WriteByte(']')
	}
}

func (g generator) string(b *strings.Builder) {
	b.WriteByte('"')
	for range g.IntN(6) {
		switch g.IntN(6) {
		case 0:
			b.WriteString(g.one(`\n`, `\"`, `\\`, `\/`, `\u0041`, `\u20AC`, `\ud83d\ude00`, `\ud83d`, `\ude00`))
		case 1:
			b.WriteString(g.one("é", "€", "😀", "\u2028", "\x7f", "\xff", "\xc3", "\xf0\x9f\x98", "\xed\xa0\x80"))
		default:
			b.WriteString(strings.Repeat(g.one("x", "ab", " "), g.IntN(30)))
		}
	}
	b.WriteByte('"')
}

// TestReuse checks that what a page before has left does not show, and that a
// page before keeps nothing of the body.
func TestReuse(t *testing.T) {
	var d record.Decoder
	body := livePage(t)
	want := decode(t, string(body))
	for _, other := range []string{"", pageOf(elements...), "{", string(body), strings.Repeat(pageOf(elements...), 3)} {
		_, _ = d.Decode([]byte(other))
		scratch := bytes.Clone(body)
		got, err := d.Decode(scratch)
		if err != nil {
			t.Fatal(err)
		}
		clear(scratch)
		if len(got.Events) != len(want.Events) || got.LastID != want.LastID {
			t.Fatalf("after %.40q: %d events", other, len(got.Events))
		}
		for i := range got.Events {
			got, want := got.Events[i], want.Events[i]
			if !bytes.Equal(got.Body, want.Body) || !bytes.Equal(got.ID, want.ID) || !bytes.Equal(got.Type, want.Type) || got.Time != want.Time {
				t.Fatalf("after %.40q: event %d differs", other, i)
			}
		}
	}
}

// TestGrowth has the buffer run out at every point: it must look the same as in
// one that was large enough from the start.
func TestGrowth(t *testing.T) {
	var roomy record.Decoder
	if _, err := roomy.Decode([]byte(pageOf(`"` + strings.Repeat("x", 1<<16) + `"`))); err != nil {
		t.Fatal(err)
	}
	wide := `{"id":"x","effective_at":1,"v":[` + strings.Repeat(`[{}],`, 20) + `{` + strings.Repeat(`"k":0,`, 20) + `"k":{}}]}`
	for _, tail := range append([]string{wide}, elements...) {
		for pad := range 6 {
			for n := range 60 {
				// A float is four bytes here and nine there: the msgpack gets longer
				// than the text that the first guess at its length is made from.
				floats := `{"id":"x","effective_at":1,"v":[` + strings.Repeat("1.5,", n) + `"` + strings.Repeat("x", pad) + `"]}`
				body := []byte(pageOf(floats, tail, floats, tail))
				got, err := new(record.Decoder).Decode(body)
				if err != nil {
					t.Fatal(err)
				}
				want, err := roomy.Decode(body)
				if err != nil {
					t.Fatal(err)
				}
				for i := range want.Events {
					got, want := got.Events[i], want.Events[i]
					if !bytes.Equal(got.Body, want.Body) || !bytes.Equal(got.ID, want.ID) || !bytes.Equal(got.Type, want.Type) || got.Time != want.Time {
						t.Fatalf("%d floats, %d bytes, then %s: event %d differs", n, pad, tail, i)
					}
				}
			}
		}
	}
}

// TestBodiesAreApart checks that appending to what one event holds does not
// reach the next.
func TestBodiesAreApart(t *testing.T) {
	page := decode(t, pageOf(elements...))
	for i, e := range page.Events {
		for _, b := range [][]byte{e.ID, e.Type, e.Body} {
			if cap(b) != len(b) {
				t.Errorf("event %d: a slice of %d bytes has capacity %d", i, len(b), cap(b))
			}
		}
	}
}

func TestAllocations(t *testing.T) {
	var d record.Decoder
	body := livePage(t)
	got := testing.AllocsPerRun(100, func() {
		if _, err := d.Decode(body); err != nil {
			t.Fatal(err)
		}
	})
	if got > 2 { // first_id and last_id
		t.Errorf("%v allocations a page, want 2", got)
	}
}

func TestHeldMemory(t *testing.T) {
	for _, tt := range []struct {
		name, body string
		held       func(*record.Decoder) int
		most       int
	}{
		{"msgpack", pageOf(`{"id":"x","effective_at":1,"v":"` + strings.Repeat("x", 4<<20) + `"}`), (*record.Decoder).HeldBytes, record.KeepBuffer},
		{"events", pageOf(strings.Repeat("1,", 5000) + "1"), (*record.Decoder).HeldEvents, record.KeepEvents},
		{"nesting", pageOf(`{"v":` + strings.Repeat("[", 1<<20) + strings.Repeat("]", 1<<20) + `}`), (*record.Decoder).HeldNesting, 16384},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var d record.Decoder
			for i, body := range []string{tt.body, pageOf(elements[0])} {
				if _, err := d.Decode([]byte(body)); err != nil {
					t.Fatal(err)
				}
				if held := tt.held(&d); (held <= tt.most) != (i == 1) {
					t.Errorf("after body %d: %d are held, the most to be kept is %d", i, held, tt.most)
				}
			}
		})
	}
}
