//go:build linux

package e2e_test

import (
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"fluent-bit-openai-audit/internal/fakeopenai"
)

// The plugin's metrics stand beside Fluent Bit's own, with the instance's name and the values that are true.
func TestMetrics(t *testing.T) {
	t.Parallel()
	theHost(t)
	dir := t.TempDir()
	a := serve(t, fakeopenai.Options{}, livePage(t)...)
	port := freePort(t)
	c := pipeline(dir, a, "alias", "acme")
	c.service = c.service.with("http_server", "on", "http_listen", "127.0.0.1", "http_port", port)
	p := start(t, c.write(t, dir, "yaml"), launch{})
	w, want := watch(t, dir), a.events()
	p.await("the events", func() bool { return w.has(len(want)) })

	url := "http://127.0.0.1:" + port + "/api/v2/metrics/prometheus"
	var page string
	p.await("a scrape with a commit", func() bool {
		page = get(t, url)
		return sum(page, "fluentbit_input_openai_audit_commits_total", "acme") > 0 &&
			sum(page, "fluentbit_input_openai_audit_events_total", "acme") > 0
	})
	if n := sum(page, "fluentbit_input_openai_audit_events_total", "acme"); n != float64(len(want)) {
		t.Errorf("events_total is %v, want %d", n, len(want))
	}
	if n := sum(page, "fluentbit_input_openai_audit_requests_total", "acme"); n < 2 {
		t.Errorf("requests_total is %v, want at least one for each stream", n)
	}
	for _, name := range []string{
		"behind_seconds", "uncovered_seconds", "covered_until_timestamp_seconds", "last_poll_timestamp_seconds",
		"last_commit_timestamp_seconds", "queue_bytes", "received_bytes_total", "info",
	} {
		if !strings.Contains(page, "fluentbit_input_openai_audit_"+name+"{name=\"acme\"") {
			t.Errorf("there is no metric %s of the instance acme", name)
		}
	}
	if strings.Contains(page, testKey) {
		t.Error("the metrics hold the key")
	}
	p.terminate()
}

// get returns a page, or nothing while it cannot be had.
func get(t *testing.T, url string) string {
	t.Helper()
	transport := &http.Transport{DisableKeepAlives: true}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := (&http.Client{Transport: transport}).Do(req)
	if err != nil {
		return ""
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		return ""
	}
	return string(body)
}

// sum adds the values of all series of a metric of one instance.
func sum(page, metric, instance string) float64 {
	series := regexp.MustCompile(`(?m)^` + metric + `\{name="` + instance + `"[^}]*\} (\S+)`)
	total := 0.0
	for _, m := range series.FindAllStringSubmatch(page, -1) {
		if v, err := strconv.ParseFloat(m[1], 64); err == nil {
			total += v
		}
	}
	return total
}
