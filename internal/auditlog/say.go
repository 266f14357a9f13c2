package auditlog

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"fluent-bit-openai-audit/internal/openai"
	"fluent-bit-openai-audit/internal/record"
	"fluent-bit-openai-audit/internal/state"
)

// progressInterval is how often a backfill that goes on says how far it is. One that does not says so less often.
const progressInterval = 30 * time.Second

// sayStart says in one line what the collector is going to do.
func (c *Collector) sayStart() {
	fingerprint := "unknown"
	if key, err := c.keys.Key(context.Background()); err == nil {
		fingerprint = key.Fingerprint()
	}
	var names []string
	where, until := "a first run, from start_from "+c.cfg.StartFrom.String()+" on", int64(0)
	for _, s := range c.streams {
		names = append(names, s.name)
		if at := s.rec.CoveredUntil(); s.rec.Polled > 0 && (until == 0 || at < until) { // the one that is furthest behind
			where, until = "going on where the state file ends, "+stamp(at)+" ("+s.name+" stream)", at
		}
	}
	db := c.cfg.DB
	if db == "" {
		db = "off"
	}
	c.journal.Infof("version %s collects %s from %s%s; key %s, db %s; %s",
		c.version, strings.Join(names, " and "), c.cfg.Source(), c.describeFilters(), fingerprint, db, where)
}

// describeFilters names what narrows the log, as part of a line: who reads it should know that there is more.
func (c *Collector) describeFilters() (text string) {
	filters := c.cfg.Filters()
	for _, name := range slices.Sorted(maps.Keys(filters)) {
		text += ", " + name + " " + strings.Join(filters[name], ",")
	}
	if len(c.cfg.ExcludeEventTypes) > 0 {
		text += ", without " + strings.Join(c.cfg.ExcludeEventTypes, ",")
	}
	return text
}

// progressLine remembers how far a stream was when it was last said.
type progressLine struct {
	at        time.Time
	uncovered int64
	delivered uint64
}

// sayProgress says how far a long backfill is, at intervals and at its end.
func (c *Collector) sayProgress(last map[string]*progressLine) {
	now := time.Now()
	for _, p := range c.Progress() {
		if !p.Known || p.Refused || !p.Polled {
			continue
		}
		line := last[p.Stream]
		backfill := p.Uncovered - p.Behind
		switch {
		case line == nil && backfill > 0:
			last[p.Stream] = &progressLine{at: now, uncovered: backfill, delivered: p.Delivered}
		case line == nil:
		case backfill <= 0:
			delete(last, p.Stream)
			c.journal.Infof("%s stream: the backfill is complete, %d events in all; new events follow as they come", p.Stream, p.Delivered)
		case now.Sub(line.at) >= journalInterval, now.Sub(line.at) >= progressInterval && backfill < line.uncovered:
			c.journal.Infof("%s", describeProgress(p, line, now))
			*line = progressLine{at: now, uncovered: backfill, delivered: p.Delivered}
		}
	}
}

// describeProgress tells how far a backfill is. A log that is read from its beginning has a length that is not
// known before it is found, so there is no share of it to tell, nor the time it will take.
func describeProgress(p Progress, last *progressLine, now time.Time) string {
	took := now.Sub(last.at)
	text := fmt.Sprintf("%s stream: the backfill has come back to %s, %d events so far, %.0f events/s",
		p.Stream, stamp(p.BackTo), p.Delivered, float64(p.Delivered-last.delivered)/took.Seconds())
	if p.Start == 0 {
		return text
	}
	backfill, wanted := p.Uncovered-p.Behind, max(1, p.Wanted)
	text += fmt.Sprintf(", %.1f %% of the time wanted", 100*float64(wanted-backfill)/float64(wanted))
	if done := last.uncovered - backfill; done > 0 {
		// In seconds, as far as a Duration reaches: what hardly moves may take for ever.
		left := min(took.Seconds()*float64(backfill)/float64(done), math.MaxInt64/float64(2*time.Second))
		text += fmt.Sprintf(", about %s left", (time.Duration(left) * time.Second).Round(time.Second))
	}
	return text
}

// sayChanged says what becomes of a state file that was written under other filters.
func (c *Collector) sayChanged(s *stream, course state.Course) {
	switch course {
	case state.Narrower:
		c.journal.Infof("%s stream: the filters are narrower than those of the state file: it goes on where it was", s.name)
	case state.Unlike:
		c.journal.Warnf("%s stream: the filters changed in a way that does not tell what was delivered under the former ones: the log is "+
			"read anew from start_from (%s) on, and events older than sweep_window (%s) may be delivered again",
			s.name, c.cfg.StartFrom, c.cfg.SweepWindow)
	case state.Wider:
		c.journal.Warnf("%s stream: the filters changed: what they add is fetched from start_from (%s) on, what was delivered is not "+
			"delivered again", s.name, c.cfg.StartFrom)
	}
}

func stamp(t int64) string {
	if t <= 0 {
		return "the beginning"
	}
	return time.Unix(t, 0).UTC().Format(time.RFC3339)
}

// sayEmpty tells of a log that lists no event, which an organization whose audit logging is off has in common
// with one that is idle, and with filters that match nothing.
func (c *Collector) sayEmpty(ctx context.Context, s *stream) {
	c.mu.Lock()
	first := s.polls == 1 && s.rec.Newest == 0 && !s.tenant
	c.mu.Unlock()
	if !first || ctx.Err() != nil {
		return
	}
	newest, err := c.newestOf(ctx, s.query(0, 0, 1))
	if err != nil || newest > 0 {
		return // an error is said when the next poll meets it
	}
	if names := slices.Sorted(maps.Keys(c.cfg.Filters())); len(names) > 0 {
		filters := strings.Join(names, ", ")
		switch newest, err := c.newestOf(ctx, openai.Query{Limit: 1, Unfiltered: true}); {
		case err != nil:
			c.journal.Warnf("the filters (%s) match no event that the API lists; whether it lists any without them could not be "+
				"found out: %v", filters, err)
			return
		case newest > 0:
			c.journal.Warnf("audit logging is on, but the filters (%s) match no event of the log, whose newest is of %s: check them, "+
				"unless such events are yet to come", filters, stamp(newest))
			return
		}
	}
	c.journal.Warnf("the API lists no event at all: an idle organization looks like that, and so does one whose audit logging is off; " +
		"an owner switches it on in the organization's settings (Data controls, Audit logging)")
}

// newestOf returns the time of the newest event that a query lists; 0 when there is none.
func (c *Collector) newestOf(ctx context.Context, q openai.Query) (int64, error) {
	var dec record.Decoder
	a, err := c.fetchOnce(ctx, c.streams[0], openai.Live, q, &dec)
	if err != nil {
		return 0, err
	}
	defer a.response.Release()
	return newestOf(a.page), nil
}
