package collect

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"fluent-bit-openai-audit/internal/host"
	"fluent-bit-openai-audit/internal/openai"
	"fluent-bit-openai-audit/internal/record"
	"fluent-bit-openai-audit/internal/state"
)

// maxEmptyPages is how many pages without events a walk follows in a row.
const maxEmptyPages = 10

// maxCuts is how often a walk begins a new listing before it leaves the rest of its slice for later.
const maxCuts = 50

// believeStalls is how many listings in a row must come no further for that to count.
const believeStalls = 2

// believeTries is how often an event that is known to exist must be listed for empty pages to be believed.
const believeTries = 8

// errStuck ends a walk that cannot be shown to be complete.
var errStuck = errors.New("the API's pages lead nowhere")

// walk reads one slice page by page to its end, and passes on what is new in parts, each with a claim
// for the time it was read from.
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
	claim *claim // of the parts passed on whose span is not known yet
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

// listing is how far a walk had come when its listing led nowhere.
type listing struct {
	fresh, events  int
	oldest, newest int64
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

// isCursorError reports whether an answer to a request with a cursor may be the cursor's fault: the API
// does not know it, or fails on that page again and again.
func isCursorError(err error) bool {
	var apiErr *openai.Error
	if !errors.As(err, &apiErr) {
		return errors.Is(err, errPoison)
	}
	return apiErr.Kind == openai.QueryRejected || apiErr.Kind == openai.Server || apiErr.Kind == openai.Body
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

// passOn passes on what has come together if it is enough bytes. Its time is not claimed yet: that the API
// lists in order is only known at the end.
func (w *walk) passOn(enough int) {
	if w.part.size() >= enough {
		w.pass(func(item) bool { return true })
	}
}

// pass queues the items for which yes holds, oldest first.
func (w *walk) pass(yes func(item) bool) {
	items := w.part.take(yes)
	if len(items) == 0 {
		return
	}
	if w.claim == nil {
		w.claim = w.c.book.open(w.s, w.sl.errand)
	}
	batches := w.part.shape(w.s, items, w.c.clock.now())
	w.ticket = w.c.book.pass(w.ticket, w.claim, batches, w.part.keys())
	for _, b := range batches {
		w.c.queue.put(b, w.lane)
	}
	w.part.compact()
	w.account()
}

// closeClaim claims a part of the slice's rest for what was passed on since the last claim.
func (w *walk) closeClaim(part func(rest state.Span) state.Span) {
	c := w.claim
	if c == nil {
		c = w.c.book.open(w.s, w.sl.errand)
	}
	w.claim = nil
	w.c.book.close(c, w.sl, w.met, part)
}

// drop gives up what was not passed on: the walk failed.
func (w *walk) drop() {
	if w.ticket != nil {
		w.c.book.release(w.ticket)
	}
	w.part.clear()
	w.account()
	w.claimDropped()
}

// claimDropped gives up the open claim; its batches are delivered all the same.
func (w *walk) claimDropped() {
	if w.claim != nil {
		w.c.book.abandon(w.claim)
		w.claim = nil
	}
}

// anomaly counts what an answer did wrong, once a walk, and says it once.
func (w *walk) anomaly(kind string) {
	if w.said[kind] {
		return
	}
	w.said[kind] = true
	w.c.anomaly(w.s, kind)
}

// advance decides from a page what to ask for next. A walk ends when a page says so, a full one not being
// taken at its word, or when it has passed the end of the slice, which is not believed at once either.
func (w *walk) advance(ctx context.Context, page *record.Page) (more bool, err error) {
	if w.beyond() {
		if w.dense && w.wholeBeyond() {
			return false, nil
		}
		if !w.dense {
			here, listed, lastID := *page, w.listed, w.lastID
			if proven, more, err := w.prove(ctx); proven || err != nil {
				return more, err
			}
			page, w.dense, w.listed, w.lastID = &here, true, listed, lastID
		}
	}
	if w.doubt && w.listed > 0 {
		w.anomaly(anomalyEarlyEnd)
	}
	full := w.listed >= w.query.Limit
	switch {
	case !page.HasMore && !full:
		return false, nil
	case !page.HasMore:
		w.doubt = true
	default:
		w.doubt = false
	}
	if w.empty++; w.listed > 0 {
		w.empty = 0
	} else {
		w.anomaly(anomalyEmptyPage)
	}
	cursor := page.LastID
	if cursor == "" {
		cursor = w.lastID
		w.anomaly(anomalyNullCursor)
	}
	id := state.IDOf([]byte(cursor))
	if cursor == "" || w.cursors[id] || w.empty > maxEmptyPages {
		if cursor != "" {
			w.anomaly(anomalyCursor)
		}
		return w.cut(ctx, w.listed == 0)
	}
	w.cursors[id] = true
	w.query.After = cursor
	return true, nil
}

// leadsBack reports whether a page begins with an event of the page before, other than its last, which a cursor
// may include.
func (w *walk) leadsBack() bool {
	return len(w.keys) > 0 && len(w.before) > 0 && slices.Contains(w.before[:len(w.before)-1], w.keys[0])
}

// relist begins the listing of what is the walk's own anew. It is done once a walk when pages contradict each
// other, since that may come of a server that has begun to list the other way round: what the cursor left behind
// then was never listed. If the new listing contradicts itself too, the server lists in no order at all, and its
// end is the end.
func (w *walk) relist() (more bool) {
	w.relisted = true
	w.fromTheTop()
	w.order, w.last, w.stalls = order{}, listing{}, 0
	rest := w.c.book.owned(w.sl)
	w.query.From = max(w.query.From, rest.From)
	if w.query.To != 0 {
		w.query.To = min(w.query.To, rest.To)
	}
	return !rest.Empty()
}

// fromTheTop goes back to the first page.
func (w *walk) fromTheTop() {
	w.query.After, w.doubt, w.empty, w.sinceCut, w.lastID = "", false, 0, 0, ""
	clear(w.cursors)
	w.order.anew = true
}

// cut begins a new listing, without a cursor, of the time that is left: cursors led nowhere. Listings
// that come no further one after the other settle it: if they stopped at an empty page, and that can be
// believed, the walk is at its end; else the second they are stuck in is left as a hole and the walk goes
// on behind it.
func (w *walk) cut(ctx context.Context, empty bool) (more bool, err error) {
	if w.cuts++; w.cuts > maxCuts {
		return false, errStuck
	}
	w.count(listing{fresh: w.fresh, oldest: w.order.oldest, newest: w.order.newest, events: w.sinceCut})
	w.fromTheTop()
	if w.stalls >= believeStalls {
		w.stalls = 0
		switch {
		case empty:
			return w.believe(ctx)
		case w.order.descending():
			return w.skip(), nil
		}
		return false, errStuck
	}
	switch {
	case !w.order.known():
	case w.order.ascending():
		w.query.From = max(w.query.From, w.order.newest)
	case w.query.To == 0:
		w.query.To = w.order.oldest + 1
	default:
		w.query.To = min(w.query.To, w.order.oldest+1)
	}
	// Another page size leads to other cursors, and shows a full last page for what it is.
	w.query.Limit = w.c.cfg.PageSize
	if w.cuts%2 == 1 {
		w.query.Limit = max(1, w.query.Limit*2/3)
	}
	return true, nil
}

// count takes a listing into account that led nowhere: it came no further than the one before, or it
// did. One without any event, where some are known to be, says nothing.
func (w *walk) count(now listing) {
	last := w.last
	w.last = now
	if w.order.known() {
		now.events, last.events = 0, 0 // how many were listed depends on where it began
	}
	switch {
	case w.cuts > 1 && now == last && (w.sinceCut > 0 || !w.order.seen):
		w.stalls++
	case now != last:
		w.stalls = 0
	}
}

// skip leaves the oldest second seen as a hole, to be tried again later, and goes on before it.
func (w *walk) skip() (more bool) {
	at := w.order.oldest
	w.pass(func(it item) bool { return it.time > at })
	w.closeClaim(func(rest state.Span) state.Span { return state.Span{From: at + 1, To: rest.To} })
	w.pass(func(item) bool { return true })
	w.c.book.skip(w.s, w.sl, state.Span{From: at, To: at + 1}, time.Now())
	w.claimDropped()
	w.query.To = at
	return at > w.sl.span.From
}

// believe decides whether empty pages that announce more events are the end. They are if what is left to
// list fits on a first page, which needs no cursor, and all of it is known: each time it is asked for, and
// while the API lists an event that is known to exist. If an unknown one is among it, the walk goes on. The
// error is errStuck when nothing can be shown.
func (w *walk) believe(ctx context.Context) (more bool, err error) {
	rest, fresh := w.query, w.fresh
	rest.Limit = openai.MaxLimit
	for range believeTries {
		if err := w.lists(ctx); err != nil {
			return false, err
		}
		listed, _, err := w.look(ctx, rest)
		switch {
		case err != nil:
			return false, err
		case w.fresh > fresh:
			return true, nil
		case listed == 0 && w.order.seen:
			return false, errStuck
		case listed < rest.Limit:
		case w.order.descending():
			return w.skip(), nil
		default:
			return false, errStuck
		}
	}
	return false, nil
}

// lists asks for an event that is known to exist. The error is errStuck when the API does not list it, or
// none is known.
func (w *walk) lists(ctx context.Context) error {
	at := w.order.newest
	if !w.order.seen {
		if at = w.c.book.newest(w.s); at == 0 {
			return errStuck
		}
	}
	a, err := w.c.fetch(ctx, w.s, w.lane, w.s.query(at, at+1, 1), &w.dec)
	if err != nil {
		return err
	}
	defer a.response.Release()
	for i := range a.page.Events {
		if ev := &a.page.Events[i]; ev.Time == at && ev.Malformed == "" {
			return nil
		}
	}
	return errStuck
}

// look fetches one page beside the walk's listing, takes what is new, and returns how many events it lists and the
// cursor behind them.
func (w *walk) look(ctx context.Context, q openai.Query) (listed int, cursor string, err error) {
	a, err := w.c.fetch(ctx, w.s, w.lane, q, &w.dec)
	if err != nil {
		return 0, "", err
	}
	defer a.response.Release()
	w.order.anew = true
	err = w.take(a)
	w.account()
	w.order.anew, w.sinceCut, w.lastID = true, 0, ""
	return w.listed, a.page.LastID, err
}

// beyond reports whether the walk has come to time that is not its own.
func (w *walk) beyond() bool {
	rest := w.c.book.owned(w.sl)
	switch {
	case !w.order.known():
		return false
	case w.order.ascending():
		return !w.live && w.order.last >= rest.To
	}
	return w.order.last < rest.From
}

// prove asks once more for what the listing may have left out, since it has come beyond the walk's own time: if
// the API lists in another order than that of time, such as that in which it learned of the events, it may have
// jumped there. If so, what is the walk's own is listed by itself: that has its own end. It is not proven when a
// whole page is of one second, of which there may be very many.
func (w *walk) prove(ctx context.Context) (proven, more bool, err error) {
	q, fresh := w.query, w.fresh
	rest, before := w.c.book.owned(w.sl), w.order.before
	q.From, q.To, q.After, q.Limit = rest.From, rest.To, "", openai.MaxLimit
	switch {
	case !before.seen:
	case w.order.ascending():
		q.From = max(q.From, before.newest)
	default:
		q.To = min(q.To, before.oldest+1)
	}
	for q.From < q.To {
		listed, cursor, err := w.look(ctx, q)
		switch {
		case err != nil:
			return false, false, err
		case w.fresh > fresh:
			w.anomaly(anomalyOrder)
			return true, w.relist(), nil
		case listed < q.Limit || cursor == "" || cursor == q.After:
			return true, false, nil
		case !slices.ContainsFunc(w.keys, func(k state.Key) bool { return k.Time != w.keys[0].Time }):
			return false, false, nil
		}
		q.After = cursor
	}
	return true, false, nil
}

// wholeBeyond reports whether no event of the page that was read last is of the walk's own time.
func (w *walk) wholeBeyond() bool {
	rest, page := w.c.book.owned(w.sl), w.order.page
	if w.order.ascending() {
		return page.oldest >= rest.To
	}
	return page.newest < rest.From
}
