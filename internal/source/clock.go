package source

import (
	"sync"
	"time"
)

// Clock tells the time as the server has it. Three witnesses speak of it: the Date of its answers, this machine's clock, and
// the newest event that it has listed. Each may be wrong by days: a gateway stamps its own Date, a machine's clock is not
// set, a log may be idle. So what counts is the one in the middle: one wrong witness does no harm. The zero value has heard
// nothing. It is safe for concurrent use.
type Clock struct {
	mu       sync.Mutex
	date     time.Time // the last answer's Date
	at       time.Time // when it came, with a monotonic reading
	newest   int64     // time of the newest event listed
	answered bool      // an answer came
}

// Heard notes an answer, with the time of the newest event that it lists, or 0. It returns the second before which
// everything had happened when the request was sent; 0 says that nothing is known. The Date is taken after the listing, so
// the time that the answer took and the second that the Date is cut to are taken off. An answer without Date is dated by the
// ones before it. When there was none, the newest event listed is all that is known: this machine's clock alone proves
// nothing.
func (c *Clock) Heard(date, sent time.Time, newest int64) int64 {
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answered = true
	c.list(newest, now)
	if !date.IsZero() {
		c.date, c.at = date, now
	}
	if c.at.IsZero() {
		return c.newest
	}
	date = c.date.Add(now.Sub(c.at))
	return middle(date.Add(-now.Sub(sent)).Unix()-1, sent.Unix()-1, c.newest)
}

// list takes the newest event of a page into account. One that is dated later than any clock says tells nothing.
func (c *Clock) list(newest int64, now time.Time) {
	latest := now.Unix()
	if !c.at.IsZero() {
		latest = max(latest, c.date.Add(now.Sub(c.at)).Unix())
	}
	if newest <= latest {
		c.newest = max(c.newest, newest)
	}
}

// Told returns the server's time in Unix seconds as far as its answers tell it, 0 when they tell nothing. Before the first
// answer it is this machine's.
func (c *Clock) Told() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	switch {
	case !c.answered:
		return now.Unix()
	case c.at.IsZero():
		return c.newest
	}
	return middle(c.date.Add(now.Sub(c.at)).Unix(), now.Unix(), c.newest)
}

// Now returns the server's time in Unix seconds, or this machine's where its answers tell nothing.
func (c *Clock) Now() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	if c.at.IsZero() {
		return now.Unix()
	}
	return middle(c.date.Add(now.Sub(c.at)).Unix(), now.Unix(), c.newest)
}

// middle returns the one in the middle.
func middle(a, b, c int64) int64 { return max(min(a, b), min(max(a, b), c)) }
