package host

import (
	"os"
	"runtime/debug"
	"time"
)

const (
	// CallInterval is how often Fluent Bit calls an input written in Go.
	CallInterval = time.Second
	// HandOverBudget is how long one hand-over to Fluent Bit may take. Fluent Bit calls at the start of a second,
	// empties its ring buffer four times a second, and shuts down at the start of a second too: so the buffer is
	// emptied once more between the end of a hand-over and a shutdown. A shorter budget would let the queue fill up
	// with what is fetched in the rest of the second.
	HandOverBudget = 700 * time.Millisecond
)

// KeepSmall makes the garbage collector run whenever the heap has grown by a tenth, where Go's default is
// once it has doubled. The collector allocates little and reuses it, so that this costs next to nothing,
// and Fluent Bit's process stays small. If GOGC is set in the environment, that counts. (A memory limit
// would cost more: near it, the runtime gives pages back and needs them again at once.)
func KeepSmall() {
	const percent = 10
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(percent)
	}
}
