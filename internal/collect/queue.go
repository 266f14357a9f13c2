package collect

import (
	"context"
	"slices"
	"sync"
	"time"

	"fluent-bit-openai-audit/internal/openai"
)

// queue holds the batches that wait for the host. It is bounded in bytes of memory, with what walks have
// gathered and not passed on yet: fetching asks for room before each request, so the limit is exceeded by
// no more than what the requests under way bring. Live batches go before those of a backfill, and keep
// some room of their own.
type queue struct {
	limit int64

	mu    sync.Mutex
	lanes [2][]*batch   // by openai.Lane
	bytes int64         // of the batches and of what is gathered
	stops map[stop]bool // why nothing may be fetched or handed over for now; empty when all is well
	moved chan struct{} // closed and replaced when the queue changes
}

func newQueue(limit int64) *queue {
	return &queue{limit: limit, stops: make(map[stop]bool), moved: make(chan struct{})}
}

// put appends a batch.
func (q *queue) put(b *batch, lane openai.Lane) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.lanes[lane] = append(q.lanes[lane], b)
	q.bytes += int64(cap(b.records))
	q.signal()
}

// next returns the batch to hand over, without taking it out; nil when there is none.
func (q *queue) next() (*batch, openai.Lane) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, lane := range [...]openai.Lane{openai.Live, openai.Backfill} {
		if len(q.lanes[lane]) > 0 {
			return q.lanes[lane][0], lane
		}
	}
	return nil, 0
}

// remove takes out the lane's first batch, which next had returned.
func (q *queue) remove(lane openai.Lane) {
	q.mu.Lock()
	defer q.mu.Unlock()
	b := q.lanes[lane][0]
	q.lanes[lane][0] = nil
	q.lanes[lane] = q.lanes[lane][1:]
	q.bytes -= int64(cap(b.records))
	q.signal()
}

// gather counts memory in, or out, that a walk holds for events which it will pass on.
func (q *queue) gather(bytes int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.bytes += bytes
	if bytes < 0 {
		q.signal()
	}
}

// holds reports whether a record of our own of that kind waits in the live lane.
func (q *queue) holds(kind string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return slices.ContainsFunc(q.lanes[openai.Live], func(b *batch) bool { return b.kind == kind })
}

// room reports whether a request may be sent for the lane, and returns what is closed when that may have
// changed.
func (q *queue) room(lane openai.Lane) (ok bool, moved <-chan struct{}) {
	q.mu.Lock()
	defer q.mu.Unlock()
	limit := q.limit
	if lane == openai.Backfill {
		limit -= q.limit / 4 // live events find room while a backfill is held up
	}
	return q.bytes < limit && len(q.stops) == 0, q.moved
}

// waitRoom returns when a request may be sent for the lane, or with the context's error.
func (q *queue) waitRoom(ctx context.Context, lane openai.Lane) error {
	for {
		ok, moved := q.room(lane)
		if ok {
			return ctx.Err()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-moved:
		}
	}
}

// waitBatch returns when there is something to hand over, or after d.
func (q *queue) waitBatch(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	for {
		q.mu.Lock()
		ok, moved := len(q.lanes[0])+len(q.lanes[1]) > 0, q.moved
		q.mu.Unlock()
		if ok {
			return true
		}
		select {
		case <-timer.C:
			return false
		case <-moved:
		}
	}
}

// stop is a reason why nothing may be fetched or handed over.
type stop uint8

const (
	stopState stop = iota // the state file cannot be written
	stopDisk              // a disk is nearly full: its own, or one on which the host stores chunks
)

// hold stops fetching and handing over for a reason, or takes that reason back. It reports whether that
// changed anything.
func (q *queue) hold(why stop, on bool) (changed bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.stops[why] == on {
		return false
	}
	if on {
		q.stops[why] = true
	} else {
		delete(q.stops, why)
	}
	q.signal()
	return true
}

// open reports whether fetching and handing over are allowed.
func (q *queue) open() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.stops) == 0
}

// size returns the bytes of memory of what waits.
func (q *queue) size() int64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.bytes
}

// signal wakes all who wait; the caller holds mu.
func (q *queue) signal() {
	close(q.moved)
	q.moved = make(chan struct{})
}
