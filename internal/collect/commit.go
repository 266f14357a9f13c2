package collect

import (
	"context"
	"time"

	"fluent-bit-openai-audit/internal/host"
	"fluent-bit-openai-audit/internal/state"
)

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
		c.sayUncounted()
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
