package secret_test

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"fluent-bit-openai-audit/internal/secret"
)

// cutterKey is long enough for each of its encodings to go over a line's end.
const cutterKey = "sk-admin-9fK2_mQ7xT3BlbkFJz-VwR5yLc8Na0pXe6DhGt4UjSoB1iZuWqEvCrYnMkP"

// encodings are the ways to write a text that a Cutter sees through.
func encodings() map[string]func(string) string {
	each := func(format string) func(string) string {
		return func(text string) string {
			var b strings.Builder
			for i := range len(text) {
				fmt.Fprintf(&b, format, text[i])
			}
			return b.String()
		}
	}
	return map[string]func(string) string{
		"plain":    func(text string) string { return text },
		"capitals": strings.ToUpper,
		"reversed": func(text string) string {
			b := []byte(text)
			slices.Reverse(b)
			return string(b)
		},
		"hex":           func(text string) string { return hex.EncodeToString([]byte(text)) },
		"hex, capitals": func(text string) string { return strings.ToUpper(hex.EncodeToString([]byte(text))) },
		"base64":        func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) },
		"base64, no padding": func(text string) string {
			return base64.RawStdEncoding.EncodeToString([]byte(text))
		},
		"base64 of URLs": func(text string) string { return base64.URLEncoding.EncodeToString([]byte(text)) },
		"base64, one byte before": func(text string) string {
			return base64.RawURLEncoding.EncodeToString([]byte("?" + text))
		},
		"base64, two bytes around": func(text string) string {
			return base64.StdEncoding.EncodeToString([]byte("r " + text + "\n\n"))
		},
		"base64 of the header": func(text string) string {
			return base64.StdEncoding.EncodeToString([]byte("Authorization: Bearer " + text + "\r\n"))
		},
		"percent":          each("%%%02X"),
		"percent, small":   each("%%%02x"),
		"percent, as ever": url.QueryEscape,
		"JSON":             each(`\u%04x`),
		"Go":               each(`\x%02x`),
		"HTML":             each("&#%d;"),
		"HTML, hex":        each("&#x%X;"),
	}
}

// ofKey returns what of an encoded text is the key's, where the encoding puts something around it.
func ofKey(name, hidden string) string {
	if name == "base64 of the header" {
		return hidden[len("Authorization: Bearer ")*4/3+1 : max(len(hidden)-6, 0)]
	}
	return hidden
}

// breaks are what a text is broken with.
func breaks() []string {
	return []string{"", " ", "\n", "\r\n ", "\t", `\n`, `\r\n`, "%0A", "\x00", "\u200b", "\u00ad", "\ufeff", "\u2028", "&#10;"}
}

// shows reports whether any 8 characters of hidden in a row are to be seen in text, whatever breaks them.
func shows(text, hidden string) bool {
	for _, b := range breaks() {
		if b != "" {
			text = strings.ReplaceAll(text, b, "")
		}
	}
	text = strings.Join(strings.Fields(text), "")
	for i := 0; i+8 <= len(hidden); i++ {
		if strings.Contains(text, hidden[i:i+8]) {
			return true
		}
	}
	return false
}

// broken puts b after every n bytes.
func broken(text, b string, n int) string {
	var out strings.Builder
	for chunk := range slices.Chunk([]byte(text), max(n, 1)) {
		out.Write(chunk)
		out.WriteString(b)
	}
	return strings.TrimSuffix(out.String(), b)
}

func TestCutter(t *testing.T) {
	t.Parallel()
	cutter := secret.NewCutter(parse(t, cutterKey))
	random := strings.TrimPrefix(cutterKey, "sk-admin-")
	for name, encode := range encodings() {
		for _, b := range breaks() {
			for _, part := range []string{cutterKey, random, random[:8], random[20:28], random[len(random)-9:], cutterKey[3:25]} {
				hidden := encode(part)
				if strings.HasPrefix(name, "base64") && len(part) < 20 {
					continue // parts of so few characters show in base64 by fewer than 8
				}
				// A break within an escape takes it apart.
				n := map[bool]int{true: 12, false: 5}[strings.ContainsAny(hidden, `%\&`)]
				if strings.ContainsAny(hidden, "&") {
					n = len(hidden)
				}
				got := cutter.Cut("before ~" + broken(hidden, b, n) + "~ after")
				if !strings.HasPrefix(got, "before ~") || !strings.HasSuffix(got, "~ after") || !strings.Contains(got, secret.Redacted) ||
					shows(got, ofKey(name, hidden)) || len(got) > len("before [redacted] after")+140 {
					t.Fatalf("%s, broken by %q: %q is cut to %q", name, b, hidden, got)
				}
			}
		}
	}
}

func TestCutterLeaves(t *testing.T) {
	t.Parallel()
	cutter := secret.NewCutter(parse(t, cutterKey))
	for _, text := range []string{
		"", "sk-admin-", "an admin key (sk-admin-...)", "c2stYWRtaW4t", "[redacted]", "9fK2_mQ", "a 100% plain \\ text & more &#; \\u12 %4 \\x",
		"Missing scopes: api.audit_logs.read", strings.Repeat("0123456789abcdef", 1000),
	} {
		if got := cutter.Cut(text); got != text || cutter.Finds(text) {
			t.Errorf("%.60q is cut to %.60q", text, got)
		}
	}
	for _, short := range []secret.Key{{}, parse(t, "sk-admi"), parse(t, "redacted"), parse(t, "sk-admin-")} {
		cutter := secret.NewCutter(short)
		if text := "the words redacted, [redacted] and sk-admin-"; cutter.Cut(text) != text {
			t.Errorf("%q is cut to %q", text, cutter.Cut(text))
		}
	}
	exact := "the key " + secret.Redacted + ", twice " + secret.Redacted
	if got := cutter.Cut("the key " + cutterKey + ", twice " + cutterKey[30:]); got != exact {
		t.Errorf("got %q, want %q", got, exact)
	}
}

// FuzzCutter holds that no part of a key is left, however it is written and broken and whatever stands around it.
func FuzzCutter(f *testing.F) {
	var names []string
	for name := range encodings() {
		names = append(names, name)
	}
	slices.Sort(names)
	for i := range names {
		f.Add("before ", " after", uint8(i), uint8(i), uint8(0), uint8(60), uint8(12))
		f.Add("%", "=", uint8(i), uint8(0), uint8(9), uint8(30), uint8(0))
	}
	cutter := secret.NewCutter(parse(f, cutterKey))
	f.Fuzz(func(t *testing.T, before, after string, encoding, breaking, from, length, every uint8) {
		name := names[int(encoding)%len(names)]
		start := int(from) % len(cutterKey)
		part := cutterKey[start:min(len(cutterKey), start+int(length))]
		hidden := encodings()[name](part)
		b := breaks()[int(breaking)%len(breaks())]
		n := max(int(every), 1)
		switch {
		case strings.ContainsAny(hidden, "&"):
			n = len(hidden)
		case strings.ContainsAny(hidden, `%\`):
			n = max(12, n/12*12)
		}
		text := before + broken(hidden, b, n) + after
		got := cutter.Cut(text)
		if again := cutter.Cut(got); again != got {
			t.Fatalf("%q is cut to %q and then to %q", text, got, again)
		}
		// What the key shares with others may be shown, and what is around it may begin an escape that takes a character of
		// it away.
		secretFrom := max(0, len("sk-admin-")-start) + 2
		if secretFrom+2 >= len(part) || len(part)-secretFrom < 16 {
			return
		}
		if inner := ofKey(name, encodings()[name](part[secretFrom:])); shows(got, inner[:len(inner)-4]) && !shows(before+"|"+after, inner) {
			t.Fatalf("%s of %q, broken by %q: %q is cut to %q", name, part, b, text, got)
		}
	})
}
