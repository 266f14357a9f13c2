package source

import (
	"fmt"
	"math"
	"time"

	"fluent-bit-openai-audit/internal/host"
	"fluent-bit-openai-audit/internal/state"
)

const (
	// JournalInterval is how often a matter that goes on is said again.
	JournalInterval = 10 * time.Minute
	// progressInterval is how often a backfill that goes on says how far it is. One that does not says so less often.
	progressInterval = 30 * time.Second
)

// Progress is how far one stream is. Times are Unix seconds by the server's clock.
type Progress struct {
	Stream       string
	Note         string       // how far it is, of a source without a time that is covered: then only Refused, Known and Delivered matter beside
	Refused      bool         // the API does not serve the stream
	Spared       bool         // nor needs it to: the source can do without
	Known        bool         // a first answer came; before, what follows is what the state file says, if anything
	Start        int64        // wanted from here on
	CoveredUntil int64        // nothing from Start to here that the API has listed is missing
	BackTo       int64        // nor from here to LastPoll: how far a backfill has come
	Wanted       int64        // seconds from Start to now
	Uncovered    int64        // of these, seconds that are not covered; those since the last poll are among them
	LastPoll     int64        // begin of the last complete poll, be it before a restart; 0 when there was none
	Behind       int64        // seconds since LastPoll
	Polled       bool         // at least one poll was completed since the start
	Delivered    uint64       // events accepted since the collector began
	Holes        []state.Span // from Start to LastPoll, oldest first
}

// Progress returns how far each stream is: of what was delivered, saved or not.
func (c *Core) Progress() []Progress {
	if c.hooks.Progress == nil {
		return nil
	}
	return c.hooks.Progress()
}

// Refused returns the name of a stream that the API does not serve and that is not to be done without; "" when there is
// none.
func (c *Core) Refused() string {
	for _, p := range c.Progress() {
		if p.Refused && !p.Spared {
			return p.Stream
		}
	}
	return ""
}

// CaughtUp reports whether all wanted time is covered, so that only new events are to come. A stream that can be done without
// counts as covered.
func (c *Core) CaughtUp() bool {
	for _, p := range c.Progress() {
		if !p.Spared && (p.Refused || !p.Known || !p.Polled || p.Uncovered > p.Behind) {
			return false
		}
	}
	return true
}

// Lines says how far streams are, at intervals.
type Lines struct{ last map[string]*progressLine }

// NewLines returns Lines that have said nothing.
func NewLines() *Lines { return &Lines{make(map[string]*progressLine)} }

// progressLine remembers how far a stream was when it was last said.
type progressLine struct {
	at        time.Time
	uncovered int64
	delivered uint64
}

// Say says how far a long backfill is, at intervals and at its end.
func (l *Lines) Say(journal *host.Journal, progress []Progress) {
	now, last := time.Now(), l.last
	for _, p := range progress {
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
			journal.Infof("%s stream: the backfill is complete, %d events in all; new events follow as they come", p.Stream, p.Delivered)
		case now.Sub(line.at) >= JournalInterval, now.Sub(line.at) >= progressInterval && backfill < line.uncovered:
			journal.Infof("%s", describeProgress(p, line, now))
			*line = progressLine{at: now, uncovered: backfill, delivered: p.Delivered}
		}
	}
}

// describeProgress tells how far a backfill is. A log that is read from its beginning has a length that is not
// known before it is found, so there is no share of it to tell, nor the time it will take.
func describeProgress(p Progress, last *progressLine, now time.Time) string {
	took := now.Sub(last.at)
	text := fmt.Sprintf("%s stream: the backfill has come back to %s, %d events so far, %.0f events/s",
		p.Stream, Stamp(p.BackTo), p.Delivered, float64(p.Delivered-last.delivered)/took.Seconds())
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

// Stamp returns a time in Unix seconds as messages give it.
func Stamp(t int64) string {
	if t <= 0 {
		return "the beginning"
	}
	return time.Unix(t, 0).UTC().Format(time.RFC3339)
}
