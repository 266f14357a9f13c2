package reconcile_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"fluent-bit-openai-audit/internal/reconcile"
)

// read returns the ids of an export as line:id.
func read(text, path string) (ids []string, err error) {
	err = reconcile.ReadExport(strings.NewReader(text), path, func(id []byte, line int64) error {
		ids = append(ids, fmt.Sprintf("%d:%s", line, id))
		return nil
	})
	return ids, err
}

func zipped(text string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		panic(err)
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return b.String()
}

func TestReadExport(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 3<<20) // more than is read at a time
	for name, tt := range map[string]struct {
		text, path string
		want       []string
	}{
		"nothing":                {"", "id", nil},
		"ids":                    {"a\nb\n", "id", []string{"1:a", "2:b"}},
		"without an end":         {"a\nb", "id", []string{"1:a", "2:b"}},
		"empty lines, CRLF":      {"\r\na\r\n\r\n  b\t\r\n", "id", []string{"2:a", "4:b"}},
		"a byte order mark":      {"\ufeffa\n", "id", []string{"1:a"}},
		"in quotation marks":     {"\"a b\"\n\"\\u00e9\"\n", "id", []string{"1:a b", "2:é"}},
		"objects":                {`{"x":1,"id":"a"}` + "\n" + `{"id":"b"}` + "\nc\n", "id", []string{"1:a", "2:b", "3:c"}},
		"a path":                 {`{"_source":{"event":{"id":"a"}}}`, "_source.event.id", []string{"1:a"}},
		"dots in keys":           {`{"event.id":"a"}`, "event.id", []string{"1:a"}},
		"dots in an inner key":   {`{"_source":{"event.id":"a","event":{"id":"b"}}}`, "_source.event.id", []string{"1:a"}},
		"a longer key in vain":   {`{"a.b":{"x":"no"},"a":{"b":{"c":"yes"}}}`, "a.b.c", []string{"1:yes"}},
		"a long object":          {`{"x":"` + long + `","id":"a"}` + "\n{\"id\":\"b\"}\n", "id", []string{"1:a", "2:b"}},
		"compressed":             {zipped("a\nb\n"), "id", []string{"1:a", "2:b"}},
		"compressed in parts":    {zipped("a\nb") + zipped("c\n"), "id", []string{"1:a", "2:bc"}},
		"characters beyond text": {"audit_log-é/+=\n", "id", []string{"1:audit_log-é/+="}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := read(tt.text, tt.path)
			if err != nil || !slices.Equal(got, tt.want) {
				t.Errorf("read %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}

func TestReadExportRefuses(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		text, path string
		line       int64
		want       string
	}{
		"a table":              {"a\nb,2026-01-31\n", "id", 2, "no id: an id is text without blanks"},
		"a sentence":           {"a\n\nselect id from audit;\n", "id", 3, "no id"},
		"control characters":   {"a\x00b\n", "id", 1, "no id"},
		"no UTF-8":             {"a\xff\n", "id", 1, "no id"},
		"a long id":            {strings.Repeat("a", 1025), "id", 1, "no id"},
		"a long id in JSON":    {`{"id":"` + strings.Repeat("a", 1025) + `"}`, "id", 1, "an id of 1025 bytes"},
		"an empty id":          {`{"id":""}`, "id", 1, "an id of 0 bytes"},
		"an array":             {`["a","b"]`, "id", 1, "a JSON array"},
		"a wrong path":         {`{"id":"a"}` + "\n" + `{"uid":"secret","ts":1}`, "id", 2, `there is nothing at id; the object has "ts", "uid"; -id names the path`},
		"a path too long":      {`{"id":"a"}`, "id.id", 1, "there is nothing at id.id"},
		"a number":             {`{"id":1}`, "id", 1, "what is at id is no string"},
		"null":                 {`{"id":null}`, "id", 1, "what is at id is no string"},
		"an object cut":        {`{"id":"a"}` + "\n" + `{"id":"b","x":`, "id", 2, "no JSON: unexpected end of JSON input"},
		"two objects in a row": {`{"id":"a"}{"id":"b"}`, "id", 1, "no JSON: invalid character '{' after top-level value"},
		"a string cut":         {`"a`, "id", 1, "it begins as a JSON string and is none"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := read(tt.text, tt.path)
			at, ok := errors.AsType[*reconcile.LineError](err)
			if !ok || at.Line != tt.line || !strings.HasPrefix(at.Text, tt.want) {
				t.Errorf("error %v, want line %d: %s", err, tt.line, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("the error shows a value: %v", err)
			}
		})
	}
}

func TestReadExportThatIsCut(t *testing.T) {
	t.Parallel()
	whole := zipped(strings.Repeat("audit_log-1\n", 1000))
	for _, text := range []string{whole[:len(whole)-4], whole[:12], "\x1f\x8bno gzip"} {
		if got, err := read(text, "id"); err == nil {
			t.Errorf("%d bytes of %d were read as %d ids, without an error", len(text), len(whole), len(got))
		}
	}
}

func FuzzReadExport(f *testing.F) {
	f.Add("a\n\"b\"\n{\"id\":\"c\"}\n", "id")
	f.Add(zipped("a\n"), "id")
	f.Add(`{"a":{"b.c":"d"}}`, "a.b.c")
	f.Fuzz(func(t *testing.T, text, path string) {
		ids, err := read(text, path)
		at, ok := errors.AsType[*reconcile.LineError](err)
		if ok && at.Line < 1 {
			t.Errorf("line %d", at.Line)
		}
		if err == nil && len(ids) == 0 && strings.TrimSpace(text) != "" && !strings.HasPrefix(text, "\x1f\x8b") && strings.Trim(text, "\ufeff \n\r\t\v\f\u0085\u00a0") != "" {
			t.Errorf("%q was read as nothing, without an error", text)
		}
	})
}
