package fakeopenai

import (
	"sync/atomic"
	"time"
)

// lead is how long before it is due the server begins to make an answer, so that it is sent in time: about as long as the
// last answers took. It starts at zero.
type lead struct{ nanoseconds atomic.Int64 }

// off returns the latency less the lead.
func (l *lead) off(latency time.Duration) time.Duration {
	return latency - time.Duration(l.nanoseconds.Load())
}

// learn is told that an answer was ready after took. A single answer moves the lead a little.
func (l *lead) learn(took, latency time.Duration) {
	const weight = 8
	now := l.nanoseconds.Load()
	// When two answers come at once, one may not count. The next will.
	l.nanoseconds.CompareAndSwap(now, min(max(now+int64(took-latency)/weight, 0), int64(latency/2)))
}
