package fakeopenai_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"fluent-bit-openai-audit/internal/fakeopenai"
)

// benchmarkServer has ten million events in the year before t0.
func benchmarkServer(b *testing.B) *fakeopenai.Server {
	b.Helper()
	s := fakeopenai.New(fakeopenai.Options{Now: fixedClock})
	s.AddOrganization(newOrganization(b, fakeopenai.OrganizationOptions{
		Seed: 1, From: t0.AddDate(-1, 0, 0), To: t0, Count: 10_000_000, Rhythm: fakeopenai.OfficeHours,
	}))
	return s
}

var encodings = []string{"identity", "gzip"}

// BenchmarkPage makes pages of 100 events, from request to bytes, without a network.
func BenchmarkPage(b *testing.B) {
	s := benchmarkServer(b)
	for _, encoding := range encodings {
		b.Run(encoding, func(b *testing.B) {
			b.ReportAllocs()
			var w discard
			for n := int64(0); b.Loop(); n++ {
				r := httptest.NewRequest(http.MethodGet, fmt.Sprintf("/v1/organization/audit_logs?limit=100&effective_at[lt]=%d", t0.Unix()-n*300), nil)
				r.Header.Set("Authorization", "Bearer "+testKey)
				r.Header.Set("Accept-Encoding", encoding)
				w.header = make(http.Header)
				s.ServeHTTP(&w, r)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "pages/s")
			b.ReportMetric(float64(w.bytes)/float64(b.N), "wire-B/page")
		})
	}
}

type discard struct {
	header http.Header
	bytes  int
}

func (d *discard) Header() http.Header { return d.header }

func (d *discard) Write(p []byte) (int, error) {
	d.bytes += len(p)
	return len(p), nil
}

func (d *discard) WriteHeader(int) {}

// BenchmarkHTTP serves pages of 100 events over loopback to a client of the same process that reads and drops them.
func BenchmarkHTTP(b *testing.B) {
	s := benchmarkServer(b)
	server := httptest.NewServer(s)
	defer server.Close()
	for _, encoding := range encodings {
		b.Run(encoding, func(b *testing.B) {
			for n := int64(0); b.Loop(); n++ {
				r, err := http.NewRequestWithContext(b.Context(), http.MethodGet,
					fmt.Sprintf("%s/v1/organization/audit_logs?limit=100&effective_at[lt]=%d", server.URL, t0.Unix()-n*300), nil)
				if err != nil {
					b.Fatal(err)
				}
				r.Header.Set("Authorization", "Bearer "+testKey)
				r.Header.Set("Accept-Encoding", encoding)
				resp, err := http.DefaultClient.Do(r)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := io.Copy(io.Discard, resp.Body); err != nil {
					b.Fatal(err)
				}
				_ = resp.Body.Close()
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "pages/s")
		})
	}
	http.DefaultClient.CloseIdleConnections()
}

// BenchmarkScan looks for the one event in a million that a filter lets pass.
func BenchmarkScan(b *testing.B) {
	s := benchmarkServer(b)
	f := fakeopenai.Filter{Types: []string{"no.such"}, From: t0.AddDate(0, 0, -37).Unix()}
	n := 0
	for range s.List(t0, fakeopenai.Filter{From: f.From}) {
		n++
	}
	for b.Loop() {
		for range s.List(t0, f) {
			b.Fatal("an event of a type that is none")
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/event")
}

// BenchmarkNewOrganization prepares an organization of ten million events.
func BenchmarkNewOrganization(b *testing.B) {
	for b.Loop() {
		benchmarkServer(b)
	}
}
