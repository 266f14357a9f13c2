package receivers_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
)

// An event that comes again takes its own place in Elasticsearch and OpenSearch: after two collectors, each with a state of
// its own, every event is there once. And the mapping of the template in elasticsearch.yaml refuses none.
func TestDocuments(t *testing.T) {
	t.Parallel()
	for name, env := range map[string][]string{
		"elasticsearch.yaml": {"ELASTICSEARCH_API_KEY=dGVzdDp0ZXN0", "ELASTICSEARCH_PORT="},
		"opensearch.yaml":    {"OPENSEARCH_PASSWORD=a password", "OPENSEARCH_PORT="},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			need(t, shared.fluentBit)
			a := newAuthority(t)
			store := newIndex(t)
			env := []string{env[0], env[1] + serveTLS(t, a, store)}
			api := serveAPI(t)
			for range 2 {
				store.forget()
				f := startFlow(t, name, api, a, receiver{env: env})
				f.awaitIDs(store.operations)
				f.terminate()
				f.clean()
			}
			got, err := store.ids()
			if err != nil {
				t.Fatal(err)
			}
			if repeats := compare(t, api.ids, got); repeats > 0 {
				t.Errorf("%d events are there more than once", repeats)
			}
		})
	}
}

// index stands in for an Elasticsearch of version 8 with one index, which has the template of elasticsearch.yaml. As
// documented, a bulk request is answered with 200 and a result for each operation, of which one that the mapping refuses
// has the status 400: an object where a value belongs or the other way round, a keyword of more than 32,766 bytes, an
// object nested deeper than 20 in a flattened one. Of index operations, one with an id that is there replaces it. A type
// of the document is refused, since version 8 knows none.
type index struct {
	t       *testing.T
	mapping mapping

	mu        sync.Mutex
	documents map[string]json.RawMessage
	taken     []string        // ids of operations
	kinds     map[string]bool // of fields that were mapped as they came, by path: whether they are objects
}

// mapping is a field of an index.
type mapping struct {
	Type       string
	Dynamic    json.RawMessage
	Properties map[string]mapping
}

func newIndex(t *testing.T) *index {
	t.Helper()
	text := comment(t, "elasticsearch.yaml", `{"index_patterns"`, `"flattened"`)
	var template struct{ Template struct{ Mappings mapping } }
	if err := json.Unmarshal([]byte(text), &template); err != nil {
		t.Fatal(err)
	}
	return &index{t: t, mapping: template.Template.Mappings, documents: map[string]json.RawMessage{}, kinds: map[string]bool{}}
}

// ids returns the ids of the events in the documents.
func (x *index) ids() ([]string, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	var ids []string
	for _, document := range x.documents {
		id, err := field(document, idOfECS)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

func (x *index) operations() ([]string, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return bytesOf(x.taken), nil
}

func (x *index) forget() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.taken = nil
}

// ServeHTTP answers bulk requests.
func (x *index) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x.mu.Lock()
	defer x.mu.Unlock()
	items, err := x.bulk(r)
	if err != nil {
		x.t.Errorf("the index refuses a request: %v", err)
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	failed := false
	for _, item := range items {
		failed = failed || item.Index.Status >= http.StatusBadRequest
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"took": 1, "errors": failed, "items": items}) // Fluent Bit would try again
}

// item is the result of one operation.
type item struct {
	Index struct {
		ID     string `json:"_id"`
		Status int    `json:"status"`
	} `json:"index"`
}

func (x *index) bulk(r *http.Request) ([]item, error) {
	body, err := bodyOf(r)
	if err != nil {
		return nil, err
	}
	if r.URL.Path != "/_bulk" || r.Header.Get("Authorization") == "" {
		return nil, fmt.Errorf("%s, Authorization %q", r.URL, r.Header.Get("Authorization"))
	}
	var items []item
	lines := bufio.NewReader(bytes.NewReader(body))
	for {
		head, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return items, nil
		}
		document, err := lines.ReadBytes('\n')
		if err != nil {
			return nil, err
		}
		var action struct {
			Index *struct {
				Index string `json:"_index"`
				ID    string `json:"_id"`
				Type  string `json:"_type"`
			}
		}
		if err := json.Unmarshal(head, &action); err != nil {
			return nil, err
		}
		if action.Index == nil || action.Index.Index != "openai-audit" || action.Index.ID == "" || action.Index.Type != "" {
			return nil, fmt.Errorf("the action is %s", head)
		}
		var result item
		result.Index.ID, result.Index.Status = action.Index.ID, http.StatusCreated
		if err := x.put(action.Index.ID, document); err != nil {
			x.t.Errorf("the mapping refuses a document: %v: %.300s", err, document)
			result.Index.Status = http.StatusBadRequest
		}
		items = append(items, result)
	}
}

func (x *index) put(id string, document []byte) error {
	var object map[string]any
	if err := json.Unmarshal(document, &object); err != nil {
		return err
	}
	if err := x.fits(object, x.mapping, ""); err != nil {
		return err
	}
	x.documents[id] = document
	x.taken = append(x.taken, id)
	return nil
}
