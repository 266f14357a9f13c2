package collect

import (
	"context"
	"errors"
	"fmt"

	"fluent-bit-openai-audit/internal/host"
	"fluent-bit-openai-audit/internal/openai"
	"fluent-bit-openai-audit/internal/record"
	"fluent-bit-openai-audit/internal/state"
)

// errStuck ends a walk that cannot be shown to be complete.
var errStuck = errors.New("the API's pages lead nowhere")

// walk reads one slice page by page to its end, passes on what is new in parts, and claims its time in the end.
type walk struct {
	c      *Collector
	s      *stream
	sl     *slice
	lane   openai.Lane
	reread bool // a poll or a sweep: what is new in covered time is late
	live   bool // no upper end: events after the claim's end are taken too

	dec   record.Decoder
	order order
	part  part
	held  int64  // of the part's memory, as counted in the queue
	claim *claim // of the parts that were passed on
	said  map[string]bool

	ticket *ticket          // of the events that were not passed on yet
	met    map[*ticket]bool // of other walks, whose events this one met and left to them

	query    openai.Query
	cursors  map[state.ID]bool // those used since the last cut
	doubt    bool              // the last page was full and said to be the last
	empty    int               // pages without events in a row
	cuts     int               // listings begun anew
	last     listing           // how far the last of them had come
	stalls   int               // listings in a row that came no further
	sinceCut int               // events in this listing
	turned   bool              // the listing contradicts itself
	relisted bool              // it was begun anew for that
	dense    bool              // its end could not be proven with one more page
	fresh    int               // events found that were not known
	listed   int               // events on the last page
	lastID   string            // of the last of them

	keys   []state.Key
	before []state.Key // of the page before
	types  [][]byte
	new    []bool
	pages  int
}

// run walks the slice. Until it returns, and whatever it returns, each reserved key is queued or
// released, and the slice's rest is what was not claimed.
func (w *walk) run(ctx context.Context) error {
	w.part.buffers = &w.c.buffers
	w.cursors, w.said, w.met = make(map[state.ID]bool), make(map[string]bool), make(map[*ticket]bool)
	w.query = w.s.query(w.sl.span.From, w.sl.span.To, w.c.cfg.PageSize)
	if w.live {
		w.query.To = 0
	}
	complete := false
	defer func() {
		if !complete { // an error, or a panic on its way up
			w.drop()
		}
	}()
	if err := w.pagesToEnd(ctx); err != nil {
		if ctx.Err() == nil {
			w.passOn(1) // what was read need not be read again, and waits for nothing
		}
		return err
	}
	w.pass(func(item) bool { return true })
	w.closeClaim(func(rest state.Span) state.Span { return rest })
	complete = true
	return nil
}

func (w *walk) pagesToEnd(ctx context.Context) error {
	for {
		if err := w.waitRoom(ctx); err != nil {
			return err
		}
		more, err := w.page(ctx)
		if err == nil && more {
			continue
		}
		var apiErr *openai.Error
		if errors.As(err, &apiErr) && apiErr.Reason == openai.ReasonTooLarge && w.query.Limit > 1 {
			w.query.Limit = (w.query.Limit + 1) / 2
			continue
		}
		if err == nil || w.query.After == "" || !isCursorError(err) {
			return err
		}
		w.anomaly(anomalyRefused)
		if more, err := w.cut(ctx, false); err != nil || !more {
			return err
		}
	}
}

// waitRoom waits until there is room for a page. A walk that has to wait holds nothing: else all of them
// together could fill the room that each waits for.
func (w *walk) waitRoom(ctx context.Context) error {
	if ok, _ := w.c.queue.room(w.lane); !ok {
		w.passOn(1)
	}
	return w.c.queue.waitRoom(ctx, w.lane)
}

// account tells the queue how much memory the part takes now.
func (w *walk) account() {
	held := w.part.held()
	w.c.queue.gather(held - w.held)
	w.held = held
}

// page fetches one page, takes what is new, and says whether another is to be fetched.
func (w *walk) page(ctx context.Context) (more bool, err error) {
	a, err := w.c.fetch(ctx, w.s, w.lane, w.query, &w.dec)
	if err != nil {
		return false, err
	}
	defer a.response.Release()
	if w.pages++; w.pages == 1 && w.live {
		w.c.book.setEnd(w.sl, a.before)
	}
	if err := w.take(a); err != nil {
		return false, err
	}
	w.account()
	if w.turned && !w.relisted {
		return w.relist(), nil
	}
	w.passOn(partSize(w.c.cfg.Concurrency))
	return w.advance(ctx, a.page)
}

// take gathers the events of a page that are new and in the slice.
func (w *walk) take(a answer) error {
	page := a.page
	if page.Documents > 1 {
		w.anomaly(anomalyConcatenated)
	}
	rest := w.c.book.owned(w.sl)
	w.keys, w.before = w.before[:0], w.keys
	w.types, w.new = w.types[:0], w.new[:0]
	w.listed, w.lastID = len(page.Events), ""
	w.sinceCut += w.listed
	// A page that was read before says nothing about the order.
	again := page.LastID != "" && w.cursors[state.IDOf([]byte(page.LastID))]
	if !again {
		w.order.turn()
	}
	if w.listed > 0 && page.LastID == "" {
		w.lastID = string(page.Events[w.listed-1].ID)
	}
	taken := 0
	for i := range page.Events {
		ev := &page.Events[i]
		key := state.Key{Time: state.Untimed}
		switch {
		case len(ev.ID) > 0:
			key.ID = state.IDOf(ev.ID)
		default:
			key.ID = state.IDOf(ev.Body)
		}
		if ev.Time > 0 || ev.Malformed == "" {
			asked := ev.Time >= w.query.From && (w.query.To == 0 || ev.Time < w.query.To)
			if !again && ev.Malformed == "" {
				w.order.observe(ev.Time, asked)
			}
			if !asked {
				w.anomaly(anomalyFilter)
				continue
			}
			if ev.Time < rest.From || !w.live && ev.Time >= rest.To && w.order.known() {
				continue // another worker's by now
			}
			key.Time = uint32(ev.Time) //nolint:gosec // the decoder lets no other times pass
		}
		page.Events[taken] = *ev
		taken++
		w.keys, w.types, w.new = append(w.keys, key), append(w.types, ev.Type), append(w.new, false)
	}
	w.order.done()
	if w.order.rose() {
		w.anomaly(anomalyOrder)
	}
	w.turned = !again && w.query.After != "" && (w.order.mixed() || w.leadsBack())
	if w.ticket == nil {
		w.ticket = new(ticket)
	}
	if err := w.c.book.reserve(w.s, w.ticket, w.keys, w.types, w.new, w.met); err != nil {
		return fmt.Errorf("look up ids: %w", err)
	}
	now := w.c.clock.now()
	for i, fresh := range w.new {
		if !fresh {
			continue
		}
		w.fresh++
		w.add(&page.Events[i], w.keys[i], now)
	}
	m := w.c.metrics
	m.Duplicates.With(w.s.name).Add(float64(taken - count(w.new)))
	w.c.book.progress(w.s, w.sl, taken, w.way(), w.order.first, w.order.last)
	return nil
}

func count(bs []bool) (n int) {
	for _, b := range bs {
		if b {
			n++
		}
	}
	return n
}

// add puts one new event into the part.
func (w *walk) add(ev *record.Event, key state.Key, now int64) {
	it := item{time: ev.Time, key: key, class: w.c.classes.of(ev.Type)}
	body := ev.Body
	if ev.Malformed != "" {
		w.c.metrics.Malformed.With(w.s.name).Add(1)
		w.c.journal.Repeat(host.Warn, "malformed", "an event of the %s stream is malformed (%s); it is delivered as "+
			"{\"_malformed\": its text}", w.s.name, ev.Malformed)
		it.class = classMalformed
	}
	if w.reread && ev.Time > 0 {
		w.c.seen(w.s, ev.Time, now)
		if it.late = w.c.book.isCovered(w.s, ev.Time); it.late {
			w.c.late(w.s, ev.Time, now, w.live)
		}
	}
	if w.c.cfg.Excludes(ev.Type) {
		w.c.metrics.Excluded.With(w.s.name).Add(1)
		body = nil
	}
	w.part.add(it, body)
}

// way returns the direction in which the walk gets through the slice's time, if it can be told.
func (w *walk) way() way {
	switch {
	case w.live || !w.order.known():
		return wayUnknown
	case w.order.ascending():
		return wayUp
	}
	return wayDown
}

// anomaly counts what an answer did wrong, once a walk, and says it once.
func (w *walk) anomaly(kind string) {
	if w.said[kind] {
		return
	}
	w.said[kind] = true
	w.c.anomaly(w.s, kind)
}
