//go:build linux

package e2e_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"fluent-bit-openai-audit/internal/fakeopenai"
)

// A page of the real API: each event is one record, the same key by key.
func TestLivePage(t *testing.T) {
	events := livePage(t)
	for _, extension := range []string{"conf", "yaml"} {
		t.Run(extension, func(t *testing.T) {
			t.Parallel()
			theHost(t)
			dir := t.TempDir()
			c := pipeline(dir, serve(t, fakeopenai.Options{}, events...), "organization", "org-e2e")
			c.plugins = []string{theLibrary(t, programs.library)}
			c.outputs = []props{toStdout()}
			p := start(t, c.write(t, dir, extension), launch{bare: true})
			p.await("100 records", func() bool { return len(p.stdout.lines()) >= len(events) })
			p.terminate()
			wantSame(t, events, p.stdout.lines(), `{"stream":"organization","organization":"org-e2e"}`)
		})
	}
}

// wantSame fails the test unless the lines are the events, each once, in the order of their time.
func wantSame(t *testing.T, events []fakeopenai.Event, lines []string, metadata string) {
	t.Helper()
	byID := make(map[string]fakeopenai.Event, len(events))
	for _, e := range events {
		byID[e.ID] = e
	}
	var ids []string
	var times []int64
	for _, line := range lines {
		r, err := stdoutRecord(line)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, r.id)
		e, ok := byID[r.id]
		if !ok {
			t.Errorf("%s is no event of the page", r.id)
			continue
		}
		times = append(times, e.EffectiveAt)
		if err := r.is(e); err != nil {
			t.Error(err)
		}
		if r.metadata != metadata {
			t.Errorf("%s: metadata %s, want %s", r.id, r.metadata, metadata)
		}
	}
	if !slices.IsSorted(times) {
		t.Error("the records are not in the order of their time")
	}
	wantEach(t, events, ids)
}

// What is unusual arrives as it is: large numbers, escapes, depth, types and keys that nobody knows.
func TestUnusualEvents(t *testing.T) {
	t.Parallel()
	theHost(t)
	now := time.Now().Unix()
	raw := func(id, more string) fakeopenai.Event {
		text, err := json.Marshal(now)
		if err != nil {
			t.Fatal(err)
		}
		e, err := fakeopenai.ParseEvent([]byte(`{"object":"organization.audit_log","id":"` + id +
			`","type":"unheard.of","effective_at":` + string(text) + `,` + more + `}`))
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	events := []fakeopenai.Event{
		raw("audit_log-1", `"n":[0,-1,9223372036854775807,18446744073709551615,-9223372036854775808,1.5,1e-7]`),
		raw("audit_log-2", `"unheard.of":{"":null,"t":true,"f":false,"a":[[],{}]}`),
		raw("audit_log-3", `"s":"tab\t quote\" back\\ slash\/ nul\u0000 line\u2028 smile\ud83d\ude00 ümlaut"`),
		raw("audit_log-4", `"z":1,"a":2,"m":{"z":1,"a":2}`),
	}
	dir := t.TempDir()
	c := pipeline(dir, serve(t, fakeopenai.Options{}, events...))
	c.outputs = []props{toStdout()}
	p := start(t, c.write(t, dir, "conf"), launch{})
	p.await("all records", func() bool { return len(p.stdout.lines()) >= len(events) })
	p.terminate()
	wantSame(t, events, p.stdout.lines(), `{"stream":"organization"}`)
}
