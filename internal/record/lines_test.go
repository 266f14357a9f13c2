package record_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"fluent-bit-openai-audit/internal/record"
)

// readLines reads a whole text in pieces of at most size bytes, which grow where a value needs it, and calls f for each
// record.
func readLines(t *testing.T, text []byte, size int, f func(*record.Event)) {
	t.Helper()
	var d record.Decoder
	at, room := 0, size
	for at < len(text) {
		part := text[at:min(len(text), at+room)]
		more := at+len(part) < len(text)
		page, used := d.Lines(part, more)
		for i := range page.Events {
			f(&page.Events[i])
		}
		if used == 0 && !more {
			t.Fatalf("nothing was read of %q", part)
		}
		at += used
		if room = size; used == 0 {
			room = 2 * len(part)
		}
	}
}

// told is what a test compares of a record.
func told(t *testing.T, e *record.Event) string {
	t.Helper()
	text, err := record.AppendValueJSON(nil, e.Body)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%s|%s|%d.%09d|%v|%s", e.ID, e.Type, e.Time, e.Nano, e.Untimed, text)
}

func TestLines(t *testing.T) {
	t.Parallel()
	const a = `{"event_id":"a","type":"AUDIT_LOG","timestamp":"2026-11-20T08:02:51Z","n":1}`
	const b = `{"event_id":"b","type":"AUTH_LOG","timestamp":"2026-11-20T10:02:51.000250+02:00","deep":{"timestamp":"x"}}`
	toldA := "a|AUDIT_LOG|1795161771.000000000|false|" + a
	toldB := "b|AUTH_LOG|1795161771.000250000|false|" + b
	malformed := func(text, why string) string {
		quoted, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		return `||0.000000000|true|{"_malformed":` + string(quoted) + `,"_error":"` + why + `"}`
	}
	for name, tt := range map[string]struct {
		text string
		want []string
	}{
		"nothing":              {"", nil},
		"white space":          {" \n\r\n\t", nil},
		"lines":                {a + "\n" + b + "\n", []string{toldA, toldB}},
		"no last newline":      {a + "\n" + b, []string{toldA, toldB}},
		"nothing in between":   {a + b + a, []string{toldA, toldB, toldA}},
		"carriage returns":     {a + "\r\n" + b + "\r\n", []string{toldA, toldB}},
		"a mark":               {"\ufeff" + a, []string{toldA}},
		"over several lines":   {strings.ReplaceAll(a, ",", ",\n") + "\n" + b, []string{toldA, toldB}},
		"no id, no time":       {`{"x":[]}` + "\n" + a, []string{`||0.000000000|true|{"x":[]}`, toldA}},
		"odd id and time":      {`{"event_id":7,"timestamp":"yesterday"}`, []string{`||0.000000000|true|{"event_id":7,"timestamp":"yesterday"}`}},
		"time before 1970":     {`{"timestamp":"1969-12-31T23:59:59Z"}`, []string{`||0.000000000|true|{"timestamp":"1969-12-31T23:59:59Z"}`}},
		"no objects":           {"12\n[1]\n\"x\"\nnull", []string{malformed("12", "not a JSON object"), malformed("[1]", "not a JSON object"), malformed(`"x"`, "not a JSON object"), malformed("null", "not a JSON object")}},
		"a line cut":           {`{"event_id":"x` + "\n" + a, []string{malformed(`{"event_id":"x`, "invalid JSON: unescaped control character in a string"), toldA}},
		"cut between":          {`{"x":1,` + "\n" + a, []string{malformed(`{"x":1,`, "invalid JSON: expected an object key"), toldA}},
		"cut at the end":       {a + "\n" + `{"x":1`, []string{toldA, malformed(`{"x":1`, "invalid JSON: the body ends in the middle")}},
		"broken in a row":      {`{"x":tru}` + a, []string{malformed(`{"x":tru}`, "invalid JSON: invalid literal"), toldA}},
		"text behind":          {a + " oops\n" + b, []string{toldA, malformed("oops", "invalid JSON: expected a value"), toldB}},
		"brackets that do not": {`{"x":}]` + "\n" + a, []string{malformed(`{"x":}]`, "invalid JSON: expected a value"), toldA}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, size := range []int{1, 7, 64, 1 << 20} {
				var got []string
				readLines(t, []byte(tt.text), size, func(e *record.Event) { got = append(got, told(t, e)) })
				if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", tt.want) {
					t.Errorf("in pieces of %d bytes\ngot  %q\nwant %q", size, got, tt.want)
				}
			}
		})
	}
}

// TestLinesBound has more values in a text than one call returns.
func TestLinesBound(t *testing.T) {
	t.Parallel()
	n := 0
	readLines(t, bytes.Repeat([]byte("{}"), 5000), 1<<20, func(*record.Event) { n++ })
	if n != 5000 {
		t.Errorf("%d records, want 5000", n)
	}
}

// FuzzLines holds what Lines makes of a text to what encoding/json makes of it as long as that understands it, and reading
// it in pieces to reading it at once.
func FuzzLines(f *testing.F) {
	for _, seed := range []string{
		`{"event_id":"a","timestamp":"2026-11-20T08:02:51Z"}` + "\n{}", "{}{}[1]2 3", `{"a":"\ud800"}`, "{\"a\":tru}{}\n\ufeff{}", `{"a":[`,
	} {
		f.Add([]byte(seed), uint8(3))
	}
	f.Fuzz(func(t *testing.T, text []byte, size uint8) {
		var whole, pieces []string
		at := 0
		readLines(t, text, len(text)+1, func(e *record.Event) {
			whole = append(whole, told(t, e))
			i := bytes.Index(text[at:], e.Text)
			if i < 0 || len(bytes.Trim(text[at:at+i], " \t\r\n\xef\xbb\xbf")) > 0 {
				t.Fatalf("between %d and %q something was left out of %q", at, e.Text, text)
			}
			at += i + len(e.Text)
		})
		if rest := bytes.Trim(text[at:], " \t\r\n\xef\xbb\xbf"); len(rest) > 0 {
			t.Fatalf("%q was left out", rest)
		}
		readLines(t, text, 1+int(size), func(e *record.Event) { pieces = append(pieces, told(t, e)) })
		if fmt.Sprint(whole) != fmt.Sprint(pieces) {
			t.Fatalf("%q: at once %q, in pieces of %d %q", text, whole, 1+int(size), pieces)
		}
		dec := json.NewDecoder(bytes.NewReader(text))
		for i := 0; ; i++ {
			var v json.RawMessage
			err := dec.Decode(&v)
			if err == io.EOF && i < len(whole) {
				t.Fatalf("%q has %d values, not %d", text, i, len(whole))
			}
			if err != nil {
				return
			}
			if i >= len(whole) || strings.Contains(whole[i], `"_error":"invalid JSON`) {
				t.Fatalf("%q: value %d is %q, and was not read", text, i, v)
			}
		}
	})
}
