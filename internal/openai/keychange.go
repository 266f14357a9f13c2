package openai

import (
	"context"
	"time"
)

// Generation counts the keys that the file has held.
func (f *FileKey) Generation() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.generation
}

// Changed waits until the file holds another key than it did at generation since. While somebody waits, the file is
// looked at as often as for requests, however many they are.
func (f *FileKey) Changed(ctx context.Context, since uint64) error {
	for ctx.Err() == nil {
		replaced, next, changed := f.look(since)
		if changed {
			return nil
		}
		timer := time.NewTimer(next)
		select {
		case <-ctx.Done():
		case <-replaced:
		case <-timer.C:
		}
		timer.Stop()
	}
	return ctx.Err()
}

// look looks at the file when it is time to, and returns what is closed when the file holds another key, in how long it
// is to be looked at again, and whether it has held another key since.
func (f *FileKey) look(since uint64) (replaced <-chan struct{}, next time.Duration, changed bool) {
	var say notices
	defer say.deliver()
	f.mu.Lock()
	defer f.mu.Unlock()

	now := time.Now()
	if now.Sub(f.checkedAt) >= f.opts.CheckEvery {
		f.check(now, false, &say)
	}
	return f.replaced, f.opts.CheckEvery - now.Sub(f.checkedAt), f.generation != since
}
