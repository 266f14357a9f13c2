package openai

import (
	"sync"
	"time"
)

// pool keeps values for use again; the zero value is empty. Unlike those of a sync.Pool they outlive garbage
// collections, which come often where memory is kept tight. What lay unused for a while is given up.
type pool[T any] struct {
	mu   sync.Mutex
	free []pooled[T] // the last one put is taken first, so the first ones are those in excess
}

type pooled[T any] struct {
	value T
	since time.Time
}

// unusedFor is how long a value may lie in a pool.
const unusedFor = 10 * time.Second

func (p *pool[T]) get() (value T, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	last := len(p.free) - 1
	if last < 0 {
		return value, false
	}
	value = p.free[last].value
	p.free[last] = pooled[T]{}
	p.free = p.free[:last]
	return value, true
}

func (p *pool[T]) put(value T) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	for len(p.free) > 0 && now.Sub(p.free[0].since) > unusedFor {
		p.free[0] = pooled[T]{}
		p.free = p.free[1:]
	}
	p.free = append(p.free, pooled[T]{value, now})
}
