package collect

import (
	"errors"
	"time"

	"fluent-bit-openai-audit/internal/host"
)

// ErrEnough is what the function given to HandOver returns when it wants no more records, which is no failure.
var ErrEnough = errors.New("enough")

// drainLook is how often it is looked whether the host has room again.
const drainLook = 20 * time.Millisecond

// HandOver gives queued records to give until the queue is empty or budget is spent; while a backfill
// runs it waits within the budget for more. One call of give gets whole records, at most about 2 MB of
// them (a larger record comes alone), and may not keep the slice. When give returns an error the
// records stay queued and HandOver returns it. Nothing is handed over while the host has paused the
// instance, while it holds as many bytes in its ring buffer as the queue may hold, or while the state file
// cannot be written or a disk is full. Only one call may run at a time.
func (c *Collector) HandOver(budget time.Duration, give func(records []byte) error) error {
	deadline := time.Now().Add(budget)
	for c.queue.open() {
		if ready, paused := c.book.takes(c.cfg.QueueSize); paused {
			return nil
		} else if !ready {
			if time.Now().After(deadline) {
				return nil
			}
			<-time.After(drainLook)
			continue
		}
		b, lane := c.queue.next()
		if b == nil {
			left := time.Until(deadline)
			if left <= 0 || !c.book.backfilling() || !c.queue.waitBatch(left) {
				return nil
			}
			continue
		}
		if err := c.offer(b, give); err != nil {
			return err
		}
		c.queue.remove(lane)
		c.accepted(b)
		if time.Now().After(deadline) {
			return nil
		}
	}
	return nil
}

// offer gives a batch's records to the host, unless it has none, and says what comes of it.
func (c *Collector) offer(b *batch, give func(records []byte) error) error {
	if len(b.records) == 0 {
		return nil
	}
	c.book.offer(b.count)
	err := give(b.records)
	if err == nil {
		c.journal.Over("append", "the host accepts records again")
		return nil
	}
	c.book.offer(0)
	if !errors.Is(err, ErrEnough) {
		c.metrics.Refused.With().Add(1)
		c.journal.Repeat(host.Warn, "append", "the host did not accept %d records; they are kept and handed over again: %v", b.count, err)
	}
	return err
}

// accepted counts a batch that the host took, and gives its buffer back.
func (c *Collector) accepted(b *batch) {
	for _, k := range b.classes { // a heartbeat has none
		c.metrics.Events.With(b.stream.name, k.class).Add(float64(k.n))
	}
	if b.late > 0 {
		c.metrics.LateEvents.With(b.stream.name).Add(float64(b.late))
	}
	b.size = len(b.records)
	c.buffers.put(b.records)
	b.records, b.classes = nil, nil
	c.book.accept(b, time.Now())
}
