package compliance_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fluent-bit-openai-audit/internal/compliance"
	"fluent-bit-openai-audit/internal/config"
	"fluent-bit-openai-audit/internal/fakeopenai"
	"fluent-bit-openai-audit/internal/fakeopenai/logfiles"
	"fluent-bit-openai-audit/internal/source"
)

// BenchmarkFiles reads log files of some 15 MB, 20,000 records each, from the API to a host that takes all of them: listed,
// downloaded, hashed, spooled to disk, decoded, looked up, handed over and saved.
func BenchmarkFiles(b *testing.B) {
	const records = 20_000
	archive := logfiles.New(logfiles.Options{Workspace: fakeopenai.DefaultWorkspace})
	end := time.Now().Add(-time.Hour)
	size := 0
	for n := range b.N {
		var text strings.Builder
		for i := range records {
			fmt.Fprintf(&text, `{"event_id":"%d-%d","type":"AUTH_LOG","timestamp":%q,"principal":{"id":"3f0a6c1e-7b52-4d0e-9a41-5c2be8d7f610","type":"CHATGPT_WORKSPACE"},`+
				`"actor":{"type":"ACCOUNT_USER","user_id":"user-Kp2vQ8sLmZ4tRw6yBn1cXd3F","user_email":"dana.okafor@example.com"},"action_data":{"text":%q}}`+"\n",
				n, i, end.Add(-time.Duration(i)*time.Millisecond).UTC().Format(time.RFC3339Nano), strings.Repeat("lorem ", 70))
		}
		size = text.Len()
		archive.Add(logfiles.File{ID: fmt.Sprint("eclf_", n), Type: "AUTH_LOG", End: end.Add(time.Duration(n) * time.Second)}, []byte(text.String()))
	}
	server := fakeopenai.New(fakeopenai.Options{Files: archive, NoGzip: true})
	local := fakeopenai.NewLocal(server)
	b.Cleanup(local.Close)
	cfg, err := config.ParseMap(map[string]string{
		"source": "compliance_logs", "api_key": testKey, "base_url": local.URL, "workspace_id": fakeopenai.DefaultWorkspace,
		"db": filepath.Join(b.TempDir(), "state.db"), "max_requests_per_minute": "0", "start_from": "2d",
	}, func(string) (string, bool) { return "", false })
	if err != nil {
		b.Fatal(err)
	}
	var host fluentBit
	c, err := compliance.New(cfg, &host, source.Options{Transport: local.Client().Transport})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(size))
	b.ResetTimer()
	c.Start()
	for count(c, "log_files_total") < float64(b.N) {
		if err := c.HandOver(10*time.Millisecond, func([]byte) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
	b.StopTimer()
	c.Stop()
	b.ReportMetric(float64(records*b.N)/b.Elapsed().Seconds(), "records/s")
}
