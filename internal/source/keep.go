package source

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"fluent-bit-openai-audit/internal/host"
	"fluent-bit-openai-audit/internal/openai"
)

// Keep starts a goroutine, counted in wg, that does f until the context ends. A panic or an error, which f should not have,
// is said and f is begun again: it never takes the host down.
func Keep(ctx context.Context, wg *sync.WaitGroup, journal *host.Journal, what string, f func(context.Context) error) {
	wg.Go(func() {
		backoff := openai.Backoff{Cap: time.Minute}
		for {
			err := Guard(ctx, what, f)
			if ctx.Err() != nil {
				return
			}
			journal.Repeat(host.Error, "run/"+what, "%s stopped and is begun again: %v", what, err)
			if openai.Wait(ctx, time.Second+backoff.Next()) != nil {
				return
			}
		}
	})
}

// Await waits until a channel is closed, and at most for d. The error is the context's.
func Await(ctx context.Context, changed <-chan struct{}, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-changed:
	case <-timer.C:
	}
	return ctx.Err()
}

// Guard does f, and returns a panic of it as an error.
func Guard(ctx context.Context, what string, f func(context.Context) error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic in %s: %v (please report this) %s", what, r, debug.Stack())
		}
	}()
	return f(ctx)
}
