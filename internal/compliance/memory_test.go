package compliance_test

import (
	"flag"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fluent-bit-openai-audit/internal/fakeopenai/logfiles"
)

var memoryFiles = flag.Int("files", 600, "how many log files of 30 days TestMemory reads")

// TestMemory reads the files of a month and finds that memory does not grow with them: neither the list of the files nor
// what is known of them is held.
func TestMemory(t *testing.T) { //nolint:paralleltest // it measures memory
	const bound = 40 << 20
	synctest.Test(t, func(t *testing.T) {
		types := logfiles.Types()
		workspace := len(types) - 1 // all but COSTS
		l := newLab(t, 30, logfiles.Options{Every: 30 * 24 * time.Hour / time.Duration(max(1, *memoryFiles/workspace)), Records: 12, Unnoted: true})
		c := l.open("log_types=" + strings.Join(types[:workspace], ","))
		runtime.GC()
		var before, now runtime.MemStats
		runtime.ReadMemStats(&before)
		c.Start()
		most := uint64(0)
		for step := 0; step < 10 || !c.CaughtUp(); step++ {
			for range 20 {
				_ = c.HandOver(0, func([]byte) error { return nil })
				time.Sleep(250 * time.Millisecond)
			}
			runtime.GC() // garbage is the collector's to bound, by GOGC and GOMEMLIMIT
			runtime.ReadMemStats(&now)
			most = max(most, now.HeapAlloc-min(before.HeapAlloc, now.HeapAlloc))
		}
		files := count(c, "log_files_total")
		c.Stop()
		t.Logf("%.0f files, %.0f records: at most %.1f MB of live heap, the simulator's hashes included", files, count(c, "events_total"), float64(most)/(1<<20))
		if most > bound {
			t.Errorf("%d MB of heap, more than %d", most>>20, bound>>20)
		}
		if files < float64(*memoryFiles)*8/10 {
			t.Errorf("%.0f files, want about %d", files, *memoryFiles)
		}
	})
}
