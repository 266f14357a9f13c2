package config_test

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fluent-bit-openai-audit/internal/config"
)

// A proxy of the environment that net/http would pass over, so that requests went out past it, is a problem.
func TestProxyOfEnvironment(t *testing.T) {
	t.Parallel()
	const broken = "http://user:p4ss%zzw0rdX@127.0.0.1:1"
	problem := func(name string) []string {
		return []string{name + ": the value of this environment variable (not shown) is not a proxy's URL" + proxyValues + escapeHint +
			"; or set the property proxy"}
	}
	for _, tt := range []struct {
		name  string
		env   map[string]string
		given map[string]string
		want  []string
	}{
		{name: "URL", env: map[string]string{"HTTPS_PROXY": "http://user:pass@proxy.example:3128/"}},
		{name: "host and port", env: map[string]string{"HTTPS_PROXY": "proxy.example:3128"}},
		{name: "socks5h", env: map[string]string{"https_proxy": "socks5h://proxy.example"}},
		{name: "broken", env: map[string]string{"HTTPS_PROXY": broken}, want: problem("HTTPS_PROXY")},
		{name: "lower case", env: map[string]string{"https_proxy": broken}, want: problem("https_proxy")},
		{name: "upper case first", env: map[string]string{"HTTPS_PROXY": "http://a", "https_proxy": broken}},
		{name: "another scheme", env: map[string]string{"HTTPS_PROXY": "htp://proxy.example"}, want: problem("HTTPS_PROXY")},
		{name: "no host", env: map[string]string{"HTTPS_PROXY": "http://"}, want: problem("HTTPS_PROXY")},
		{name: "not for https", env: map[string]string{"HTTP_PROXY": broken}},
		{
			name: "for http", env: map[string]string{"HTTP_PROXY": broken}, want: problem("HTTP_PROXY"),
			given: map[string]string{"base_url": "http://api.example/v1", "insecure_http": "on"},
		},
		{name: "this machine", env: map[string]string{"HTTP_PROXY": broken}, given: map[string]string{"base_url": "http://127.0.0.1:1/v1"}},
		{name: "property", env: map[string]string{"HTTPS_PROXY": broken}, given: map[string]string{"proxy": "http://proxy.example"}},
		{name: "NO_PROXY", env: map[string]string{"HTTPS_PROXY": broken, "NO_PROXY": "a.example, .OpenAI.com"}},
		{name: "no_proxy", env: map[string]string{"HTTPS_PROXY": broken, "no_proxy": "*"}},
		{name: "another NO_PROXY", env: map[string]string{"HTTPS_PROXY": broken, "NO_PROXY": "ai.com"}, want: problem("HTTPS_PROXY")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			given := map[string]string{"api_key": testKey}
			maps.Copy(given, tt.given)
			_, err := config.ParseMap(given, func(name string) (string, bool) {
				value, set := tt.env[name]
				return value, set
			})
			if diff := cmp.Diff(tt.want, problemLines(t, err)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
