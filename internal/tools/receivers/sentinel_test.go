package receivers_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"testing"
	"time"
)

// sentinel stands in for Microsoft's Logs Ingestion API, with one data collection rule, and for the place that gives
// tokens for it. As documented, it refuses a request without a token of its own, of another rule or stream, of more than
// 1 MB (unpacked), and what is no array of objects with a time in TimeGenerated; columns that the rule does not declare
// are left out without a word, so those that sentinel.yaml names are all that it keeps.
func sentinel(t *testing.T, a *authority) receiver {
	t.Helper()
	var taken collected
	mux := http.NewServeMux()
	mux.HandleFunc("POST /tenant/oauth2/v2.0/token", func(w http.ResponseWriter, r *http.Request) {
		for name, want := range map[string]string{
			"grant_type": "client_credentials", "client_id": "client", "client_secret": "a secret",
			"scope": "https://monitor.azure.com/.default",
		} {
			if got := r.PostFormValue(name); got != want {
				t.Errorf("the token is asked for with %s=%q, not %q", name, got, want)
				http.Error(w, `{"error":"invalid_client"}`, http.StatusUnauthorized)
				return
			}
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"token_type":"Bearer","expires_in":3599,"access_token":"a.token.of-azure"}`)
	})
	columns := declared(t)
	mux.HandleFunc("POST /dataCollectionRules/dcr-1/streams/Custom-OpenAIAuditLogs_CL", func(w http.ResponseWriter, r *http.Request) {
		ids, err := ingest(r, columns)
		if err != nil {
			t.Errorf("the Logs Ingestion API refuses a request: %v", err)
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		taken.add(ids...)
		w.WriteHeader(http.StatusNoContent)
	})
	port := serveTLS(t, a, mux)
	return receiver{
		env: []string{
			"AZURE_TENANT_ID=tenant", "AZURE_CLIENT_ID=client", "AZURE_CLIENT_SECRET=a secret",
			"AZURE_AUTH_URL=https://localhost:" + port + "/tenant/oauth2/v2.0/token",
			"AZURE_DCE_URL=https://localhost:" + port, "AZURE_DCR_ID=dcr-1",
		},
		ids:     taken.ids,
		command: trusting(t, a, nil),
	}
}

// declared returns the columns that sentinel.yaml has the rule declare.
func declared(t *testing.T) map[string]bool {
	t.Helper()
	columns := map[string]bool{}
	text := comment(t, "sentinel.yaml", "TimeGenerated datetime", "openai_audit dynamic")
	for _, m := range regexp.MustCompile(`(\w+) (?:datetime|string|long|dynamic)`).FindAllStringSubmatch(text, -1) {
		columns[m[1]] = true
	}
	return columns
}

// ingest returns the ids of the rows in a request.
func ingest(r *http.Request, columns map[string]bool) ([]string, error) {
	const maxBytes = 1 << 20
	if err := header("Authorization", "Bearer a.token.of-azure")(r); err != nil {
		return nil, err
	}
	body, err := bodyOf(r)
	if err != nil {
		return nil, err
	}
	if len(body) > maxBytes {
		return nil, fmt.Errorf("%d bytes", len(body))
	}
	var rows []map[string]any
	if err := json.Unmarshal(body, &rows); err != nil {
		return nil, err
	}
	var ids []string
	for _, row := range rows {
		for name := range row {
			if !columns[name] {
				return nil, fmt.Errorf("the rule declares no column %q: it would be left out", name)
			}
		}
		at, _ := row["TimeGenerated"].(string)
		if _, err := time.Parse(time.RFC3339, at); err != nil {
			return nil, err
		}
		id, ok := row["id"].(string)
		if !ok {
			return nil, fmt.Errorf("a row has the id %v", row["id"])
		}
		ids = append(ids, id)
	}
	return ids, nil
}
