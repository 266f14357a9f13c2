// Package organization makes the audit events that the simulator lists: it knows what an event looks like (Event), reads
// events from files (Load), and invents an organization whose life goes on by itself (Organization).
//
// An Organization holds no events. Each is computed from the seed and its number, so that ten million cost no more memory
// than ten, and the same options make the same events on every machine. Nothing here knows HTTP.
package organization

import (
	"errors"
	"fmt"
	"iter"
	"math"
	"time"

	"fluent-bit-openai-audit/internal/fakeopenai/dice"
)

// Options describe a synthetic organization.
type Options struct {
	Seed uint64 // the same options make the same events, everywhere

	// The time of the events: From <= t < To. With a zero To events go on as the server's clock does, for thirty years.
	From, To time.Time

	// Epoch is where the numbering starts, From if zero. Organizations that differ in From and To alone have the same
	// events where their times overlap if they share the epoch. It goes with Rate.
	Epoch time.Time

	// How many: either Rate, events a second in the mean over a week, or Count, all of them, for which To must be
	// given. Both count the two streams together.
	Rate  float64
	Count int

	Rhythm      Rhythm
	TenantShare float64 // the share of tenant events, from 0 to 1

	// Every event is listed Delay after its time. LateShare of them are listed later still, by LateMin to LateMax,
	// short delays being likelier than long ones: as many between 1 and 10 s as between 10 and 100 s.
	Delay            time.Duration
	LateShare        float64
	LateMin, LateMax time.Duration

	People   int // 60 if 0
	Projects int // 12 if 0
}

// Organization is a synthetic organization. Its events are not stored: each is computed from the seed and its number.
// They have the shapes and the mix of types seen in live audit logs, with a median of about 900 bytes, most
// logins logged twice within one second, and now and then a type or a key that no reference names.
//
// An Organization is immutable and may serve several servers.
type Organization struct {
	opts Options
	cast *cast
	logs [2]Log
}

// New checks the options and prepares the organization.
func New(opts Options) (*Organization, error) {
	if err := opts.check(); err != nil {
		return nil, fmt.Errorf("make organization: %w", err)
	}
	if opts.People == 0 {
		opts.People = 60
	}
	if opts.Projects == 0 {
		opts.Projects = 12
	}
	o := &Organization{opts: opts, cast: newCast(opts.Seed, opts.People, opts.Projects)}
	if opts.Epoch.IsZero() {
		opts.Epoch = opts.From
	}
	end := opts.To
	if end.IsZero() {
		end = opts.Epoch.AddDate(lifetimeYears, 0, 0)
	}
	tenants := int(math.Round(float64(opts.Count) * opts.TenantShare))
	for stream, part := range []struct {
		count int
		rate  float64
	}{
		{opts.Count - tenants, opts.Rate * (1 - opts.TenantShare)},
		{tenants, opts.Rate * opts.TenantShare},
	} {
		l := &o.logs[stream]
		*l = Log{org: o, stream: Stream(stream), key: dice.Mix(opts.Seed*2 + uint64(stream)), calendar: newCalendar(opts.Rhythm, opts.Epoch)}
		if err := l.lay(opts.Epoch, end, part.count, part.rate); err != nil {
			return nil, fmt.Errorf("make organization: %w", err)
		}
		l.first = l.beforeNanos(opts.From.UnixNano())
	}
	return o, nil
}

const lifetimeYears = 30

func (o *Options) check() error {
	switch {
	case o.From.IsZero() || o.From.Year() < 1970 || o.From.Year() > 2200:
		return errors.New("From must be a time from 1970 to 2200")
	case !o.Epoch.IsZero() && (o.Epoch.Year() < 1970 || o.Epoch.After(o.From) || o.Count > 0):
		return errors.New("Epoch must be a time from 1970 to From, and goes with Rate")
	case !o.To.IsZero() && !o.To.After(o.From):
		return errors.New("To must be after From")
	case o.life() > lifetimeYears*365*24*time.Hour:
		return fmt.Errorf("To must be within %d years of From, and of Epoch", lifetimeYears)
	case o.Rate < 0 || o.Count < 0 || math.IsNaN(o.Rate) || o.Rate > 1e6:
		return errors.New("Rate must be from 0 to 1e6, and Count not negative")
	case o.Rate > 0 && o.Count > 0:
		return errors.New("Rate and Count exclude each other")
	case o.Count > 0 && o.To.IsZero():
		return errors.New("Count needs To")
	case !isShare(o.TenantShare) || !isShare(o.LateShare):
		return errors.New("TenantShare and LateShare must be from 0 to 1")
	case o.Delay < 0 || o.LateMin < 0 || o.LateMax < o.LateMin:
		return errors.New("Delay, LateMin and LateMax must not be negative, and LateMin not above LateMax")
	case o.People < 0 || o.People > 10_000 || o.Projects < 0 || o.Projects > 10_000:
		return errors.New("People and Projects must be from 0 to 10,000")
	}
	return nil
}

// life is the time from the first event that is numbered to the last that is listed, or to From.
func (o *Options) life() time.Duration {
	start, end := o.From, o.From
	if !o.Epoch.IsZero() {
		start = o.Epoch
	}
	if !o.To.IsZero() {
		end = o.To
	}
	return end.Sub(start)
}

func isShare(f float64) bool { return f >= 0 && f <= 1 }

// Events yields the events of one stream, oldest first, whether or not they are listed yet.
func (o *Organization) Events(stream Stream) iter.Seq[Event] {
	return func(yield func(Event) bool) {
		l := &o.logs[stream]
		for pos := l.first; pos < l.total; pos++ {
			e := l.Event(pos)
			e.Raw = l.Append(nil, pos)
			if !yield(e) {
				return
			}
		}
	}
}

// Log returns the organization's events of one stream.
func (o *Organization) Log(stream Stream) *Log { return &o.logs[stream] }
