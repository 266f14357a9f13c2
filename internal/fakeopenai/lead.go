package fakeopenai

import (
	"sync/atomic"
	"time"
)

// lead is how long before an answer is due it is begun, so that it is sent in time: about what answers have cost of
// late. The zero value knows of none.
type lead struct{ nanoseconds atomic.Int64 }

// off returns the latency less the lead.
func (l *lead) off(latency time.Duration) time.Duration {
	return latency - time.Duration(l.nanoseconds.Load())
}

// learn takes account of an answer that was ready after took. One alone moves the lead little.
func (l *lead) learn(took, latency time.Duration) {
	const weight = 8
	now := l.nanoseconds.Load()
	// Of two answers at once one may go unheard: the next is.
	l.nanoseconds.CompareAndSwap(now, min(max(now+int64(took-latency)/weight, 0), int64(latency/2)))
}
