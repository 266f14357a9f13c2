package compliance

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"fluent-bit-openai-audit/internal/delivery"
	"fluent-bit-openai-audit/internal/host"
	"fluent-bit-openai-audit/internal/openai"
	"fluent-bit-openai-audit/internal/source"
	"fluent-bit-openai-audit/internal/state"
)

// listed is a file that is to be read.
type listed struct {
	file

	late bool // it ends in time that was covered before
}

// work walks one window after the other.
func (c *Collector) work(ctx context.Context) error {
	fetchers := make(map[*stream]*fetcher)
	for {
		c.mu.Lock()
		idle := c.idle
		c.mu.Unlock()
		w, wait := c.next()
		if w == nil {
			if err := source.Await(ctx, idle, wait); err != nil {
				return err
			}
			continue
		}
		if fetchers[w.s] == nil {
			fetchers[w.s] = c.newFetcher(w.s, delivery.Backfill)
		}
		if err := c.walk(ctx, w, fetchers[w.s]); err != nil {
			return err
		}
	}
}

// walk lists one window and reads its files. An error is ctx's: what else fails is tried again later.
func (c *Collector) walk(ctx context.Context, w *window, k *fetcher) error {
	ended := false
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		w.s.under = slices.DeleteFunc(w.s.under, func(u state.Span) bool { return u == w.span })
		if !ended && ctx.Err() == nil {
			w.s.fail(w.span) // or a panic is on its way up
		}
		c.wake()
	}()
	files, odd, err := c.list(ctx, w.s, openai.Backfill, w.span.From, w.span.To, nil)
	if err != nil {
		c.shorten(w, err)
	}
	fresh, resting, unread := c.unknown(w.s, files)
	failed, barred, unhad := k.all(ctx, fresh)
	if err := cmp.Or(err, unread, unhad); err != nil {
		return c.sayFailed(ctx, w, err)
	}
	ended = true
	c.mu.Lock()
	defer c.mu.Unlock()
	w.s.adapt(w.span, len(files))
	w.s.cover(w.span, append(failed, odd...), append(resting, barred...))
	c.mark(w.s)
	return nil
}

// shorten makes the next window shorter where the list of one leads nowhere: so what it is that fails is found, and the rest
// read without it.
func (c *Collector) shorten(w *window, err error) {
	if apiErr, ok := errors.AsType[*openai.Error](err); ok && apiErr.Kind != openai.Server && apiErr.Kind != openai.Body {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	w.s.length = max(shortestWindow, w.span.Seconds()/2)
}

func (c *Collector) sayFailed(ctx context.Context, w *window, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	c.Journal.Repeat(host.Warn, "window/"+w.s.name, "%s stream: the files that end from %s to %s could not be read, and are tried again later "+
		"and later: %v%s", w.s.name, stamp(w.span.From), stamp(w.span.To), err, source.Remedy(err))
	return nil
}

// unknown returns those of the files that are to be read, the newest first, and the seconds in which those end that are left
// alone for now.
func (c *Collector) unknown(s *stream, files []file) (fresh []listed, resting []int64, err error) {
	keys, known := make([]state.Key, len(files)), make([]bool, len(files))
	for i, f := range files {
		keys[i] = fileKey(f)
	}
	if err := c.DB.Known(keys, known); err != nil {
		return nil, nil, fmt.Errorf("look up log files: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	s.reopen(now)
	for i, f := range files {
		switch {
		case known[i] || s.ids[keys[i]] || f.end < s.rec.Start: // a first poll lists before the start is known
		case s.rests(f.end, now):
			resting = append(resting, f.end)
		case s.shut.types[f.Type]:
			s.leave(f)
			resting = append(resting, f.end)
		default:
			fresh = append(fresh, listed{f, s.rec.Covered.Contains(f.end)})
		}
	}
	slices.SortFunc(fresh, func(a, b listed) int { return b.End.Compare(a.End) })
	return fresh, resting, nil
}

// finish notes that a file was read to its end.
func (c *Collector) finish(s *stream, f file, records int) {
	c.Counts.Files.With(s.name, c.class(f.Type)).Add(1)
	c.mu.Lock()
	defer c.mu.Unlock()
	if s.gaps.of(f.ID) >= 0 {
		s.gaps = s.gaps.without(f.ID)
		c.Journal.Infof("%s stream: log file %s came as its SHA-256 says it is: that gap is closed", s.name, f.ID)
	}
	s.files++
	s.open(f)
	s.rec.Events += uint64(records) //nolint:gosec // a count
	c.remember(s, f)
}

// lose makes a gap of a file; one that is gone for good is not asked for again.
func (c *Collector) lose(s *stream, f file, why, text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s.gaps.of(f.ID) < 0 {
		c.gap(s, Gap{Why: why, File: f.ID, Type: f.Type, From: f.end, To: f.end + 1}, text)
	}
	if why == gapGone {
		c.remember(s, f)
	}
}

// remember notes that a file is not to be fetched again, and puts that. The caller holds mu.
func (c *Collector) remember(s *stream, f file) {
	if k := fileKey(f); !s.ids[k] {
		s.ids[k] = true
		s.done = append(s.done, k)
	}
	c.mark(s)
}

// succeeded, failing and othersCome tell faults of a file from those of more than that.
func (c *Collector) succeeded(s *stream) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s.row = 0
}

func (c *Collector) failing(s *stream) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s.row++
}

func (c *Collector) othersCome(s *stream) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return s.row < mostFailing
}

// bar leaves files of the type of one that the key may not read alone for a while.
func (c *Collector) bar(s *stream, f file) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s.bar(f, time.Now())
}

// isShut reports whether a file is of a type that is left alone, and notes it.
func (c *Collector) isShut(s *stream, f file) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !s.shut.types[f.Type] {
		return false
	}
	s.leave(f)
	return true
}
