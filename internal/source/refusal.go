package source

import (
	"context"
	"errors"
	"time"

	"fluent-bit-openai-audit/internal/host"
	"fluent-bit-openai-audit/internal/openai"
)

// refusedFirst and refusedCap bound how long what the API refuses is left alone. It begins with little, since what stands
// before the API may refuse as well while it is being changed.
const (
	refusedFirst = time.Minute
	refusedCap   = 6 * time.Hour
)

// IsRefusal reports whether an error means that the API does not serve what was asked for to this key. Only the newest part
// of a stream tells by that whether the stream is served: where it is, an older part that is refused is tried again like any
// other.
func IsRefusal(err error) bool {
	apiErr, ok := errors.AsType[*openai.Error](err)
	return ok && (apiErr.Kind == openai.QueryRejected || apiErr.Kind == openai.KeyRejected)
}

// LeaveAlone says that the API refuses what a question is about, for the n-th time in a row, and waits until it is to be asked
// again: longer each time, or until there is another key than that of a generation. The error is the context's.
//
// That the API refuses what can be spared costs the rest nothing, so it is a warning. But the key itself or the way to the API
// may be at fault: it is said once something else was answered.
func (a *Asker) LeaveAlone(ctx context.Context, q Question, n int, why error, key uint64) error {
	pause := Doubled(refusedFirst, n-1, refusedCap)
	level, rest := host.Error, "nothing is fetched until that changes, it"
	if q.Spared {
		level, rest = host.Warn, "the rest goes on, and it"
	}
	say := func() {
		a.Journal.Repeat(level, "refused/"+q.Name, "the API refuses the %s %s: %v; %s is tried again in %s%s", q.Name, q.Kind, why, rest,
			pause, Remedy(why))
	}
	if q.Spared {
		a.putOff.Store(q.Name, say)
	} else {
		say()
	}
	return a.WaitForKey(ctx, pause, key)
}

// Served says that the API serves what a question is about.
func (a *Asker) Served(q Question) {
	a.putOff.Delete(q.Name)
	a.Journal.Over("refused/"+q.Name, "the API serves the %s %s now", q.Name, q.Kind)
}

// sayPutOff says what LeaveAlone has put off, now that something that cannot be spared was answered.
func (a *Asker) sayPutOff() {
	a.putOff.Range(func(name, _ any) bool {
		if say, ok := a.putOff.LoadAndDelete(name); ok {
			say.(func())()
		}
		return true
	})
}

// Doubled returns a pause that doubles each time, the first one after no times; it never exceeds most.
func Doubled(first time.Duration, times int, most time.Duration) time.Duration {
	return min(first<<min(times, 20), most)
}
