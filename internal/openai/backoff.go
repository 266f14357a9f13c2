package openai

import (
	"context"
	"math/rand/v2"
	"time"
)

// NetworkCap is the longest wait between attempts while the API is not reached: the time that is lost when it is again.
const NetworkCap = 30 * time.Second

// Backoff gives the waits between attempts that fail: each is drawn evenly from
// zero up to a bound (full jitter), and the bound doubles with every failure
// from Base to Cap. The zero Backoff is ready to use. It is not safe for
// concurrent use.
type Backoff struct {
	Base time.Duration  // bound of the first wait; 0 is 1s
	Cap  time.Duration  // bound of every wait; 0 is 2m
	Rand func() float64 // in [0, 1); nil is math/rand/v2's

	bound time.Duration // of the next wait; 0 before the first
}

// Next returns how long to wait after one more failure.
func (b *Backoff) Next() time.Duration {
	base, limit, random := b.Base, b.Cap, b.Rand
	if base <= 0 {
		base = time.Second
	}
	if limit <= 0 {
		limit = 2 * time.Minute
	}
	if random == nil {
		random = rand.Float64
	}
	if b.bound == 0 {
		b.bound = min(base, limit)
	}
	wait := time.Duration(random() * float64(b.bound))
	if b.bound > limit/2 {
		b.bound = limit
	} else {
		b.bound *= 2
	}
	return wait
}

// Wait waits for d, or until ctx ends and then returns its error.
func Wait(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil || d <= 0 {
		return err
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
