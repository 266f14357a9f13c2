package collect

import (
	"context"
	"errors"
	"time"

	"fluent-bit-openai-audit/internal/host"
	"fluent-bit-openai-audit/internal/state"
)

// ErrEnough is what its function returns to HandOver when it wants no more records, which is no failure.
var ErrEnough = errors.New("enough")

// HandOver gives queued records to give until the queue is empty or budget is spent; while a backfill
// runs it waits within the budget for more. One call of give gets whole records, at most about 2 MB of
// them (a larger record comes alone), and may not keep the slice. When give returns an error the
// records stay queued and HandOver returns it. Nothing is handed over while the host has paused the
// instance or while the state file cannot be written. Only one call may run at a time.
func (c *Collector) HandOver(budget time.Duration, give func(records []byte) error) error {
	deadline := time.Now().Add(budget)
	for !c.book.isPaused() && c.queue.open() {
		b, lane := c.queue.next()
		if b == nil {
			left := time.Until(deadline)
			if left <= 0 || !c.book.backfilling() || !c.queue.waitBatch(left) {
				return nil
			}
			continue
		}
		if len(b.records) > 0 {
			if err := give(b.records); errors.Is(err, ErrEnough) {
				return err
			} else if err != nil {
				c.metrics.Refused.With().Add(1)
				c.journal.Repeat(host.Warn, "append", "the host did not accept %d records (%v); they are kept and handed over again",
					b.count, err)
				return err
			}
			c.journal.Over("append", "the host accepts records again")
		}
		c.queue.remove(lane)
		c.accepted(b)
		if time.Now().After(deadline) {
			return nil
		}
	}
	return nil
}

// accepted counts a batch that the host took, and gives its buffer back.
func (c *Collector) accepted(b *batch) {
	for _, k := range b.classes { // a heartbeat has none
		c.metrics.Events.With(b.stream.name, k.class).Add(float64(k.n))
	}
	if b.late > 0 {
		c.metrics.LateEvents.With(b.stream.name).Add(float64(b.late))
	}
	c.buffers.put(b.records)
	b.records = nil
	c.book.accept(b, time.Now())
}

// committer writes what has settled to the state file: at most once a second while events come, once a
// minute when only the covered time moves on.
func (c *Collector) committer(ctx context.Context) error {
	const tick, progressEvery = time.Second, time.Minute
	var lastProgress time.Time // the first answer fixes where the log begins: that is written at once
	lines := make(map[string]*progressLine)
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(tick):
		}
		c.sayProgress(lines)
		c.checkDisks()
		c.buffers.trim()
		c.observe()
		progress := time.Since(lastProgress) >= progressEvery || !c.queue.open()
		saved, err := c.commit(progress)
		if err != nil {
			if err := c.stateFailed(ctx, err); err != nil {
				return err
			}
			continue
		}
		if saved {
			lastProgress = time.Now()
		}
	}
}

// commit writes what has settled. It reports whether there was anything to write.
func (c *Collector) commit(progressToo bool) (saved bool, err error) {
	window := int64(0)
	if c.cfg.Sweeps() {
		window = int64(c.cfg.SweepWindow / time.Second)
	}
	sv := c.book.prepare(time.Now(), c.clock.now(), window, progressToo)
	if sv == nil {
		return false, nil
	}
	err = c.write(sv.commit)
	c.book.saved(sv, err)
	if err != nil {
		return false, err
	}
	c.metrics.Commits.With().Add(1)
	c.metrics.LastCommit.With().Set(float64(time.Now().Unix()))
	if c.queue.hold(stopState, false) {
		c.journal.Over("state", "the state file can be written again: fetching goes on")
	}
	return true, nil
}

// write writes a commit, a large one in several transactions, each of which takes some memory: first ids,
// with the last of them the ledger. Ids of time that is not covered yet do no harm.
func (c *Collector) write(all state.Commit) error {
	const most = 8192
	for len(all.IDs) > most {
		if _, err := c.db.Commit(state.Commit{Seen: all.Seen, IDs: all.IDs[:most]}); err != nil {
			return err
		}
		all.IDs = all.IDs[most:]
	}
	_, err := c.db.Commit(all)
	return err
}

// stateFailed stops fetching and handing over until the state file can be written again: what could not
// be recorded as delivered would be delivered again after a restart.
func (c *Collector) stateFailed(ctx context.Context, err error) error {
	c.queue.hold(stopState, true)
	c.journal.Repeat(host.Error, "state", "%v; fetching stops until it can be written, nothing is lost or counted as delivered", err)
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(4 * time.Second):
		return nil
	}
}
