package auditlog_test

import (
	"encoding/json"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"fluent-bit-openai-audit/internal/auditlog"
	"fluent-bit-openai-audit/internal/fakeopenai"
)

// run plays the host for d: a collect callback every second, the ring buffer drained every 250 ms.
func run(c interface {
	HandOver(time.Duration, func([]byte) error) error
}, f *fluentBit, d time.Duration,
) {
	for end := time.Now().Add(d); time.Now().Before(end); {
		_ = c.HandOver(0, f.append)
		for range 4 {
			time.Sleep(250 * time.Millisecond)
			f.drain()
		}
	}
}

// runAtOnce plays a host that takes all at once, until n events are delivered or d is over.
func runAtOnce(c *auditlog.Collector, f *fluentBit, n int, d time.Duration) {
	for end := time.Now().Add(d); len(f.delivered()) < n && time.Now().Before(end); {
		_ = c.HandOver(20*time.Millisecond, f.append)
		f.drain()
	}
}

func TestLivePage(t *testing.T) {
	raw, err := os.ReadFile("../fakeopenai/testdata/live_page.json")
	if err != nil {
		t.Fatal(err)
	}
	var page struct{ Data []json.RawMessage }
	if err := json.Unmarshal(raw, &page); err != nil {
		t.Fatal(err)
	}
	want := make(map[string]any)
	for _, ev := range page.Data {
		var v map[string]any
		if err := json.Unmarshal(ev, &v); err != nil {
			t.Fatal(err)
		}
		want[v["id"].(string)] = v
	}

	synctest.Test(t, func(t *testing.T) {
		server := fakeopenai.New(fakeopenai.Options{Keys: []string{testKey}})
		local := fakeopenai.NewLocal(server)
		defer local.Close()
		events, err := fakeopenai.LoadFile("../fakeopenai/testdata/live_page.json")
		if err != nil {
			t.Fatal(err)
		}
		server.Add(events...)
		time.Sleep(time.Until(time.Unix(1760472653, 0).Add(time.Hour))) // the present of the page

		var fb fluentBit
		c := newCollector(t, local, &fb, map[string]string{"start_from": "beginning"})
		c.Start()
		run(c, &fb, time.Minute)
		c.Stop()

		got := make(map[string]any)
		for _, d := range fb.delivered() {
			var v map[string]any
			if err := json.Unmarshal(d.json, &v); err != nil {
				t.Fatal(err)
			}
			if got[d.id] != nil {
				t.Errorf("%s delivered twice", d.id)
			}
			got[d.id] = v
			if float64(d.time) != v["effective_at"].(float64) {
				t.Errorf("%s: record time %d, effective_at %v", d.id, d.time, v["effective_at"])
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		t.Log(fb.log())
	})
}
