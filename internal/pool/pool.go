// Package pool keeps memory for use again: fetching at full speed makes next to no garbage. Unlike that of a sync.Pool it
// outlives garbage collections, which come often where memory is kept tight. What lay unused for a while is given up, so a
// pool holds what was in use at one time, a moment ago, and no more.
package pool

import (
	"slices"
	"sync"
	"time"
)

// Pool keeps values of one type. The zero value is empty. It is safe for concurrent use.
type Pool[T any] struct {
	mu   sync.Mutex
	free []pooled[T] // the last one put is taken first, so the first ones are those in excess
}

type pooled[T any] struct {
	value T
	since time.Time
}

// unusedFor is how long a value may lie in a pool.
const unusedFor = 10 * time.Second

// Get takes out the value put last.
func (p *Pool[T]) Get() (value T, ok bool) { return p.get(func(T) bool { return true }) }

// get takes out the value put last of those that fit.
func (p *Pool[T]) get(fits func(T) bool) (value T, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, v := range slices.Backward(p.free) {
		if fits(v.value) {
			p.free = slices.Delete(p.free, i, i+1)
			return v.value, true
		}
	}
	return value, false
}

// Put takes a value back. The caller must not use it any more.
func (p *Pool[T]) Put(value T) {
	p.Trim()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free = append(p.free, pooled[T]{value, time.Now()})
}

// Trim gives up what lay unused, as each Put does: it is for a pool that is not used for long.
func (p *Pool[T]) Trim() {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for n < len(p.free) && time.Since(p.free[n].since) > unusedFor {
		n++
	}
	p.free = slices.Delete(p.free, 0, n)
}
