package receivers_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Where out_chronicle sends to cannot be configured: these names lead to the stand-in, for the Fluent Bit under test.
const (
	googleTokens    = "oauth2.googleapis.com"
	chronicleIngest = "malachiteingestion-pa.googleapis.com"
)

// chronicle stands in for the ingestion API of Google SecOps, and for the place that gives tokens for it. As documented, it
// gives a token for an assertion that the service account has signed, and refuses requests without one, of another
// customer or log type, of more than 1 MB, and entries without a text and a time.
func chronicle(t *testing.T, _ *authority) receiver {
	t.Helper()
	a := newAuthority(t, googleTokens, chronicleIngest)
	account, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	credentials := filepath.Join(t.TempDir(), "google.json")
	writeFile(t, credentials, serviceAccount(t, account))
	var taken collected
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+googleTokens+"/token", func(w http.ResponseWriter, r *http.Request) {
		if err := assertion(r.PostFormValue("assertion"), &account.PublicKey); err != nil {
			t.Errorf("no token: %v", err)
			http.Error(w, `{"error":"invalid_grant"}`, http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"access_token":"a-token-of-google","expires_in":3599,"token_type":"Bearer"}`)
	})
	mux.HandleFunc("GET "+chronicleIngest+"/v2/logtypes", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"logTypes":[{"logType":"OKTA","description":"Okta"},{"logType":"OPENAI_AUDITLOG","description":"OpenAI"}]}`)
	})
	mux.HandleFunc("POST "+chronicleIngest+"/v2/unstructuredlogentries:batchCreate", func(w http.ResponseWriter, r *http.Request) {
		ids, err := batchCreate(r)
		if err != nil {
			t.Errorf("the ingestion API refuses a request: %v", err)
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		taken.add(ids...)
		fmt.Fprint(w, "{}")
	})
	// Another address of this machine, so that the port of HTTPS is free there.
	const address = "127.43.0.1"
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", address+":443")
	if errors.Is(err, syscall.EACCES) {
		t.Skip("only root may listen on port 443, to which out_chronicle is bound")
	}
	if err != nil {
		t.Fatal(err)
	}
	serve(t, tls.NewListener(l, a.config()), mux)
	return receiver{
		env:     []string{"CHRONICLE_CREDENTIALS=" + credentials, "CHRONICLE_PROJECT_ID=project", "CHRONICLE_CUSTOMER_ID=customer", "OUTPUT_CA_FILE=" + a.caFile},
		ids:     taken.ids,
		command: trusting(t, a, map[string]string{googleTokens: address, chronicleIngest: address}),
	}
}

// serviceAccount returns the file of a service account with a key.
func serviceAccount(t *testing.T, key *rsa.PrivateKey) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(map[string]string{
		"type": "service_account", "project_id": "project", "private_key_id": "1",
		"private_key":  string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
		"client_email": "audit@project.iam.gserviceaccount.com", "client_id": "1",
		"auth_uri": "https://accounts.google.com/o/oauth2/auth", "token_uri": "https://" + googleTokens + "/token",
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// assertion checks what a service account signs to get a token.
func assertion(text string, key *rsa.PublicKey) error {
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return fmt.Errorf("the assertion %q is no JWT", text)
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		return err
	}
	digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if err := rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], signature); err != nil {
		return err
	}
	claims, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return err
	}
	scope, err := field(claims, "scope")
	if err == nil && scope != "https://www.googleapis.com/auth/malachite-ingestion" {
		err = fmt.Errorf("the scope is %q", scope)
	}
	return err
}

// batchCreate returns the ids of the events in a request.
func batchCreate(r *http.Request) ([]string, error) {
	const maxBytes = 1 << 20
	if err := header("Authorization", "Bearer a-token-of-google")(r); err != nil {
		return nil, err
	}
	body, err := bodyOf(r)
	if err != nil {
		return nil, err
	}
	var request struct {
		CustomerID string `json:"customer_id"`
		LogType    string `json:"log_type"`
		Entries    []struct {
			Text string `json:"log_text"`
			Time string `json:"ts_rfc3339"`
		}
	}
	if err := json.Unmarshal(body, &request); err != nil {
		return nil, err
	}
	if request.CustomerID != "customer" || request.LogType != "OPENAI_AUDITLOG" || len(body) > maxBytes {
		return nil, fmt.Errorf("customer %q, log type %q, %d bytes", request.CustomerID, request.LogType, len(body))
	}
	var ids []string
	for _, e := range request.Entries {
		if _, err := time.Parse(time.RFC3339, e.Time); err != nil {
			return nil, err
		}
		id, err := field([]byte(e.Text), "id")
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}
