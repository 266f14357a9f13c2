package bench_test

import (
	"net/http"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"fluent-bit-openai-audit/internal/collector"
	"fluent-bit-openai-audit/internal/config"
	"fluent-bit-openai-audit/internal/fakeopenai"
	"fluent-bit-openai-audit/internal/host"
	"fluent-bit-openai-audit/internal/source"
)

// silent is a host that takes all records and keeps none.
type silent struct{ tb testing.TB }

func (silent) Name() string { return "soak" }

func (s silent) Log(level host.Level, text string) {
	if level <= host.Warn {
		s.tb.Logf("[%s] %s", level, text)
	}
}

// footprint is what a process holds that nobody uses up.
type footprint struct {
	bytes, objects uint64 // of the heap
	goroutines     int
}

func measureFootprint() footprint {
	var m runtime.MemStats
	for range 3 { // pools let go of what they keep at the second collection
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return footprint{m.HeapAlloc, m.HeapObjects, runtime.NumGoroutine()}
}

// TestSoak collects for hours of simulated time, in which events come, polls and
// sweeps run, and ids are kept and forgotten: nothing may grow.
func TestSoak(t *testing.T) {
	hours, settled := 24, 6
	if testing.Short() {
		hours, settled = 8, 4
	}
	synctest.Test(t, func(t *testing.T) {
		server := fakeopenai.New(fakeopenai.Options{})
		org, err := fakeopenai.NewOrganization(fakeopenai.OrganizationOptions{
			Seed: 1, From: time.Now().Add(-24 * time.Hour), To: time.Now().Add(48 * time.Hour), Rate: 0.2, TenantShare: 0.1,
			LateShare: 0.02, LateMin: time.Second, LateMax: time.Hour,
		})
		if err != nil {
			t.Fatal(err)
		}
		server.AddOrganization(org)
		local := fakeopenai.NewLocal(server)
		defer local.Close()
		// Windows short enough for all that is kept to turn over many times.
		cfg, err := config.ParseMap(map[string]string{
			"api_key": "sk-admin-soak-0123456789", "base_url": local.URL, "db": "off", "start_from": "12h",
			"sweep_window": "90m", "sweep_interval": "30m", "heartbeat_interval": "1m",
		}, func(string) (string, bool) { return "", false })
		if err != nil {
			t.Fatal(err)
		}
		transport := &http.Transport{DialContext: local.DialContext, MaxIdleConnsPerHost: cfg.Concurrency}
		defer transport.CloseIdleConnections()
		c, err := collector.New(cfg, silent{t}, source.Options{Version: "soak", Transport: transport, NoSync: true})
		if err != nil {
			t.Fatal(err)
		}
		c.Start()
		defer c.Stop()

		var records uint64
		run := func(d time.Duration) {
			for end := time.Now().Add(d); time.Now().Before(end); {
				if err := c.HandOver(0, func([]byte) error { return nil }); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Second)
			}
			records = 0
			for _, p := range c.Progress() {
				records += p.Delivered
			}
		}
		run(time.Duration(settled) * time.Hour)
		before, already := measureFootprint(), records
		for hour := settled; hour < hours; hour += 2 {
			run(2 * time.Hour)
			now := measureFootprint()
			t.Logf("hour %d: %d events, heap of %d objects and %d kB, %d goroutines", hour+2, records, now.objects, now.bytes>>10, now.goroutines)
		}
		after := measureFootprint()

		if records-already < uint64(hours-settled)*500 {
			t.Errorf("%d events came in %d hours", records-already, hours-settled)
		}
		// A leak adds an object for each event, poll or sweep. Bytes alone tell less: a buffer that has met
		// its largest page stays as large.
		const someObjects, someBytes = 300, 2 << 20
		if after.objects > before.objects+someObjects || after.bytes > before.bytes+someBytes {
			t.Errorf("the heap grew from %d objects and %d bytes to %d and %d in %d hours",
				before.objects, before.bytes, after.objects, after.bytes, hours-settled)
		}
		if after.goroutines != before.goroutines {
			t.Errorf("there are %d goroutines, were %d", after.goroutines, before.goroutines)
		}
	})
}
