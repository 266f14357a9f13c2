package record_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"fluent-bit-openai-audit/internal/record"
)

func TestAppendHead(t *testing.T) {
	for _, tt := range []struct {
		name      string
		sec, nsec uint32
		metadata  record.Metadata
		want      string
	}{
		{"nothing known", 0, 0, record.Metadata{}, "9292" + "d700" + "00000000" + "00000000" + "80"},
		{"stream", 1760472653, 999999999, record.Metadata{Stream: "tenant"}, "9292" + "d700" + "68eeae4d" + "3b9ac9ff" + "81" + "a673747265616d" + "a674656e616e74"},
		{
			"all", 4294967295, 1,
			record.Metadata{Stream: "organization", Organization: "org-1", Late: true},
			"9292" + "d700" + "ffffffff" + "00000001" + "83" + "a673747265616d" + "ac6f7267616e697a6174696f6e" + "ac6f7267616e697a6174696f6e" + "a56f72672d31" + "a46c617465" + "c3",
		},
		{"not UTF-8", 0, 0, record.Metadata{Organization: "\xffé"}, "9292" + "d700" + "00000000" + "00000000" + "81" + "ac6f7267616e697a6174696f6e" + "a5efbfbdc3a9"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := record.AppendHead([]byte("before"), tt.sec, tt.nsec, record.AppendMetadata(nil, tt.metadata))
			if want := hex.EncodeToString([]byte("before")) + tt.want; hex.EncodeToString(got) != want {
				t.Errorf("got  %x\nwant %s", got, want)
			}
		})
	}
	long := strings.Repeat("x", 70000)
	got, rest, err := unpack(record.AppendMetadata(nil, record.Metadata{Stream: long, Organization: long[:300]}))
	if err != nil || len(rest) > 0 || show(got) != show(object{{"stream", long}, {"organization", long[:300]}}) {
		t.Errorf("long names: %v, %d bytes follow", err, len(rest))
	}
}

// lines returns the events of a page as AppendJSON writes them.
func lines(t *testing.T, page *record.Page) []string {
	t.Helper()
	var lines []string
	for _, e := range page.Events {
		packed := append(record.AppendHead(nil, uint32(e.Time), 0, record.AppendMetadata(nil, record.Metadata{Stream: "s", Late: true})), e.Body...)
		line, rest, err := record.AppendJSON([]byte("before"), append(packed, "after"...))
		if string(rest) != "after" || err != nil {
			t.Fatalf("AppendJSON(%x): %q follows, %v", packed, rest, err)
		}
		text, ok := strings.CutPrefix(string(line), "before")
		if !ok || strings.Contains(text, "\n") || !json.Valid([]byte(text)) {
			t.Fatalf("AppendJSON(%x) is %q", packed, line)
		}
		lines = append(lines, text)
	}
	return lines
}

func TestAppendJSON(t *testing.T) {
	for _, tt := range []struct{ value, want string }{
		{`{"b":1,"a":{"":[]},"b":{}}`, ""},
		{`[null,true,false]`, ""},
		{`[0,1,127,128,255,256,65535,65536,4294967295,4294967296,9223372036854775807,9223372036854775808,18446744073709551615]`, ""},
		{`[-1,-32,-33,-128,-129,-32768,-32769,-2147483648,-2147483649,-9223372036854775808]`, ""},
		{`18446744073709551616`, `"18446744073709551616"`},
		{`1e400`, `"1e400"`},
		{`-0`, `0`},
		{`[0.0,-0.0,1.0,1.5,1e5,-1e20]`, `[0.0,-0.0,1.0,1.5,100000.0,-100000000000000000000.0]`},
		{`[1e21,1e-7,123456789.125,5e-324]`, `[1e+21,1e-07,123456789.125,5e-324]`},
		{`"\"\\\/\b\f\n\r\t\u0000\u001f"`, `"\"\\/\u0008\u000c\n\r\t\u0000\u001f"`},
		{`"\u007f\u0080\u009b\u00a0é€😀\u2028<>&"`, `"` + "\x7f" + `\u0080\u009b` + "\u00a0é€😀\u2028" + `<>&"`},
		{`"` + strings.Repeat("x", 300) + `"`, ""},
		{`["` + strings.Repeat("x", 70000) + `",[` + strings.Repeat("1,", 20) + `1],[` + strings.Repeat("1,", 70000) + `1]]`, ""},
		{`{` + strings.Repeat(`"k":{},`, 20) + `"l":[]}`, ""},
		{`{` + strings.Repeat(`"k":{},`, 70000) + `"l":[]}`, ""},
		{`{"` + strings.Repeat("k", 40) + `":1,"` + strings.Repeat("l", 300) + `":2,"` + strings.Repeat("m", 70000) + `":3}`, ""},
		{strings.Repeat("[", 28) + strings.Repeat("]", 28), ""},
		{strings.Repeat("[", 29) + strings.Repeat("]", 29), strings.Repeat("[", 28) + `"[]"` + strings.Repeat("]", 28)},
	} {
		if tt.want == "" {
			tt.want = tt.value
		}
		got := lines(t, decode(t, pageOf(`{"id":"x","effective_at":1,"v":`+tt.value+`}`)))[0]
		if want := `{"id":"x","effective_at":1,"v":` + tt.want + `}`; got != want {
			t.Errorf("%.200s: got %.300s", tt.value, got)
		}
	}
}

// TestAppendJSONRoundTrip checks that a line, decoded, is the same record again.
func TestAppendJSONRoundTrip(t *testing.T) {
	page := decode(t, string(livePage(t)))
	want := make([][]byte, len(page.Events))
	for i, e := range page.Events {
		want[i] = bytes.Clone(e.Body)
	}
	again := decode(t, pageOf(lines(t, page)...))
	for i, e := range again.Events {
		if !bytes.Equal(e.Body, want[i]) {
			t.Errorf("event %d differs", i)
		}
	}
}

func TestAppendJSONErrors(t *testing.T) {
	const head = "9292" + "d700" + "00000001" + "00000000" + "80"
	deep := func(n int) string { return head + strings.Repeat("81a16b", n) + "c0" }
	for _, tt := range []struct{ name, record, want string }{
		{"empty", "", "the record ends in the middle"},
		{"head cut", "9292d700000000", "the record ends in the middle"},
		{"no metadata", "9292d7000000000100000000", "the record ends in the middle"},
		{"no body", head, "the record ends in the middle"},
		{"body cut", head + "81a161", "the record ends in the middle"},
		{"string cut", head + "81a161d905aa", "the record ends in the middle"},
		{"a length beyond all", head + "81a161dbffffffff", "the record ends in the middle"},
		{"a count beyond all", head + "dfffffffff", "the record ends in the middle"},
		{"number cut", head + "81a161cf0000", "the record ends in the middle"},
		{"old record", "92ce00000001" + "80" + "000000000000", "not a record of the form [[time, metadata], body]"},
		{"metadata is a string", "9292d7000000000100000000a161" + "80", "not a record of the form [[time, metadata], body]"},
		{"body is an array", head + "90", "not a record of the form [[time, metadata], body]"},
		{"key is a number", head + "810101", "a map key that is not a string"},
		{"binary", head + "81a161c40100", "a value of a type that has no place in JSON"},
		{"extension", head + "81a161d40000", "a value of a type that has no place in JSON"},
		{"float32", head + "81a161ca00000000", "a value of a type that has no place in JSON"},
		{"not a number", head + "81a161cb7ff8000000000001", "a value of a type that has no place in JSON"},
		{"infinite", head + "81a161cbfff0000000000000", "a value of a type that has no place in JSON"},
		{"29 deep", deep(29), ""},
		{"30 deep", deep(30), "too many containers within one another"},
		{"30 deep in arrays", head + "81a16b" + strings.Repeat("91", 29) + "c0", "too many containers within one another"},
		{"very deep", deep(1_000_000), "too many containers within one another"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			packed, err := hex.DecodeString(tt.record)
			if err != nil {
				t.Fatal(err)
			}
			got, rest, err := record.AppendJSON([]byte("before"), packed)
			if tt.want == "" {
				if len(rest) != 0 || err != nil {
					t.Errorf("%x follows, error %v", rest, err)
				}
				return
			}
			if want := "write record as JSON: " + tt.want; fmt.Sprint(err) != want {
				t.Errorf("got error %v, want %s", err, want)
			}
			if string(got) != "before" || !bytes.Equal(rest, packed) {
				t.Errorf("dst is %q at an error, and %x follows", got, rest)
			}
		})
	}
}

// FuzzAppendJSON checks that what AppendJSON writes of any bytes is JSON, and is
// what those bytes hold.
func FuzzAppendJSON(f *testing.F) {
	var d record.Decoder
	page, err := d.Decode([]byte(pageOf(elements...)))
	if err != nil {
		f.Fatal(err)
	}
	for _, e := range page.Events {
		f.Add(append(record.AppendHead(nil, 1, 2, []byte{0x80}), e.Body...))
	}
	f.Fuzz(func(t *testing.T, packed []byte) {
		line, after, err := record.AppendJSON(nil, packed)
		if err != nil {
			return
		}
		if !json.Valid(line) {
			t.Fatalf("AppendJSON(%x) is %q", packed, line)
		}
		got, rest, err := unpack(packed)
		if err != nil {
			return // it takes bytes for text that are not UTF-8
		}
		if want := got.([]any)[1]; !bytes.Equal(after, rest) || show(refValue(line, 1)) != show(want) {
			t.Fatalf("AppendJSON(%x) is %q before %x, want %s before %x", packed, line, after, show(want), rest)
		}
	})
}
