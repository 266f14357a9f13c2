package compliance

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fluent-bit-openai-audit/internal/delivery"
	"fluent-bit-openai-audit/internal/host"
	"fluent-bit-openai-audit/internal/openai"
	"fluent-bit-openai-audit/internal/source"
)

const (
	// mostFailing is how many files in a row may fail before that is taken for a fault of more than files: then they are
	// asked for until one comes.
	mostFailing = 20
	// writePause is how long to wait where a file cannot be kept.
	writePause = 30 * time.Second
)

// What an answer's status means here.
const (
	statusUnauthorized = 401
	statusNotFound     = 404
)

// errSum says that a file is not what the list's hash says.
var errSum = errors.New("its SHA-256 is not that of the list")

// errBarred ends the reading of files that the key may not read.
var errBarred = errors.New("the key is refused")

// fetcher reads files, one after the other. It is one goroutine's, and its memory is used again.
type fetcher struct {
	c     *Collector
	s     *stream
	lane  delivery.Lane
	spool spool
	reader
}

func (c *Collector) newFetcher(s *stream, lane delivery.Lane) *fetcher {
	k := &fetcher{c: c, s: s, lane: lane}
	k.shaping = source.NewShaping(c.Shaper)
	k.spool.dir, k.spool.prefix = spoolPlace(c.cfg.DB)
	return k
}

// all reads files that are not known, the newest first, and returns the seconds in which those end that could not be had,
// and that are of types which the key may not read. An error means that others are not read either.
func (k *fetcher) all(ctx context.Context, files []listed) (failed, barred []int64, err error) {
	for _, f := range files {
		if k.c.isShut(k.s, f.file) {
			barred = append(barred, f.end)
			continue
		}
		switch err := k.file(ctx, f); {
		case err == nil:
		case ctx.Err() != nil:
			return nil, nil, ctx.Err()
		case errors.Is(err, errBarred):
			k.c.bar(k.s, f.file)
			barred = append(barred, f.end)
		case isFailed(err):
			failed = append(failed, f.end)
		default:
			return nil, nil, err
		}
	}
	return failed, barred, nil
}

// failedError says that one file could not be had, and others may be.
type failedError struct{ err error }

func (e *failedError) Error() string { return e.err.Error() }
func (e *failedError) Unwrap() error { return e.err }

func isFailed(err error) bool {
	_, ok := errors.AsType[*failedError](err)
	return ok
}

// file reads one file to its end.
func (k *fetcher) file(ctx context.Context, f listed) error {
	defer k.spool.reset()
	reserved := int64(mostPiece)
	if f.Size <= mostInMemory {
		reserved = pieceMemory * max(f.Size, minPiece)
	}
	if err := k.c.Delivery.Acquire(ctx, k.lane, reserved); err != nil {
		return err
	}
	release := func() {
		k.c.Delivery.Release(reserved)
		reserved = 0
	}
	defer func() { release() }()
	if err := k.fetch(ctx, f); err != nil {
		return k.judge(ctx, f, err)
	}
	if k.spool.disk != nil { // it can wait for room piece by piece
		release()
	}
	n, err := k.deliver(ctx, f)
	if err != nil {
		return k.judge(ctx, f, err)
	}
	k.c.succeeded(k.s)
	k.c.finish(k.s, f.file, n)
	return nil
}

// fetch fetches a file, and compares its hash with the list's.
func (k *fetcher) fetch(ctx context.Context, f listed) error {
	question := source.Question{
		Name: k.s.name, Kind: "stream", Lane: source.GateLane(k.lane), Spared: true,
		Alive: func(context.Context) bool { return k.c.othersCome(k.s) },
	}
	for {
		err := k.c.Asker.Ask(ctx, question, func(ctx context.Context) error {
			if k.spool.reset(); k.spool.failed() {
				return nil // said below
			}
			d, err := k.c.API.DownloadLog(ctx, k.s.place, f.ID, &k.spool, k.c.cfg.MaxBodySize)
			switch {
			case k.spool.failed():
				return nil // said below
			case err != nil:
				return err
			case d.SHA256 != f.SHA256 && d.Plain != f.SHA256:
				return fmt.Errorf("%w: log file %s: %w", source.ErrUnread, f.ID, errSum)
			}
			return nil
		})
		if k.spool.err == nil {
			if err == nil {
				k.c.Journal.Over("spool", "log files can be written to disk again")
			}
			return err
		}
		k.c.Journal.Repeat(host.Error, "spool", "a log file cannot be kept in %s while it is read: %v; it is fetched again, and nothing "+
			"else is read meanwhile: make room, or mend the folder's permissions", k.spool.dir, k.spool.err)
		if err := openai.Wait(ctx, writePause); err != nil {
			return err
		}
	}
}

// judge decides what becomes of a file that could not be had.
func (k *fetcher) judge(ctx context.Context, f listed, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	apiErr, ok := errors.AsType[*openai.Error](err)
	switch {
	case ok && apiErr.Status == statusNotFound && apiErr.Logs == openai.LogDownload && !apiErr.Foreign():
		k.c.lose(k.s, f.file, gapGone, fmt.Sprintf("log file %s (%s, up to %s) was listed and is gone (404): what was in it cannot be had",
			f.ID, f.Type, stamp(f.end)))
		return nil
	case errors.Is(err, errSum):
		k.c.lose(k.s, f.file, gapSum, fmt.Sprintf("log file %s (%s, up to %s) is not what its SHA-256 in the list says, each time it is "+
			"fetched, and nothing of it was delivered; it is fetched again later and later: if a gateway or a proxy changes what it lets "+
			"through, have it let log files through as they are", f.ID, f.Type, stamp(f.end)))
		k.c.failing(k.s)
		return &failedError{err}
	case ok && apiErr.Status == statusUnauthorized:
		return err
	}
	k.c.failing(k.s)
	k.c.Journal.Repeat(host.Warn, "file/"+k.s.name, "%s stream: log file %s (%s, up to %s) cannot be had for now, and is tried again later "+
		"and later: %v%s", k.s.name, f.ID, f.Type, stamp(f.end), err, source.Remedy(err))
	if ok && apiErr.Kind == openai.KeyRejected {
		return errBarred
	}
	return &failedError{err}
}
