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

	newest int64 // time of the newest event listed while no answer had a Date
}

// heard notes the Date of an answer. It returns the second before which everything had happened when
// the request was sent: an answer's Date is taken after the listing, so the time it took and the second
// the Date is cut to are taken off. An answer without Date is dated by the ones before it. When there was
// none, newest stands in, the time of the newest event listed, which is the server's too; 0 says that
// nothing is known.
func (c *clock) heard(date, sent time.Time, newest int64) int64 {
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case !date.IsZero():
		c.date, c.at = date, now
	case c.at.IsZero():
		newest = min(newest, now.Unix())
		c.newest = max(c.newest, newest)
		return newest
	default:
		date = c.date.Add(now.Sub(c.at))
	}
	return date.Add(-now.Sub(sent)).Unix() - 1
}

// told returns the server's time in Unix seconds as far as its answers tell it. When none had a Date, it is a
// time that has come, that of the newest event listed, or 0; exact says which of the two it is.
func (c *clock) told() (t int64, exact bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.at.IsZero() {
		return c.newest, false
	}
	return c.date.Add(time.Since(c.at)).Unix(), true
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
