package auditlog

import (
	"context"
	"fmt"

	"fluent-bit-openai-audit/internal/host"
	"fluent-bit-openai-audit/internal/openai"
	"fluent-bit-openai-audit/internal/record"
	"fluent-bit-openai-audit/internal/source"
	"fluent-bit-openai-audit/internal/state"
)

// shape makes the records what they are to be.
func (k *walker) shape() (err error) {
	k.shaping.Begin()
	for i := range k.records {
		r, ev := &k.records[i], &k.events[i]
		about := &k.s.usual
		if ev.late {
			about = &k.s.late
		}
		if r.Metadata = about.Beside; r.Body == nil {
			continue
		}
		m := about.Metadata
		m.Time = ev.time // of one that has none
		if r.Body, err = k.shaping.Body(ev.was, m); err != nil {
			return err
		}
	}
	return nil
}

// put queues what is new of a page, and counts it.
func (k *walker) put(page *record.Page, now int64) error {
	k.new = append(k.new[:0], make([]bool, len(k.records))...)
	tally := k.c.NewTally(k.s.name, &k.s.delivered)
	if err := k.c.Delivery.Put(k.lane, k.records, k.new, tally.Accepted); err != nil {
		return fmt.Errorf("look up ids: %w", err)
	}
	known, oldest, newest := 0, int64(0), int64(0)
	for i, fresh := range k.new {
		ev, timed := k.events[i], k.records[i].Key.Time != state.Untimed
		if timed && ev.time <= now+clockSlack { // later ones are no measure of what has come
			newest = max(newest, ev.time) // known or not: the other stream may be the one that delivers all
		}
		if !fresh {
			known++
			continue
		}
		k.fresh++
		if k.records[i].Body == nil {
			k.c.Counts.Excluded.With(k.s.name).Add(1)
		} else {
			tally.Count(ev.class, ev.late)
		}
		if timed && oldest == 0 { // the records are in the order of time
			oldest = ev.time
		}
		if timed && k.w.poll {
			k.c.seen(k.s, ev, now)
		}
	}
	k.c.Counts.Duplicates.With(k.s.name).Add(float64(known))
	for i := range page.Events {
		if why := page.Events[i].Malformed; why != "" {
			k.c.Counts.Malformed.With(k.s.name).Add(1)
			k.c.Journal.Repeat(host.Warn, "malformed", "an event of the %s stream is malformed (%s); it is delivered as "+
				"{\"_malformed\": its text}", k.s.name, why)
		}
	}
	events, late := tally.Done()
	k.c.mu.Lock()
	defer k.c.mu.Unlock()
	rec := k.s.rec
	rec.Events, rec.Late = rec.Events+events, rec.Late+late
	rec.Saw(oldest, newest)
	return nil
}

// advance decides from a page what to ask for next.
func (k *walker) advance(ctx context.Context, page *record.Page) (more bool, err error) {
	listed := len(page.Events)
	if listed == 0 {
		return k.advanceEmpty(ctx, page.HasMore)
	}
	if k.leadsBack() {
		k.anomaly(anomalyCursor)
		return false, &stuck{"the API's cursor led back to events that had been read"}
	}
	if k.ended {
		k.anomaly(anomalyEarlyEnd)
	}
	full := listed >= k.query.Limit
	k.empty, k.short, k.more, k.ended = false, !full, page.HasMore, full && !page.HasMore && !page.MoreUnknown
	switch {
	case !full && !page.HasMore:
		return false, nil
	case k.w.poll && k.out.outside && k.falling && k.last < k.w.span.From:
		return false, nil // the server ignores the time asked for, and all that follows is older
	}
	cursor := page.LastID
	if cursor == "" {
		if page.HasMore {
			k.anomaly(anomalyNullCursor)
		}
		if cursor = string(page.Events[listed-1].ID); cursor == "" {
			return false, &stuck{"the API announces more events and gives no cursor"}
		}
	}
	if k.cursors[cursor] {
		k.anomaly(anomalyCursor)
		return false, &stuck{"the API's cursor led back to a page that had been read"}
	}
	k.cursors[cursor] = true
	k.query.After = cursor
	return true, nil
}

// leadsBack reports whether most of the page before was listed again, as by an API that turns its order in the middle of a
// listing.
func (k *walker) leadsBack() bool {
	again := 0
	for id := range k.before {
		if k.ids[id] {
			again++
		}
	}
	return again > 0 && again >= (len(k.before)-1)/2
}

// advanceEmpty is advance for a page that lists nothing. It is the end where nothing was announced, and on a server that announces
// more whatever it is asked for. Else it is asked for once more; of a server that ignored the time on this walk it is none even
// then: it may heed it by now, and the cursor lead nowhere.
func (k *walker) advanceEmpty(ctx context.Context, announces bool) (more bool, err error) {
	again := k.empty
	k.empty = true
	if announces {
		k.anomaly(anomalyEmptyPage)
	}
	switch {
	case !announces && (!k.more || again && !k.out.outside), announces && k.short && k.c.announcesAlways(ctx, k.s, source.GateLane(k.lane)):
		return false, nil
	case !again:
		return true, nil
	}
	return false, &stuck{"the API announces more events and lists none"}
}

// announcesAlways reports whether the server announces more of what lists nothing: of a time without events, and of nobody's,
// since it may ignore the time.
func (c *Collector) announcesAlways(ctx context.Context, s *stream, lane openai.Lane) bool {
	q := s.query(0, 1, 1)
	q.Nobody = true
	a, err := c.fetchOnce(ctx, s, lane, q)
	return err == nil && len(a.page.Events) == 0 && a.page.HasMore
}

// anomaly counts what an answer did wrong, once a walk, and says it.
func (k *walker) anomaly(kind string) {
	if k.said[kind] {
		return
	}
	k.said[kind] = true
	k.c.Anomaly(k.s.name, kind, anomalyTexts[kind])
}
