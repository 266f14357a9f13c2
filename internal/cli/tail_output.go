package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
	"time"
)

// errNotRead says that a stream was given up on.
var errNotRead = errors.New("nobody read it")

// lastWrites is how long a write may still take once the command is to end.
const lastWrites = time.Second

// untilUnread returns a context that ends lastWrites after ctx does, and what to call when it is needed no more.
func untilUnread(ctx context.Context) (context.Context, context.CancelFunc) {
	last, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		timer := time.AfterFunc(lastWrites, cancel)
		context.AfterFunc(last, func() { timer.Stop() })
	})
	return last, func() {
		stop()
		cancel()
	}
}

// patientWriter writes to a stream that may take nothing for ever, as a pipe that nobody reads. Until last ends it waits;
// then it gives the stream up at the first write that hangs, which hangs on until the process ends. Its methods are safe
// for concurrent use.
type patientWriter struct {
	last context.Context
	w    io.Writer

	mu      sync.Mutex
	givenUp bool
}

// Write writes b, or gives up with errNotRead.
func (p *patientWriter) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.givenUp {
		return 0, errNotRead
	}
	type result struct {
		n   int
		err error
	}
	done := make(chan result, 1)
	own := bytes.Clone(b) // the caller may use b again while the write hangs
	go func() {
		n, err := p.w.Write(own)
		done <- result{n, err}
	}()
	select {
	case r := <-done:
		return r.n, r.err
	case <-p.last.Done():
	}
	const usual = 100 * time.Millisecond // what a stream that is read takes at most
	select {
	case r := <-done:
		return r.n, r.err
	case <-time.After(usual):
		p.givenUp = true
		return 0, errNotRead
	}
}
