package openai_test

import (
	"bytes"
	"net/http"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"fluent-bit-openai-audit/internal/openai"
)

// indentedPage is as large as a full page of the API, and about as compressible.
func indentedPage() string {
	event := `  {"id": "audit_log-9P1tuwofNlPfX1ms9qi7sPgJ", "type": "login.succeeded", "effective_at": 1760472653, "actor": {"type": "session"}},` + "\n"
	return `{"object": "list", "data": [` + strings.Repeat(event, 1000) + `{}]}`
}

// network returns a client with the page in memory, compressed.
func network(b testing.TB) (*openai.Client, string) {
	want := indentedPage()
	body := gzipped(b, want)
	header := http.Header{"Content-Encoding": {"gzip"}, "X-Request-Id": {"req_0123456789abcdef"}, "Date": {"Sat, 21 Nov 2026 11:00:00 GMT"}}
	return newClient(b, openai.Options{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		return response(r, 200, header, bytes.NewReader(body)), nil
	})}), want
}

// Once warm, a request takes neither a buffer for its body nor an inflater.
func TestBuffersAreReused(t *testing.T) {
	client, want := network(t)
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // a collection empties the pools
	ask := func() {
		resp := page(t, client, openai.Query{})
		if len(resp.Body) != len(want) {
			t.Fatalf("a body of %d bytes, want %d", len(resp.Body), len(want))
		}
		resp.Release()
	}
	ask()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	const rounds = 100
	for range rounds {
		ask()
	}
	runtime.ReadMemStats(&after)
	// Without reuse it is more than that; under the race detector, where a pool
	// forgets a quarter of what it is given, about a third.
	if perRequest := (after.TotalAlloc - before.TotalAlloc) / rounds; perRequest > uint64(len(want)) {
		t.Errorf("%d bytes allocated per request with a body of %d", perRequest, len(want))
	}
}

// What one giant answer needed is not kept for the next.
func TestGiantBufferIsNotKept(t *testing.T) {
	const size = 4 << 20
	body := pageOf(size)
	client := newClient(t, openai.Options{Transport: answer(200, nil, body)})
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	page(t, client, openai.Query{}).Release()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	page(t, client, openai.Query{}).Release()
	runtime.ReadMemStats(&after)
	if allocated := after.TotalAlloc - before.TotalAlloc; allocated < size {
		t.Errorf("%d bytes allocated for a body of %d: a buffer was kept", allocated, size)
	}
}

func BenchmarkAuditLogs(b *testing.B) {
	client, want := network(b)
	b.SetBytes(int64(len(want)))
	b.ReportAllocs()
	for b.Loop() {
		resp, err := client.AuditLogs(b.Context(), openai.Query{From: 1760000000, To: 1760000600, After: "audit_log-9P1tuwofNlPfX1ms9qi7sPgJ", Limit: 100})
		if err != nil {
			b.Fatal(err)
		}
		resp.Release()
	}
}
