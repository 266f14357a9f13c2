package openai

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// reference reads an error's body with encoding/json.
func reference(body []byte) envelope {
	var object struct{ Error, Message, Detail json.RawMessage }
	var list map[string]json.RawMessage
	if json.Unmarshal(body, &object) != nil || json.Unmarshal(body, &list) != nil {
		return envelope{detail: "a body that is no valid JSON", foreign: true}
	}
	scalar := func(raw json.RawMessage) (text string) {
		switch {
		case len(raw) == 0:
		case raw[0] == '"':
			_ = json.Unmarshal(raw, &text) // a part of what is valid
		case raw[0] == '-' || '0' <= raw[0] && raw[0] <= '9':
			text = string(raw)
		}
		return text
	}
	var elements []json.RawMessage
	_ = json.Unmarshal(list["data"], &elements) // none where it is no array
	listed := len(elements) > 0
	if e := object.Error; len(e) > 0 && e[0] == '{' {
		var inner struct{ Message, Code, Type, Param json.RawMessage }
		_ = json.Unmarshal(e, &inner) // an object that is valid
		return envelope{message: scalar(inner.Message), code: scalar(inner.Code), typ: scalar(inner.Type), param: scalar(inner.Param), listed: listed}
	}
	if message := scalar(object.Error); message != "" {
		return envelope{message: message, listed: listed}
	}
	for _, other := range []json.RawMessage{object.Message, object.Detail} {
		if message := scalar(other); message != "" {
			return envelope{message: message, foreign: true, listed: listed}
		}
	}
	return envelope{detail: "a JSON object without an error", foreign: true}
}

var (
	// halves are escapes of half a character: what stands for one that has no other half, and what follows it, is read in
	// two ways.
	halves = regexp.MustCompile(`(?i)\\ud[89a-f]`)
	// nullKey is the word null in the place of a key.
	nullKey = regexp.MustCompile(`,[ \t\r\n]*null[ \t\r\n]*:`)
	// control is a character that may only stand escaped in a string.
	control = regexp.MustCompile(`[\x00-\x1f]`)
)

// checkReference holds what is read of an object to the reference.
func checkReference(t *testing.T, body []byte) {
	t.Helper()
	if len(body) == 0 || body[0] != '{' {
		return
	}
	before := bytes.Clone(body)
	got, want := readObject(body), reference(body)
	if !bytes.Equal(body, before) {
		t.Fatal("the body is changed")
	}
	if got == want {
		return
	}
	refused := want.detail == "a body that is no valid JSON"
	switch {
	case halves.Match(body) && got.foreign == want.foreign && got.listed == want.listed && !refused:
	case refused && (nullKey.Match(body) || control.Match(body) && bytes.ContainsRune(body, '\\')):
	default:
		t.Errorf("%q:\n%s", body, cmp.Diff(want, got, cmp.AllowUnexported(envelope{})))
	}
}

func referenceBodies() []string {
	return []string{
		`{}`, `{"error":null}`, `{"error":"x"}`, `{"error":"x"}y`, "{\"error\":\"x\"}\x00y", `{"error":"x"} {`, `{"error":{"message":"m","code":"c","type":"t","param":"p"}}`,
		`{"ERROR":{"Message":"m","cODE":1}}`, `{"error":"a","Error":{"message":"b","message":null}}`, `{"error":{"message":"a","message":"b"}}`,
		`{"error":{"message":["x"],"code":{"message":"y"},"type":true,"param":null}}`, `{"error":[1,"x"],"message":"m"}`, `{"error":"","detail":"d"}`,
		`{"message":"m","detail":"d"}`, `{"detail":[{"msg":"x"}]}`, `{"error":{}}`, `{"error":{"code":-0.5e+10}}`, `{"error":{"code":1e999}}`, `{"error":{"code":0.1e50}}`,
		`{"error":{"code":22000000000000000000}}`, `{"error":{"code":01}}`, `{"error":{"code":-}}`, `{"error":{"code":1.}}`, `{"error":{"code":1e}}`, `{"error":{"code":+1}}`,
		`{"error":{"code":1+2}}`, `{"error":{"code":1.2.3}}`, `{"error":{"code":-01}}`, `{"error":"x","a":[01]}`, `{"error":"x","a":[1.e5,2]}`, `{"error":1`, `{"error":{"code":1`,
		`{"error":"x"`, `{"error":"x",}`, `{"error":"x" "a":1}`, `{"error" "x"}`, `{error:"x"}`, `{"":"x","error":"y"}`, `{"error":"\u00e9\n\"\\\/😀"}`, `{"error":"\ud83d\ude00"}`,
		`{"error":"\ud800x"}`, `{"error":"\q"}`, `{"error":"\u12g4"}`, "{\"error\":\"\xff\xc3(\xed\xa0\x80\"}", "{\"\xff\":1,\"error\":\"x\"}", "{\"error\":\"a\nb\"}", "{\"error\":\"\\n\x01\"}",
		`{"error":tru}`, `{"error":nul}`, `{"error":nulL,"a":1}`, `{"error":true,"message":false}`, `{"a":1,null:2}`, `{null:2}`, `{"error":"x","data":[]}`, `{"error":"x","data":[1]}`,
		`{"error":"x","data":null}`, `{"error":"x","data":[1],"data":[]}`, `{"error":"x","Data":[1]}`, `{"error":NaN}`, `{"error":'x'}`, `{"error":"x"/**/}`, "{\"error\":\"x\"}\ufeff",
		`{"error":"x","a":` + strings.Repeat("[", 9990) + strings.Repeat("]", 9990) + `}`, `{"error":"x","a":` + strings.Repeat("[", 10001) + strings.Repeat("]", 10001) + `}`,
		`{"error":"x","a":` + strings.Repeat(`{"b":`, 12000) + `1` + strings.Repeat("}", 12000) + `}`, `{"a":` + strings.Repeat("[", 60000),
		`{"\u212Aelvin":1,"me\u017f\u017fage":"long s"}`,
	}
}

// json-iterator reads errors as encoding/json does, save for what readObject says.
func TestEnvelopeReference(t *testing.T) {
	for _, body := range referenceBodies() {
		checkReference(t, []byte(body))
		// Wherever it is cut.
		for i := range min(len(body), 200) {
			checkReference(t, []byte(body[:i]))
		}
	}
	page, err := os.ReadFile("object_internal_test.go")
	if err != nil {
		t.Fatal(err)
	}
	quoted, err := json.Marshal(map[string]any{"error": map[string]any{"message": string(page), "code": 7.5}})
	if err != nil {
		t.Fatal(err)
	}
	checkReference(t, quoted)
	for i := range quoted {
		if i%97 == 0 {
			changed := bytes.Clone(quoted)
			changed[i] ^= 0x15
			checkReference(t, changed)
		}
	}
}

// FuzzEnvelopeReference looks for more.
func FuzzEnvelopeReference(f *testing.F) {
	for _, body := range referenceBodies() {
		if len(body) < 1000 {
			f.Add([]byte(body))
		}
	}
	f.Fuzz(func(t *testing.T, body []byte) { checkReference(t, body[:min(len(body), maxErrorBody)]) })
}
