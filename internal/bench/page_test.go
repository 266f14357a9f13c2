package bench_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
)

// page returns a page of n events in the form and with the mix of the API's:
// mostly logins from a browser, some changes of keys, projects and rate limits.
// The same seed gives the same page.
func page(seed uint64, n int) []byte {
	g := generator{rand.New(rand.NewPCG(seed, 0))}
	var events bytes.Buffer
	first, last := "", ""
	at := int64(1_760_472_653)
	for i := range n {
		if i > 0 {
			events.WriteByte(',')
		}
		last = "audit_log-" + g.word(24)
		if i == 0 {
			first = last
		}
		g.event(&events, last, at)
		at -= g.Int64N(600)
	}
	return fmt.Appendf(nil, `{"object":"list","data":[%s],"first_id":%q,"last_id":%q,"has_more":true}`, events.Bytes(), first, last)
}

type generator struct{ *rand.Rand }

// word returns n random letters and digits.
func (g generator) word(n int) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[g.IntN(len(alphabet))]
	}
	return string(b)
}

func (g generator) hex(n int) string {
	const alphabet = "0123456789abcdef"
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[g.IntN(len(alphabet))]
	}
	return string(b)
}

func (g generator) one(of ...string) string { return of[g.IntN(len(of))] }

func (g generator) event(w *bytes.Buffer, id string, at int64) {
	kind, payload := g.payload()
	fmt.Fprintf(w, `{"object":"organization.audit_log","id":%q,"type":%q,"effective_at":%d`, id, kind, at)
	if g.IntN(3) != 0 {
		fmt.Fprintf(w, `,"project":{"id":"proj_%s","name":%q}`, g.word(24), g.one("Default project", "Research", "Soporte técnico"))
	}
	fmt.Fprintf(w, `,"actor":%s`, g.actor())
	if payload != "" {
		fmt.Fprintf(w, `,%q:%s`, kind, payload)
	}
	w.WriteByte('}')
}

func (g generator) actor() string {
	user := fmt.Sprintf(`{"id":"user-%s","email":"user%d@example.com"}`, g.word(24), g.IntN(500))
	if g.IntN(16) == 0 {
		return fmt.Sprintf(`{"type":"api_key","api_key":{"id":"key_%s","type":"user","user":%s}}`, g.word(16), user)
	}
	agent := g.one(
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0",
		"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0",
	)
	return fmt.Sprintf(`{"type":"session","session":{"user":%s,"ip_address":"203.0.113.%d","user_agent":%q,"ja3":%q,"ja4":"q13d0313h3_%s_%s",`+
		`"ip_address_details":{"country":%q,"city":%q,"region":%q,"region_code":%q,"asn":"%d","latitude":"%.5f","longitude":"%.5f"}}}`,
		user, g.IntN(256), agent, g.hex(32), g.hex(12), g.hex(12),
		g.one("US", "DE", "BR"), g.one("Springfield", "München", "São Paulo"), g.one("Illinois", "Bayern", "SP"), g.one("IL", "BY", "SP"),
		64496+g.IntN(16), g.Float64()*180-90, g.Float64()*360-180)
}

// payload returns an event type and what stands under its name; "" for the
// types that bring nothing.
func (g generator) payload() (kind, text string) {
	switch g.IntN(6) {
	case 0:
		return "login.succeeded", ""
	case 1:
		return "api_key.created", fmt.Sprintf(`{"id":"key_%s","data":{"scopes":["api.model.read","api.model.request","api.assistants.read","api.assistants.write","api.threads.read","api.files.read","api.vector_stores.read","api.responses.%s"]}}`, g.word(16), g.one("read", "write"))
	case 2:
		return "rate_limit.updated", fmt.Sprintf(`{"id":"rl-%s","changes_requested":{"max_requests_per_1_minute":%d,"max_tokens_per_1_minute":%d,"max_images_per_1_minute":50,"max_audio_megabytes_per_1_minute":200,"max_requests_per_1_day":10000,"batch_1_day_max_input_tokens":%d}}`,
			g.word(12), g.IntN(10_000), g.IntN(30_000_000), g.Int64N(9_000_000_000_000))
	case 3:
		return "project.updated", fmt.Sprintf(`{"id":"proj_%s","changes_requested":{"title":%q,"description":%q,"archived":false,"owner":null,"weight":%.6f}}`,
			g.word(24), g.one("Search", "Chat \"beta\""), "What the project is for, who pays for it and whom to ask, in two lines.\nThe second one is this, with a link: https://wiki.example.com/projects/search", g.Float64())
	case 4:
		return "organization.updated", fmt.Sprintf(`{"id":"org-%s","changes_requested":{"api_call_logging":"enabled_for_selected_projects","api_call_logging_project_ids":"proj_%s,proj_%s","threads_ui_visibility":"NONE","usage_dashboard_visibility":"ANY_ROLE","title":"Example","description":"Example Corp, all teams","name":"example"}}`,
			g.word(24), g.word(24), g.word(24))
	default:
		return "invite.sent", fmt.Sprintf(`{"id":"invite-%s","data":{"email":"new%d@example.com","role":"reader","projects":[{"id":"proj_%s","role":"member"},{"id":"proj_%s","role":"owner"}]}}`, g.word(20), g.IntN(1000), g.word(24), g.word(24))
	}
}

// indented is body as a server that prints JSON for people would send it.
func indented(body []byte) []byte {
	var out bytes.Buffer
	if err := json.Indent(&out, body, "", "  "); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// compressed is body as it comes over the wire.
func compressed(body []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(body); err != nil {
		panic(err)
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return out.Bytes()
}

func TestPageIsLikeTheAPIs(t *testing.T) {
	body := page(1, 100)
	if !json.Valid(body) {
		t.Fatal("the page is not JSON")
	}
	if per := len(body) / 100; per < 850 || per > 950 {
		t.Errorf("an event has %d bytes, want about 900", per)
	}
	if !bytes.Equal(body, page(1, 100)) {
		t.Error("the same seed gives another page")
	}
}
