package receivers_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os/exec"
	"strings"
	"testing"
)

// victoriaLogs is a VictoriaLogs that listens on loopback, in plain HTTP, with nothing in it.
type victoriaLogs struct {
	t   *testing.T
	url string
}

func startVictoriaLogs(t *testing.T) *victoriaLogs {
	t.Helper()
	v := &victoriaLogs{t: t, url: "http://127.0.0.1:" + freePort(t)}
	p := start(t, exec.Command(need(t, shared.victoriaLogs), "-storageDataPath="+t.TempDir(),
		"-httpListenAddr="+strings.TrimPrefix(v.url, "http://"), "-retentionPeriod=10y", "-memory.allowedBytes=64MB"))
	p.await("VictoriaLogs to listen", func() bool {
		r, err := http.Get(v.url + "/health")
		if err != nil {
			return false
		}
		return r.Body.Close() == nil && r.StatusCode == http.StatusOK
	})
	return v
}

// front is a handler that passes requests on to VictoriaLogs: the path behind a prefix, with parameters besides, once
// check has found nothing wrong with them.
func (v *victoriaLogs) front(prefix string, params url.Values, check func(*http.Request) error) http.Handler {
	target, err := url.Parse(v.url)
	if err != nil {
		v.t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.URL.Path = prefix + r.In.URL.Path
		q := r.Out.URL.Query()
		for name, values := range params {
			q[name] = values
		}
		r.Out.URL.RawQuery = q.Encode()
	}}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := check(r); err != nil {
			v.t.Errorf("%s %s: %v", r.Method, r.URL.Path, err)
			http.Error(w, err.Error(), http.StatusForbidden)
			return
		}
		proxy.ServeHTTP(w, r)
	})
}

// values returns a field of every entry, one for each, as a query that a user can ask returns them.
func (v *victoriaLogs) values(field string) ([]string, error) {
	query := url.Values{"query": {fmt.Sprintf("* | fields %q", field)}, "limit": {"1000000"}}
	lines, err := v.query(query)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, line := range lines {
		var entry map[string]string
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			return nil, err
		}
		out = append(out, entry[field])
	}
	return out, nil
}

// query returns the lines that VictoriaLogs answers to a query.
func (v *victoriaLogs) query(params url.Values) ([]string, error) {
	ctx, cancel := context.WithTimeout(v.t.Context(), patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, v.url+"/select/logsql/query", strings.NewReader(params.Encode()))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(answer.Body)
		return nil, fmt.Errorf("VictoriaLogs answers %s: %s", answer.Status, body)
	}
	var lines []string
	s := bufio.NewScanner(answer.Body)
	s.Buffer(nil, 16<<20)
	for s.Scan() {
		if s.Text() != "" {
			lines = append(lines, s.Text())
		}
	}
	return lines, s.Err()
}

// header checks a request's header.
func header(name, want string) func(*http.Request) error {
	return func(r *http.Request) error {
		if got := r.Header.Get(name); got != want {
			return fmt.Errorf("the header %s is %q, not %q", name, got, want)
		}
		return nil
	}
}
