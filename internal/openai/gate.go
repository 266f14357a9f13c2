package openai

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Lane says whose turn it is when several requests wait at a [Gate].
type Lane uint8

// The lanes. Of requests that wait, live ones are let through before those of a backfill.
const (
	Live Lane = iota
	Backfill

	again // further requests of a call that already holds a place, before all others
	lanes
)

// maxBurst bounds how many requests may start at once under a limit per minute.
const maxBurst = 4

// Gate lets requests through: a number of Backfill ones at once and, whatever
// those do, one Live one; a number of them per minute, none while the server
// asked for a pause; waiting Live requests before waiting Backfill ones, and
// within a lane in the order of arrival. All requests that share a key's rate
// limit share one Gate.
type Gate struct {
	places   int           // for Backfill; there is one more, which Live has to itself
	interval time.Duration // between starts, in the long run; 0 without a limit
	burst    time.Duration // how far starts may run ahead of that

	mu      sync.Mutex
	inUse   [again]int
	next    time.Time // when the next start would be due, were starts evenly spread
	held    time.Time // no start before
	waiting [lanes][]*ticket
	timer   *time.Timer // runs dispatch when time is what the first in line waits for
}

// ticket is one waiting request.
type ticket struct {
	admitted chan struct{} // closed when it may start
}

// NewGate returns a gate for so many Backfill requests at once (at least 1) and
// so many starts per minute (0: no limit). No minute, wherever it begins, sees more
// starts than that; they are spread evenly but for a burst of at most 4.
func NewGate(concurrency, perMinute int) *Gate {
	g := &Gate{places: max(1, concurrency)}
	if perMinute > 0 {
		// A burst of b and then one start per interval makes at most
		// b-1 + minute/interval starts in a minute; hence b-1 are taken off.
		burst := min(max(1, perMinute/10), maxBurst)
		g.interval = time.Minute / time.Duration(perMinute-burst+1)
		if g.interval*time.Duration(perMinute-burst+1) < time.Minute {
			g.interval++ // the division rounded down
		}
		g.burst = time.Duration(burst-1) * g.interval
	}
	return g
}

// Acquire waits until a request may start and returns the function that gives
// its place back; calling that more than once does nothing. The error is ctx's,
// and then nothing is held.
func (g *Gate) Acquire(ctx context.Context, lane Lane) (release func(), err error) {
	lane = min(lane, Backfill)
	if err := g.admit(ctx, lane); err != nil {
		return nil, err
	}
	return sync.OnceFunc(func() { g.release(lane) }), nil
}

// Again waits until one more request may start for a caller that holds a place,
// before all others.
func (g *Gate) Again(ctx context.Context) error {
	return g.admit(ctx, again)
}

// Charge counts a request that started without asking, so that later ones start
// later.
func (g *Gate) Charge() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.count(time.Now())
}

// Hold lets no request start before until. A hold that ends earlier than one in
// force changes nothing. Requests under way are not touched.
func (g *Gate) Hold(until time.Time) {
	// Taken relative to now, which carries a monotonic reading: a clock that is
	// set while a hold is in force does not change its length.
	now := time.Now()
	until = now.Add(until.Sub(now))

	g.mu.Lock()
	defer g.mu.Unlock()
	if until.After(g.held) {
		g.held = until
	}
}

func (g *Gate) admit(ctx context.Context, lane Lane) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	t := &ticket{admitted: make(chan struct{})}
	g.mu.Lock()
	g.waiting[lane] = append(g.waiting[lane], t)
	g.dispatch()
	g.mu.Unlock()

	select {
	case <-t.admitted:
		return nil
	case <-ctx.Done():
	}

	g.mu.Lock()
	defer g.mu.Unlock()
	if i := slices.Index(g.waiting[lane], t); i >= 0 {
		g.waiting[lane] = slices.Delete(g.waiting[lane], i, i+1)
	} else if lane != again {
		g.inUse[lane]-- // admitted in the very moment ctx ended
	}
	g.dispatch()
	return ctx.Err()
}

func (g *Gate) release(lane Lane) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inUse[lane]--
	g.dispatch()
}

// dispatch admits who may start now, and arranges for the time when the next one
// may. The caller holds the lock.
func (g *Gate) dispatch() {
	for {
		lane, found := g.first()
		if !found {
			if g.timer != nil {
				g.timer.Stop()
			}
			return
		}
		now := time.Now()
		if wait := g.wait(now); wait > 0 {
			if g.timer == nil {
				g.timer = time.AfterFunc(wait, g.wake)
			} else {
				g.timer.Reset(wait)
			}
			return
		}
		t := g.waiting[lane][0]
		g.waiting[lane] = slices.Delete(g.waiting[lane], 0, 1)
		if lane != again {
			g.inUse[lane]++
		}
		g.count(now)
		close(t.admitted)
	}
}

func (g *Gate) wake() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.dispatch()
}

// first returns the lane whose first request is next in line and has a place.
func (g *Gate) first() (Lane, bool) {
	if len(g.waiting[again]) > 0 {
		return again, true
	}
	for lane := Live; lane <= Backfill; lane++ {
		if len(g.waiting[lane]) > 0 && g.hasPlace(lane) {
			return lane, true
		}
	}
	return 0, false
}

func (g *Gate) hasPlace(lane Lane) bool {
	if g.inUse[Live]+g.inUse[Backfill] > g.places {
		return false
	}
	return lane == Live || g.inUse[Backfill] < g.places
}

// wait returns how long from now no request may start.
func (g *Gate) wait(now time.Time) time.Duration {
	wait := g.held.Sub(now)
	if g.interval > 0 {
		wait = max(wait, g.next.Add(-g.burst).Sub(now))
	}
	return wait
}

// count takes one start into account.
func (g *Gate) count(now time.Time) {
	if g.interval == 0 {
		return
	}
	if g.next.Before(now) {
		g.next = now
	}
	g.next = g.next.Add(g.interval)
}
