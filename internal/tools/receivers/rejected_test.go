package receivers_test

import (
	"net/http"
	"testing"
)

// What a destination refuses for good, so that Fluent Bit would drop it, is kept in the folder rejected: nothing is lost,
// as the configurations say.
func TestRejected(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		env    func(port string) []string
	}{
		"splunk.yaml":        {http.StatusForbidden, func(port string) []string { return []string{"SPLUNK_TOKEN=wrong", "SPLUNK_PORT=" + port} }},
		"loki.yaml":          {http.StatusBadRequest, func(port string) []string { return []string{"LOKI_PORT=" + port} }},
		"opentelemetry.yaml": {http.StatusInternalServerError, func(port string) []string { return []string{"OTLP_PORT=" + port} }},
		"victorialogs.yaml":  {http.StatusBadRequest, func(port string) []string { return []string{"VICTORIALOGS_PORT=" + port} }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			need(t, shared.fluentBit)
			a := newAuthority(t)
			port := serveTLS(t, a, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				http.Error(w, "refused", c.status)
			}))
			api := serveAPI(t)
			f := startFlow(t, name, api, a, receiver{env: c.env(port)})
			f.awaitIDs(func() ([]string, error) { return f.rejected(), nil })
			f.terminate()
			ids := f.rejected()
			have := map[string]bool{}
			for _, id := range ids {
				have[id] = true
			}
			for _, id := range api.ids {
				if !have[id] {
					t.Errorf("the event %s is gone", id)
				}
			}
		})
	}
}
