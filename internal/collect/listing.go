package collect

import (
	"context"
	"errors"
	"slices"
	"time"

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

// listing is how far a walk had come when its listing led nowhere.
type listing struct {
	fresh, events  int
	oldest, newest int64
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
			return w.skip()
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
// The error is errStuck when that second is not the walk's own.
func (w *walk) skip() (more bool, err error) {
	at := w.order.oldest
	if rest := w.c.book.owned(w.sl); at < rest.From || at >= rest.To {
		return false, errStuck
	}
	w.pass(func(it item) bool { return it.time > at })
	w.closeClaim(func(rest state.Span) state.Span { return state.Span{From: at + 1, To: rest.To} })
	w.pass(func(item) bool { return true })
	w.c.book.skip(w.s, w.sl, state.Span{From: at, To: at + 1}, time.Now())
	w.claimDropped()
	w.query.To = at
	return at > w.sl.span.From, nil
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
			return w.skip()
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
