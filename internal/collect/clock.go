package collect

import (
	"sync"
	"time"
)

// clock tells the time as the server has it: the Date of its last answer plus what has passed since by
// the monotonic clock. Nothing is decided by this machine's own date, which may be wrong or jump.
type clock struct {
	mu   sync.Mutex
	date time.Time // the last answer's Date
	at   time.Time // when it came, with a monotonic reading
}

// heard notes the Date of an answer. It returns the second before which everything had happened when
// the request was sent: an answer's Date is taken after the listing, so the time it took and the second
// the Date is cut to are taken off.
func (c *clock) heard(date time.Time, sent time.Time) int64 {
	now := time.Now()
	if date.IsZero() {
		date = now // no Date at all: there is nothing better (said by the caller)
	}
	c.mu.Lock()
	c.date, c.at = date, now
	c.mu.Unlock()
	return date.Add(-now.Sub(sent)).Unix() - 1
}

// now returns the server's time in Unix seconds, or this machine's before the first answer.
func (c *clock) now() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.at.IsZero() {
		return time.Now().Unix()
	}
	return c.date.Add(time.Since(c.at)).Unix()
}
