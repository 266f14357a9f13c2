package connect_test

import (
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fluent-bit-openai-audit/internal/config"
	"fluent-bit-openai-audit/internal/connect"
	"fluent-bit-openai-audit/internal/openai"
	"fluent-bit-openai-audit/internal/secret"
)

func parse(t *testing.T, text string) secret.Key {
	t.Helper()
	key, err := secret.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func parseURL(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestOptions(t *testing.T) {
	cfg := &config.Config{
		BaseURL: parseURL(t, "http://gateway.example/v1"), InsecureHTTP: true, Organization: "org-1",
		ProjectIDs: []string{"p"}, EventTypes: []string{"e"}, ActorIDs: []string{"a"}, ActorEmails: []string{"m"}, ResourceIDs: []string{"r"},
		RequestTimeout: 7 * time.Second, MaxBodySize: 1 << 20, Concurrency: 9, Proxy: parseURL(t, "socks5://proxy:1"),
		CAFile: "ca", ClientCertFile: "cert", ClientKeyFile: "key",
	}
	keys := openai.NewStaticKey(parse(t, "sk-admin-1"))
	got := connect.Options(cfg, keys, "1.2.3")
	want := openai.Options{
		BaseURL: cfg.BaseURL, InsecureHTTP: true, Keys: keys, Organization: "org-1", UserAgent: openai.UserAgent("1.2.3"),
		Filters: openai.Filters{
			ProjectIDs: []string{"p"}, EventTypes: []string{"e"}, ActorIDs: []string{"a"}, ActorEmails: []string{"m"}, ResourceIDs: []string{"r"},
		},
		RequestTimeout: 7 * time.Second, MaxBodySize: 1 << 20, Concurrency: 9, Proxy: cfg.Proxy,
		CAFile: "ca", ClientCertFile: "cert", ClientKeyFile: "key",
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b *openai.StaticKey) bool { return a == b })); diff != "" {
		t.Errorf("options differ (-want +got):\n%s", diff)
	}
	// An option that is new in the client comes from the configuration, or is the caller's.
	callers := []string{"MaxRetryAfter", "Gate", "OnRequest", "OnProblem", "Transport"}
	for i, v := 0, reflect.ValueOf(got); i < v.NumField(); i++ {
		name := v.Type().Field(i).Name
		if v.Field(i).IsZero() != slices.Contains(callers, name) {
			t.Errorf("option %s: set %v", name, !v.Field(i).IsZero())
		}
	}
}

func TestKeys(t *testing.T) {
	reveal := func(source openai.KeySource) string {
		key, err := source.Key(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return key.Reveal()
	}
	source, err := connect.Keys(&config.Config{APIKey: parse(t, "sk-admin-1")}, connect.Listener{})
	if err != nil || reveal(source) != "sk-admin-1" {
		t.Errorf("the property's key: %v, %v", source, err)
	}

	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, []byte("\ufeffsk-admin-2\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var heard []string
	hear := connect.Listener{
		Problem:   func(err error) { heard = append(heard, "problem: "+err.Error()) },
		Recovered: func(text string) { heard = append(heard, "recovered: "+text) },
		Warning:   func(text string) { heard = append(heard, "warning: "+text) },
	}
	if source, err = connect.Keys(&config.Config{APIKey: parse(t, "sk-admin-1"), APIKeyFile: path}, hear); err != nil || reveal(source) != "sk-admin-2" {
		t.Fatalf("the file's key: %v, %v", source, err)
	}
	if err := os.WriteFile(path, []byte("KEY=sk-admin-3"), 0o600); err != nil {
		t.Fatal(err)
	}
	source.Refused(parse(t, "sk-admin-2"))
	if err := os.WriteFile(path, []byte("sk-admin-3"), 0o600); err != nil {
		t.Fatal(err)
	}
	source.Refused(parse(t, "sk-admin-2"))
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	source.Refused(parse(t, "sk-admin-2"))
	for i, want := range []string{"problem: api_key_file: " + path + ": holds NAME=sk-...", "recovered: ", "warning: "} {
		if len(heard) != 3 || !strings.HasPrefix(heard[i], want) {
			t.Fatalf("heard %q, want %q in place %d", heard, want, i)
		}
	}
	if _, err := connect.Keys(&config.Config{APIKeyFile: path + "x"}, hear); err == nil || !strings.Contains(err.Error(), path+"x") {
		t.Errorf("error %v for a file that is not there", err)
	}
}
