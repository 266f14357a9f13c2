package collect

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// progressInterval is how often a backfill that goes on says how far it is.
const progressInterval = 30 * time.Second

// sayStart says in one line what the collector is going to do.
func (c *Collector) sayStart() {
	fingerprint := "unknown"
	if key, err := c.keys.Key(context.Background()); err == nil {
		fingerprint = key.Fingerprint()
	}
	var names []string
	where := "a first run, from start_from " + c.cfg.StartFrom.String() + " on"
	for _, s := range c.book.streams {
		names = append(names, s.name)
		if s.rec.Polled > 0 {
			where = "going on where the state file ends, " + stamp(s.rec.CoveredUntil())
		}
	}
	db := c.cfg.DB
	if db == "" {
		db = "off"
	}
	c.journal.Infof("version %s collects %s from %s; key %s, db %s; %s",
		c.version, strings.Join(names, " and "), c.cfg.Source(), fingerprint, db, where)
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
		case now.Sub(line.at) >= progressInterval:
			c.journal.Infof("%s", describeProgress(p, line, now))
			*line = progressLine{at: now, uncovered: backfill, delivered: p.Delivered}
		}
	}
}

func describeProgress(p Progress, last *progressLine, now time.Time) string {
	backfill := p.Uncovered - p.Behind
	wanted := max(1, p.Wanted)
	took := now.Sub(last.at)
	text := fmt.Sprintf("%s stream: backfill %.1f %% of the time wanted, %d events so far, %.0f events/s",
		p.Stream, 100*float64(wanted-backfill)/float64(wanted), p.Delivered, float64(p.Delivered-last.delivered)/took.Seconds())
	if done := last.uncovered - backfill; done > 0 {
		left := time.Duration(float64(took) * float64(backfill) / float64(done))
		text += fmt.Sprintf(", about %s left", left.Round(time.Second))
	}
	return text
}
