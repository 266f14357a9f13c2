package receivers_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
)

// The destinations that VictoriaLogs stands for, since it takes what is made for them.

func elasticsearch(t *testing.T, a *authority) receiver {
	t.Helper()
	v := startVictoriaLogs(t)
	port := serveTLS(t, a, v.front("/insert/elasticsearch", url.Values{"_time_field": {"@timestamp"}},
		header("Authorization", "ApiKey dGVzdDp0ZXN0")))
	return receiver{
		env: []string{"ELASTICSEARCH_PORT=" + port, "ELASTICSEARCH_API_KEY=dGVzdDp0ZXN0"},
		ids: func() ([]string, error) { return v.values(idOfECS) },
	}
}

func opensearch(t *testing.T, a *authority) receiver {
	t.Helper()
	v := startVictoriaLogs(t)
	port := serveTLS(t, a, v.front("/insert/elasticsearch", url.Values{"_time_field": {"@timestamp"}},
		header("Authorization", basic("writer", "a password"))))
	return receiver{
		env: []string{"OPENSEARCH_PORT=" + port, "OPENSEARCH_USER=writer", "OPENSEARCH_PASSWORD=a password"},
		ids: func() ([]string, error) { return v.values(idOfECS) },
	}
}

func loki(t *testing.T, a *authority) receiver {
	t.Helper()
	v := startVictoriaLogs(t)
	port := serveTLS(t, a, v.front("/insert", nil, header("X-Scope-Orgid", "0:0")))
	return receiver{
		env: []string{"LOKI_PORT=" + port, "LOKI_TENANT=0:0"},
		ids: func() ([]string, error) { return v.values("id") },
	}
}

func openTelemetry(t *testing.T, a *authority) receiver {
	t.Helper()
	v := startVictoriaLogs(t)
	port := serveTLS(t, a, v.front("/insert/opentelemetry", nil, header("Authorization", "Bearer collector-token")))
	return receiver{
		env: []string{"OTLP_PORT=" + port, "OTLP_TOKEN=collector-token"},
		ids: func() ([]string, error) { return v.values("id") },
	}
}

func victoria(t *testing.T, a *authority) receiver {
	t.Helper()
	v := startVictoriaLogs(t)
	port := serveTLS(t, a, v.front("", nil, header("Authorization", basic("writer", "a password"))))
	return receiver{
		env:    []string{"VICTORIALOGS_PORT=" + port, "VICTORIALOGS_USER=writer", "VICTORIALOGS_PASSWORD=a password"},
		ids:    func() ([]string, error) { return v.values(idOfOCSF) },
		export: strings.ReplaceAll(comment(t, "victorialogs.yaml", "curl ", "fields"), "http://HOST:9428", v.url),
	}
}

// datadog passes on to VictoriaLogs what Datadog's intake takes: at most 1,000 logs and 5 MB in a request. Datadog takes
// attributes of any kind; VictoriaLogs only texts, so the others are passed on as JSON in a text.
func datadog(t *testing.T, a *authority) receiver {
	t.Helper()
	const maxLogs, maxBytes = 1000, 5_000_000
	v := startVictoriaLogs(t)
	port := serveTLS(t, a, v.front("/insert/datadog", nil, func(r *http.Request) error {
		if err := header("Dd-Api-Key", "datadog-key")(r); err != nil {
			return err
		}
		body, err := bodyOf(r)
		if err != nil {
			return err
		}
		var logs []map[string]json.RawMessage
		if err := json.Unmarshal(body, &logs); err != nil {
			return err
		}
		if len(logs) > maxLogs || len(body) > maxBytes {
			return fmt.Errorf("%d logs in %d bytes", len(logs), len(body))
		}
		return flatten(r, logs)
	}))
	return receiver{
		env: []string{"DATADOG_HOST=localhost", "DATADOG_PORT=" + port, "DATADOG_API_KEY=datadog-key"},
		ids: func() ([]string, error) { return v.values("id") },
	}
}

// flatten gives a request other logs, whose values are all texts but for the time.
func flatten(r *http.Request, logs []map[string]json.RawMessage) error {
	for _, log := range logs {
		for name, value := range log {
			if name != "timestamp" && value[0] != '"' {
				log[name] = json.RawMessage(strconv.Quote(string(value)))
			}
		}
	}
	body, err := json.Marshal(logs)
	r.Header.Del("Content-Encoding")
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return err
}

func basic(user, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}

// bodyOf returns the body of a request, unpacked, and leaves the request as it was.
func bodyOf(r *http.Request) ([]byte, error) {
	packed, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(bytes.NewReader(packed))
	if r.Header.Get("Content-Encoding") != "gzip" {
		return packed, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}
