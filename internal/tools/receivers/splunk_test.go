package receivers_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
)

// collected is what a stand-in has taken.
type collected struct {
	mu  sync.Mutex
	all []string
}

func (c *collected) add(ids ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = append(c.all, ids...)
}

func (c *collected) ids() ([]string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return bytesOf(c.all), nil
}

func bytesOf(all []string) []string { return append([]string(nil), all...) }

// splunk stands in for an HTTP Event Collector with one token for one index. It refuses, with the statuses and codes of
// Splunk's documentation ("HTTP Event Collector error codes"): another token (403, 4), an empty body (400, 5), what is no
// JSON object (400, 6), another index (400, 7), an event that is missing (400, 12) or blank (400, 13), and indexed fields
// that are no flat texts (400, 15). One refused event refuses the request.
func splunk(t *testing.T, a *authority) receiver {
	t.Helper()
	var taken collected
	port := serveTLS(t, a, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status, code, ids := hec(r)
		if code != 0 {
			t.Errorf("the collector refuses a request with code %d", code)
		}
		taken.add(ids...)
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"text":"stand-in","code":%d}`, code)
	}))
	return receiver{
		env: []string{"SPLUNK_PORT=" + port, "SPLUNK_TOKEN=a-token", "SPLUNK_INDEX=audit"},
		ids: taken.ids,
	}
}

// hec answers one request: with a status, Splunk's code, and the ids of the events that it takes.
func hec(r *http.Request) (status, code int, ids []string) {
	if r.Header.Get("Authorization") != "Splunk a-token" {
		return http.StatusForbidden, 4, nil
	}
	body, err := bodyOf(r)
	if err != nil || len(bytes.TrimSpace(body)) == 0 {
		return http.StatusBadRequest, 5, nil
	}
	d := json.NewDecoder(bytes.NewReader(body))
	for {
		var e struct {
			Time   *float64
			Index  string
			Event  json.RawMessage
			Fields map[string]any
		}
		if err := d.Decode(&e); errors.Is(err, io.EOF) {
			return http.StatusOK, 0, ids
		} else if err != nil || e.Time == nil {
			return http.StatusBadRequest, 6, nil
		}
		for _, v := range e.Fields {
			if _, flat := v.(string); !flat {
				return http.StatusBadRequest, 15, nil
			}
		}
		id, err := field(e.Event, "id")
		switch {
		case e.Index != "audit":
			return http.StatusBadRequest, 7, nil
		case e.Event == nil:
			return http.StatusBadRequest, 12, nil
		case string(e.Event) == `""`:
			return http.StatusBadRequest, 13, nil
		case err != nil || e.Fields["id"] != id: // what splunk.yaml promises
			return http.StatusBadRequest, 15, nil
		}
		ids = append(ids, id)
	}
}
