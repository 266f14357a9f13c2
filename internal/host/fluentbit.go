package host

import (
	"os"
	"runtime/debug"
	"time"
)

const (
	// CallInterval is how often Fluent Bit calls an input written in Go.
	CallInterval = time.Second
	// HandOverBudget is how long one hand-over to Fluent Bit may take. Its calls come at the start of a second,
	// and it empties its ring buffer every quarter: this leaves one emptying between the end of a hand-over
	// and a shutdown, which comes at the start of a second too. What is fetched in the rest of the second
	// waits in the queue: a shorter budget would let it run full.
	HandOverBudget = 700 * time.Millisecond
)

// KeepSmall makes the garbage collector run whenever the heap has grown by a tenth, where Go's default is
// once it has doubled. What the collector allocates is little and used again, so that costs next to
// nothing, and Fluent Bit's process stays small. GOGC in the environment goes before. (A memory limit costs
// more: near it, the runtime gives pages back that it needs again at once.)
func KeepSmall() {
	const percent = 10
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(percent)
	}
}
