package source

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"fluent-bit-openai-audit/internal/delivery"
	"fluent-bit-openai-audit/internal/host"
	"fluent-bit-openai-audit/internal/openai"
)

const (
	// patience is how often what the server fails on, or what cannot be read, is asked for before it is given up, if the
	// API answers otherwise.
	patience = 3
	// keyPause is how long a refused key is left alone, unless another one takes its place.
	keyPause = 5 * time.Minute
)

// ErrUnread says that what came is no answer to the question. The function given to Ask wraps it.
var ErrUnread = errors.New("the answer cannot be read")

// ErrForeign says that the key is of another organization than the state file. The same fingerprint would be no proof
// of the contrary, nor is another key one: only the API's answers tell. The function given to Ask wraps it.
var ErrForeign = errors.New("the API answers for another organization than the state file is about")

// Asker asks the API for one source: in turn, again where that helps, and saying what goes wrong. It is safe for
// concurrent use.
type Asker struct {
	Gate    *openai.Gate
	Keys    openai.KeySource
	Journal *host.Journal
	Retried func(name string) // is told of each attempt but the first

	refusal atomic.Pointer[openai.Error]
	putOff  sync.Map // by name: what is to be said of questions that are spared and were refused
}

// Question says what is asked for.
type Question struct {
	Name string // in messages and metrics, such as "tenant"; "" for one that needs none
	Kind string // what that is, such as "stream"
	Lane openai.Lane
	// Spared says that a key that may not ask is no reason to wait: the question is given up.
	Spared bool
	// Alive reports whether the API answers another question, so that this one's failures are its own. nil: never.
	Alive func(context.Context) bool
}

// Ask sends a request until it is answered. What passes by itself is waited for: a busy or unreachable API, a key that is
// refused, an answer that was cut. An error means that the same request is pointless for now: it was refused, is too large, or
// fails again and again while others do not.
func (a *Asker) Ask(ctx context.Context, q Question, send func(context.Context) error) error {
	backoff := openai.Backoff{Cap: openai.NetworkCap}
	for failures := 1; ; failures++ {
		key := a.Keys.Generation()
		err := a.Once(ctx, q.Lane, send)
		if err == nil {
			a.refusal.Store(nil)
			if !q.Spared {
				a.sayPutOff()
			}
			a.Journal.Over(q.Name+"/", "the API answers on the %s %s again", q.Name, q.Kind)
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		wait, giveUp := a.failed(q, err, backoff.Next())
		if giveUp || (q.aside(err) || failures >= patience && mayBeIts(err)) && q.Alive != nil && q.Alive(ctx) {
			return err
		}
		a.Retried(q.Name)
		if err := a.pause(ctx, wait, key, err); err != nil {
			return err
		}
	}
}

// Once sends a request in its turn.
func (a *Asker) Once(ctx context.Context, lane openai.Lane, send func(context.Context) error) error {
	release, err := a.Gate.Acquire(ctx, lane)
	if err != nil {
		return err
	}
	defer release()
	return send(ctx)
}

// Refused returns the API's last answer to the key; nil when the key is accepted, and when nothing was answered yet.
func (a *Asker) Refused() error {
	err := a.refusal.Load()
	if err == nil {
		return nil // and no nil of a type
	}
	return err
}

// WaitForKey waits, or until there is another key than that of a generation.
func (a *Asker) WaitForKey(ctx context.Context, wait time.Duration, generation uint64) error {
	waiting, end := context.WithTimeout(ctx, wait)
	defer end()
	_ = a.Keys.Changed(waiting, generation) // or the time is over
	return ctx.Err()
}

// aside reports whether a refusal may be that of this question, and not of the key: what is read back is old.
func (q Question) aside(err error) bool {
	apiErr, ok := errors.AsType[*openai.Error](err)
	return ok && apiErr.Kind == openai.KeyRejected && q.Lane == openai.Backfill
}

// mayBeIts reports whether a failure may be that of one question alone.
func mayBeIts(err error) bool {
	apiErr, ok := errors.AsType[*openai.Error](err)
	return errors.Is(err, ErrUnread) || ok && (apiErr.Kind == openai.Server || apiErr.Kind == openai.Body)
}

// pause waits between two attempts. What the key has caused another one ends.
func (a *Asker) pause(ctx context.Context, wait time.Duration, key uint64, why error) error {
	apiErr, ok := errors.AsType[*openai.Error](why)
	if ok && apiErr.Kind == openai.KeyRejected || errors.Is(why, ErrForeign) {
		return a.WaitForKey(ctx, wait, key)
	}
	return openai.Wait(ctx, wait)
}

// failed says what went wrong and decides how long to wait, or that it is pointless to try again.
func (a *Asker) failed(q Question, err error, backoff time.Duration) (wait time.Duration, giveUp bool) {
	apiErr, ok := errors.AsType[*openai.Error](err)
	switch {
	case errors.Is(err, ErrForeign):
		a.Journal.Repeat(host.Error, "foreign", "%v", err)
		return keyPause, false
	case !ok:
		a.Journal.Repeat(host.Warn, q.Name+"/page", "the API's answer on the %s %s could not be read and is asked for again: %v",
			q.Name, q.Kind, err)
		return backoff, false
	}
	level, when := host.Warn, ""
	wait = max(backoff, apiErr.RetryAfter)
	switch apiErr.Kind {
	case openai.QueryRejected:
		return 0, true
	case openai.KeyRejected:
		if q.Spared {
			return 0, true
		}
		level = host.Error
		wait = min(max(keyPause/2+backoff/2, apiErr.RetryAfter), keyPause)
		if q.Lane == openai.Live {
			a.refusal.Store(apiErr)
		}
	case openai.SlowDown:
		a.Gate.Hold(time.Now().Add(wait))
		when = " in " + wait.Round(time.Second).String()
	case openai.Body:
		giveUp = apiErr.Reason == openai.ReasonTooLarge
	}
	a.Journal.Repeat(level, q.Name+"/"+apiErr.Kind.String()+"/"+apiErr.Reason.String(),
		"%s %s: %v; nothing is lost, it is asked again%s%s", q.Name, q.Kind, apiErr, when, Remedy(apiErr))
	return wait, giveUp
}

// Remedy returns what an operator can do about an error, as the end of a line.
func Remedy(err error) string {
	if apiErr, ok := errors.AsType[*openai.Error](err); ok {
		if text := apiErr.Remedy(); text != "" {
			return ": " + text
		}
	}
	return ""
}

// GateLane returns the turn in which that is asked for which is to be queued in a lane.
func GateLane(l delivery.Lane) openai.Lane {
	if l == delivery.Live {
		return openai.Live
	}
	return openai.Backfill
}

// Rest waits until an interval after begun is over. Jitter keeps many instances from asking all at once; an interval is a bound, so
// it only gets shorter. The error is ctx's.
func Rest(ctx context.Context, begun time.Time, interval time.Duration) error {
	interval = time.Duration(float64(interval) * (0.9 + 0.1*rand.Float64())) //nolint:gosec // not a secret
	return openai.Wait(ctx, interval-time.Since(begun))
}
