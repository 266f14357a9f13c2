package receivers_test

import (
	"net/http"
	"testing"
	"time"
)

// A Fluent Bit that is killed without warning while events arrive, and started again, leaves none out; and where the id is
// the document's, none is there twice.
func TestKill(t *testing.T) {
	t.Parallel()
	for name, receive := range map[string]func(*testing.T, *authority) receiver{
		"elasticsearch.yaml": func(t *testing.T, a *authority) receiver {
			t.Helper()
			store := newIndex(t)
			return receiver{
				env: []string{"ELASTICSEARCH_API_KEY=dGVzdDp0ZXN0", "ELASTICSEARCH_PORT=" + serveTLS(t, a, http.Handler(store))},
				ids: store.ids,
			}
		},
		"forward.yaml":      aggregator,
		"splunk.yaml":       splunk,
		"victorialogs.yaml": victoria,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			need(t, shared.fluentBit)
			a := newAuthority(t)
			r := receive(t, a)
			f := startFlow(t, name, serveSlowly(t, 2*time.Second), a, r)
			total := len(f.api.ids)
			before := 0
			f.await("some of the events", func() bool {
				ids, err := r.ids()
				before = distinct(ids)
				return err == nil && before > total/4
			})
			f.kill()
			if before == total {
				t.Skip("all events had arrived before the kill")
			}
			f.run()
			f.awaitIDs(r.ids)
			f.terminate()
			got, err := r.ids()
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("killed when %d of %d events had arrived", before, total)
			if repeats := compare(t, f.api.ids, got); repeats > 0 && name == "elasticsearch.yaml" {
				t.Errorf("%d events are there twice", repeats)
			}
			f.clean()
		})
	}
}
