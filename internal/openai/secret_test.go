package openai_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"fluent-bit-openai-audit/internal/openai"
)

// everything returns all that an error can be made to say.
func everything(err error) string {
	var b strings.Builder
	for e := err; e != nil; e = errors.Unwrap(e) {
		fmt.Fprintf(&b, "%v\n%+v\n%#v\n%q\n", e, e, e, e)
	}
	if e, ok := errors.AsType[*openai.Error](err); ok {
		fmt.Fprintf(&b, "%s\n%+v\n%#v\n", e.Remedy(), *e, *e)
		text, jsonErr := json.Marshal(e)
		fmt.Fprintf(&b, "%s %v\n", text, jsonErr)
	}
	slog.New(slog.NewTextHandler(&b, nil)).Error("x", "err", err)
	slog.New(slog.NewJSONHandler(&b, nil)).Error("x", "err", err)
	return b.String()
}

// A server that sends the key back, in whatever place, finds no way to have it
// told.
func TestKeyIsNeverTold(t *testing.T) {
	everywhere := func(secret string) http.Header {
		header := http.Header{}
		for _, name := range []string{
			"X-Request-Id", "OpenAI-Organization", "Date", "Retry-After", "Retry-After-Ms", "Content-Type", "Server",
		} {
			header.Set(name, "a "+secret+" b")
		}
		return header
	}
	echoes := map[string]func(secret, request string) roundTrip{
		"envelope": func(secret, request string) roundTrip {
			body, _ := json.Marshal(map[string]any{"error": map[string]any{
				"message": "Incorrect API key provided: " + secret + ". " + request, "type": secret, "param": secret, "code": secret,
			}})
			return answer(401, everywhere(secret), string(body))
		},
		"string": func(secret, _ string) roundTrip { return answer(403, nil, `{"error":"`+secret+`"}`) },
		"at the bound": func(secret, _ string) roundTrip {
			return answer(403, nil, `{"error":"`+strings.Repeat("x", 290)+" "+secret+`"}`)
		},
		"other fields": func(secret, _ string) roundTrip { return answer(400, nil, `{"message":"`+secret+`"}`) },
		"escaped":      func(secret, _ string) roundTrip { return answer(401, nil, `{"error":"`+escaped(secret)+`"}`) },
		"interrupted": func(secret, _ string) roundTrip {
			return answer(401, nil, `{"error":"`+strings.Join(strings.Split(secret, ""), `\u0000`)+`"}`)
		},
		"HTML": func(secret, _ string) roundTrip { return answer(502, nil, "<title>"+secret+"</title>"+secret) },
		"HTML, long": func(secret, _ string) roundTrip {
			return answer(502, nil, "<title>"+strings.Repeat("x", 120)+" "+secret+"</title>")
		},
		"text": func(secret, _ string) roundTrip { return answer(404, nil, "no "+secret) },
		"text, cut": func(secret, _ string) roundTrip {
			return answer(404, nil, strings.Repeat(" ", 64<<10-len(secret)+1)+secret)
		},
		"text, echo": func(_, request string) roundTrip { return answer(405, nil, request) },
		"JSON, cut":  func(secret, _ string) roundTrip { return answer(500, nil, `{"error":"`+secret) },
		"200, HTML":  func(secret, _ string) roundTrip { return answer(200, everywhere(secret), "<title>"+secret+"</title>") },
		"200, text":  func(secret, _ string) roundTrip { return answer(200, everywhere(secret), secret) },
		"200, cut": func(secret, _ string) roundTrip {
			return answer(200, http.Header{"Content-Encoding": {"gzip"}}, secret)
		},
		"encoding": func(secret, _ string) roundTrip { return answer(200, http.Header{"Content-Encoding": {secret}}, "x") },
		"redirect": func(secret, _ string) roundTrip {
			return answer(302, http.Header{"Location": {"https://u:" + secret + "@" + secret + ".example/" + secret}}, "")
		},
		"redirect, wrong": func(secret, _ string) roundTrip {
			return answer(302, http.Header{"Location": {"://" + secret + "\x00"}}, "")
		},
		"429": func(secret, _ string) roundTrip { return answer(429, everywhere(secret), "") },
		"transport": func(secret, request string) roundTrip {
			return func(*http.Request) (*http.Response, error) { return nil, errors.New(request + secret) }
		},
	}
	for _, secret := range []string{testKey, "opaque-t0ken+of/a=gateway", strings.Repeat("sk-admin-long", 100)} {
		for name, echo := range echoes {
			t.Run(name, func(t *testing.T) {
				var told strings.Builder
				client := newClient(t, openai.Options{
					Keys:      staticKey(t, secret),
					OnRequest: func(o openai.Observation) { fmt.Fprintf(&told, "%+v", o) },
					Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
						dump, err := httputil.DumpRequest(r, false)
						if err != nil {
							t.Error(err)
						}
						if !bytes.Contains(dump, []byte(secret)) {
							t.Error("the test does not have the key")
						}
						return echo(secret, string(dump))(r)
					}),
				})
				_, err := client.AuditLogs(t.Context(), openai.Query{})
				told.WriteString(everything(err))
				_, err = client.Probe(t.Context(), "organization/users")
				told.WriteString(everything(err))
				fmt.Fprintf(&told, "%v %+v %#v", client, client, client)
				for _, part := range []string{secret, secret[:16], secret[len(secret)-16:]} {
					if strings.Contains(told.String(), part) {
						t.Errorf("told:\n%s", told.String())
					}
				}
			})
		}
		t.Run("good answer", func(t *testing.T) {
			client := newClient(t, openai.Options{Keys: staticKey(t, secret), Transport: answer(200, everywhere(secret), goodPage)})
			resp := page(t, client, openai.Query{})
			if resp.OrganizationID != "" || !resp.Date.IsZero() {
				t.Errorf("got %q, %v", resp.OrganizationID, resp.Date)
			}
		})
	}
}

// What is left of a key that comes back in pieces or in another writing tells nothing of it.
func TestKeyIsNeverToldInPart(t *testing.T) {
	const random = "T3stKeyThatMustNeverBeSeen0123456789"
	lines := func(text string) string { return text[:20] + "\r\n " + text[20:31] + "\n" + text[31:] }
	reversed := []byte(testKey)
	slices.Reverse(reversed)
	for name, echo := range map[string]struct{ text, want string }{
		"a blank in it":  {testKey[:25] + " " + testKey[25:], "[redacted]"},
		"lines":          {lines(testKey), "[redacted]"},
		"its end":        {"..." + testKey[30:], "...[redacted]"},
		"its middle":     {testKey[15:23], "[redacted]"},
		"base64":         {base64.StdEncoding.EncodeToString([]byte(testKey)), "[redacted]"},
		"base64 of URLs": {base64.RawURLEncoding.EncodeToString([]byte(testKey)), "[redacted]"},
		"base64, header": {base64.StdEncoding.EncodeToString([]byte("Bearer " + testKey)), "QmVhcmVyIH[redacted]"},
		"hex":            {hex.EncodeToString([]byte(testKey)), "[redacted]"},
		"HEX":            {strings.ToUpper(hex.EncodeToString([]byte(testKey))), "[redacted]"},
		"percent":        {percent(testKey), "[redacted]"},
		"reversed":       {string(reversed), "[redacted]"},
		"capitals":       {strings.ToUpper(random), "[redacted]"},
	} {
		body, err := json.Marshal(map[string]any{"error": map[string]any{"message": "what is <" + echo.text + "> here"}})
		if err != nil {
			t.Fatal(err)
		}
		e := failure(t, newClient(t, openai.Options{Transport: answer(400, nil, string(body))}), openai.Query{})
		if want := "what is <" + echo.want + "> here"; e.Message != want {
			t.Errorf("%s: %q, want %q", name, e.Message, want)
		}
	}
}

func percent(text string) string {
	var b strings.Builder
	for i := range len(text) {
		fmt.Fprintf(&b, "%%%02X", text[i])
	}
	return b.String()
}

// A text that is no event is cleaned of every key that was sent lately.
func TestCutKeys(t *testing.T) {
	f := newKeyFile(t, testKey)
	client := newClient(t, openai.Options{Keys: f, Transport: answer(200, nil, goodPage)})
	text := []byte(`{"id":"x","token":"` + testKey + `","other":"` + keyRotated + `",}`)
	if got := client.CutKeys(text); string(got) != string(text) {
		t.Errorf("a key that was not sent is cut: %s", got)
	}
	page(t, client, openai.Query{})
	f.replace(t, keyRotated)
	f.Refused(parseKey(t, testKey)) // reads the file
	page(t, client, openai.Query{})
	before := string(text)
	if got, want := string(client.CutKeys(text)), `{"id":"x","token":"[redacted]","other":"[redacted]",}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if string(text) != before {
		t.Error("the text is changed")
	}
	plain := []byte(`{"id":"x",}`)
	if got := client.CutKeys(plain); &got[0] != &plain[0] {
		t.Error("a text without a key is copied")
	}
}

const keyRotated = "sk-admin-8dJq4Lw0_ZmT7xRk2vNc5BhPe1UyGs9A"

// escaped writes every byte of a text as a JSON escape.
func escaped(text string) string {
	var b strings.Builder
	for i := range len(text) {
		fmt.Fprintf(&b, `\u%04x`, text[i])
	}
	return b.String()
}

// What looks like a key is cut even if it is none of ours; what only looks a
// little like one is not.
func TestKeysInMessages(t *testing.T) {
	for message, want := range map[string]string{
		strings.Repeat("sk-a ", 100):                            strings.Repeat("[redacted] ", 27) + "...",
		"provided: sk-admin-ab***yz. See":                       "provided: [redacted]. See",
		"sk-proj-abc":                                           "[redacted]",
		"(sk-abc), SK-ABC and sk-...abcd":                       "([redacted]), [redacted] and [redacted]",
		"Bearer sk-a_b-c=":                                      "Bearer [redacted]=",
		"a task-force, risk-based; sk- and ask-me":              "a task-force, risk-based; sk- and ask-me",
		"Incorrect API key provided: gw-SECRE********WXYZ. See": "Incorrect API key provided: [redacted]. See",
		`Wrong API key provided: "gw-SECRETabcdef".`:            `Wrong API key provided: [redacted]".`,
		"the key (gw-S***Z), a ** b":                            "the key [redacted]), a ** b",
		"API key provided:":                                     "API key provided:",
		"sk-":                                                   "sk-",
		"sk-.":                                                  "sk-.",
		"":                                                      "",
	} {
		body, _ := json.Marshal(map[string]string{"error": message})
		client := newClient(t, openai.Options{Transport: answer(400, nil, string(body))})
		if e := failure(t, client, openai.Query{}); e.Message != want {
			t.Errorf("message %q, want %q", e.Message, want)
		}
	}
}

func FuzzErrorBody(f *testing.F) {
	for _, body := range []string{
		``, ` `, `{`, `{}`, `[]`, `null`, `{"error":null}`, `{"error":"x"}`, `{"error":{"message":"x","code":1,"type":[],"param":{}}}`, `{"error":[1]}`,
		`{"message":"x"}`, `{"detail":["x"]}`, `<html><title>x</title>`, `<title`, `<title>`, `<TITLE a="b">x`, "\xff\xfe", `{"error":"` + testKey + `"}`,
		`{"error":"` + testKey[12:24] + ` ` + testKey[24:] + `"}`, `{"error":"` + escaped(testKey[15:]) + `"}`, testKey[:20] + "\n" + testKey[20:],
		`sk-`, "s\x00k-admin-1", "<title>&#115;k-admin-T3stKeyThatMustNeverBeSeen0123456789</title>",
	} {
		for _, status := range []int{200, 204, 301, 400, 401, 403, 404, 407, 429, 500, 999} {
			f.Add(status, "", body)
		}
		f.Add(503, body, body)
	}
	keys := staticKey(f, testKey)
	f.Fuzz(func(t *testing.T, status int, header, body string) {
		client := newClient(t, openai.Options{Keys: keys, MaxBodySize: 1 << 10, Transport: answer(status, http.Header{
			"X-Request-Id": {header}, "Retry-After": {header}, "Content-Encoding": {header}, "Location": {header},
		}, body)})
		resp, err := client.AuditLogs(t.Context(), openai.Query{})
		if err == nil {
			if status != http.StatusOK || !strings.HasPrefix(strings.TrimLeft(string(resp.Body), " \t\r\n"), "{") {
				t.Errorf("status %d with body %q is taken for a page", status, resp.Body)
			}
			resp.Release()
			return
		}
		e, ok := errors.AsType[*openai.Error](err)
		if !ok {
			t.Fatalf("error is %T", err)
		}
		if e.Kind == 0 || e.Reason == openai.ReasonNone || e.Kind.String() == "unknown" {
			t.Errorf("%v, %v for status %d", e.Kind, e.Reason, status)
		}
		if e.RetryAfter < 0 {
			t.Errorf("a wait of %v", e.RetryAfter)
		}
		if told := everything(err); strings.Contains(told, testKey) {
			t.Errorf("the key is told:\n%s", told)
		}
		for i := len("sk-admin-"); i+8 <= len(testKey); i++ {
			if part := testKey[i : i+8]; strings.Contains(strings.ReplaceAll(err.Error(), " ", ""), part) {
				t.Errorf("a part of the key, %s, is told: %v", part, err)
			}
		}
		text := e.Error()
		if len(text) > 1500 || len(e.Message) > 300 || !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("text %q of %d bytes", text, len(text))
		}
	})
}
