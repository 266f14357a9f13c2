package auditlog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"fluent-bit-openai-audit/internal/delivery"
	"fluent-bit-openai-audit/internal/openai"
	"fluent-bit-openai-audit/internal/record"
	"fluent-bit-openai-audit/internal/source"
	"fluent-bit-openai-audit/internal/state"
)

// walker lists one window after the other, each page by page to its end, and puts what is new. It is one goroutine's, and
// its memory is used again.
//
// A listing has come to its end with a page that is not full and says that nothing follows, or with an empty page behind
// what a full page called the end. Where more is announced and does not come it has come to none, unless the server announces
// more even where it is asked for nothing. Order is not needed for any of that. When a listing leads nowhere the walk gives
// up: the planner then halves its window, and what fits on one page needs no cursor.
type walker struct {
	c    *Collector
	s    *stream
	w    *window
	lane delivery.Lane
	listing

	dec     record.Decoder
	size    int64             // of memory that the last page took
	ids     map[state.ID]bool // of the events on the page read last
	before  map[state.ID]bool // on the one before it
	shaping source.Shaping
	records []delivery.Record // of the page
	events  []event           // what is counted of each
	new     []bool            // which of them were not known
}

// listing is how far a walk is.
type listing struct {
	query   openai.Query
	cursors map[string]bool // that were followed
	said    map[string]bool // anomalies
	out     outcome
	fresh   int   // events that were not known
	last    int64 // time of the event listed last
	falling bool  // no event was listed before an older one
	pages   int
	short   bool // the last page that listed anything was not full, or none has yet
	more    bool // it announced more
	ended   bool // it was full, and said to be the last
	empty   bool // the page read last listed nothing
}

func (c *Collector) newWalker() *walker {
	return &walker{c: c, shaping: source.NewShaping(c.Shaper), ids: make(map[state.ID]bool), before: make(map[state.ID]bool)}
}

// event is what is counted of a record.
type event struct {
	time  int64
	class string
	late  bool
	was   *record.Event // on the page
}

// errAgain ends a poll that was begun by a wrong clock.
var errAgain = errors.New("the poll began at a wrong time, by the server's clock")

// stuck ends a walk whose listing cannot be shown to be complete.
type stuck struct{ why string }

func (e *stuck) Error() string { return e.why }

func isStuck(err error) bool {
	_, ok := errors.AsType[*stuck](err)
	return ok
}

// errDense ends a walk that takes several times more than was reckoned.
var errDense = errors.New("there are several times more events than was reckoned")

// firstSize is how much memory a page is reckoned to take before one was seen.
const firstSize = 256 << 10

// run walks a window to its end. What it has read is put, whatever it returns.
func (k *walker) run(ctx context.Context, s *stream, w *window) outcome {
	k.s, k.w, k.lane = s, w, delivery.Backfill
	k.listing = listing{
		query:   s.query(w.span.From, w.span.To, k.c.Config.PageSize),
		cursors: make(map[string]bool), said: make(map[string]bool), last: endOfTime, falling: true, short: true,
	}
	if w.poll {
		k.lane, k.query.To = delivery.Live, 0
	}
	clear(k.ids)
	for {
		more, err := k.page(ctx)
		switch {
		case err != nil:
			if k.smaller(err) {
				continue
			}
			k.out.err = err
			return k.out
		case !more:
			return k.out
		case w.most > 0 && k.denser() && !k.out.outside:
			k.out.err = errDense
			return k.out
		}
	}
}

// denser reports whether a window holds several times more events than was reckoned, if they lie in all of it as they do in
// what was listed. Three pages tell that, and one where nothing was known of the log.
func (k *walker) denser() bool {
	if k.pages < surveyPages && !k.w.guess {
		return false
	}
	seen := max(1, k.out.newest-k.out.oldest)
	return float64(k.out.listed)*float64(max(seen, k.w.span.Seconds()))/float64(seen) >= float64(k.w.most)
}

// smaller asks for fewer events a page, where a page is too large and its window cannot be halved.
func (k *walker) smaller(err error) bool {
	apiErr, ok := errors.AsType[*openai.Error](err)
	if !ok || apiErr.Reason != openai.ReasonTooLarge || k.w.span.Seconds() > 1 || k.query.Limit == 1 {
		return false
	}
	k.query.Limit = (k.query.Limit + 1) / 2
	return true
}

// page fetches one page, puts what is new of it, and says whether another is to be fetched.
func (k *walker) page(ctx context.Context) (more bool, err error) {
	reserved := max(k.size, firstSize)
	if err := k.c.Delivery.Acquire(ctx, k.lane, reserved); err != nil {
		return false, err
	}
	defer k.c.Delivery.Release(reserved)
	asked := time.Now()
	a, err := k.c.fetch(ctx, k.s, source.GateLane(k.lane), k.query, &k.dec)
	if err != nil {
		return false, k.giveUp(err)
	}
	defer a.response.Release()
	k.c.paced(k.s, time.Since(asked))
	if k.pages++; k.pages == 1 && k.w.poll {
		k.c.begin(k.s, a)
		if !k.c.asked(k.s, k.w, a.before) {
			return false, errAgain
		}
	}
	err = k.take(a.page)
	k.size = int64(pageMemory*a.response.Size() + k.shaping.Size())
	if err != nil {
		return false, err
	}
	return k.advance(ctx, a.page)
}

// pageMemory is how many times its body's size a page takes: as it came, decoded, and as records. What is shaped takes more.
const pageMemory = 3

// giveUp tells what of a walk's failure is the listing's.
func (k *walker) giveUp(err error) error {
	apiErr, ok := errors.AsType[*openai.Error](err)
	switch {
	case errors.Is(err, source.ErrUnread):
		return &stuck{err.Error()}
	case !ok || k.w.span.Seconds() == 1 && apiErr.Reason == openai.ReasonTooLarge && k.query.Limit > 1:
		return err
	case apiErr.Kind == openai.Server, apiErr.Kind == openai.Body:
		return &stuck{apiErr.Error()}
	case apiErr.Kind == openai.QueryRejected && k.query.After != "":
		k.anomaly(anomalyRefused)
		return &stuck{fmt.Sprintf("the API refused a cursor that it had given: %v", apiErr)}
	}
	return err
}

// take puts the events of a page that are new and in the window, the oldest first.
func (k *walker) take(page *record.Page) error {
	if page.Documents > 1 {
		k.anomaly(anomalyConcatenated)
	}
	if page.Odd != 0 {
		k.anomaly(anomalyEnvelope)
	}
	now := k.c.Clock.Now()
	k.records, k.events = k.records[:0], k.events[:0]
	k.c.mu.Lock()
	k.ids, k.before = k.before, k.ids
	clear(k.ids)
	rose, top := false, int64(0)
	for i := range page.Events {
		ev := &page.Events[i]
		rec, ok := k.record(ev, now)
		k.ids[rec.Key.ID] = true
		if ev.Malformed == "" || ev.Time > 0 {
			rose = rose || ev.Time > k.last
			k.last, top = ev.Time, max(top, ev.Time)
			k.out.outside = k.out.outside || !ok
			k.span(ev.Time)
		}
		// What lies before the start is not wanted, and an id may be gone of what was delivered long ago.
		early := rec.Key.Time != state.Untimed && (ev.Time < k.s.rec.Start || k.s.gone(ev.Time, ev.Type))
		if ok && !early {
			k.records = append(k.records, rec)
			k.events = append(k.events, event{int64(rec.Time), k.c.classOf(ev), k.s.rec.Covered.Contains(ev.Time), ev})
		}
	}
	k.out.top = cmp.Or(top, k.out.top)
	k.s.unfiltered = k.s.unfiltered || k.out.outside
	k.c.mu.Unlock()
	if rose {
		k.falling = false
		k.anomaly(anomalyOrder)
	}
	if k.out.outside {
		k.anomaly(anomalyFilter)
	}
	if err := k.shape(); err != nil {
		return err
	}
	k.sort()
	return k.put(page, now)
}

// record makes a record of an event; ok is unset for one that was not asked for.
func (k *walker) record(ev *record.Event, now int64) (r delivery.Record, ok bool) {
	r = delivery.Record{Key: state.Key{Time: state.Untimed}, Time: uint32(now), Body: ev.Body} //nolint:gosec // Unix seconds
	if r.Key.ID = state.IDOf(ev.ID); len(ev.ID) == 0 {
		r.Key.ID = state.IDOf(ev.Body)
	}
	if ev.Time > 0 || ev.Malformed == "" {
		r.Key.Time = uint32(ev.Time) //nolint:gosec // the decoder lets no other times pass
		r.Time = r.Key.Time
		if ev.Time < k.query.From || k.query.To > 0 && ev.Time >= k.query.To {
			return r, false
		}
	}
	if k.c.Config.Excludes(ev.Type) {
		r.Body = nil
	}
	return r, true
}

// span takes the time of an event that was listed into account.
func (k *walker) span(t int64) {
	if k.out.listed++; k.out.listed == 1 {
		k.out.oldest, k.out.newest = t, t
	}
	k.out.oldest, k.out.newest = min(k.out.oldest, t), max(k.out.newest, t)
}

// sort brings the records into the order of time. Those of one second come in the reverse of the order in which they were
// listed, since the API lists the newest first.
func (k *walker) sort() {
	slices.Reverse(k.records)
	slices.Reverse(k.events)
	if !slices.IsSortedFunc(k.records, byTime) {
		slices.SortStableFunc(k.records, byTime)
		slices.SortStableFunc(k.events, func(a, b event) int { return cmp.Compare(a.time, b.time) })
	}
}

func byTime(a, b delivery.Record) int { return cmp.Compare(a.Time, b.Time) }
