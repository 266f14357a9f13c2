package delivery

import (
	"errors"
	"time"

	"fluent-bit-openai-audit/internal/host"
)

// ErrEnough is what the function given to HandOver returns when it wants no more records, which is no failure.
var ErrEnough = errors.New("enough")

// lookEvery is how often it is looked what has drained while somebody waits for it.
const lookEvery = 20 * time.Millisecond

// HandOver gives queued records to give until budget is spent, and waits within it for more. One call of give gets
// whole records, some 512 KB of them at most (a larger record comes alone), and may not keep the slice. When give
// returns an error the records stay queued and HandOver returns it. Nothing is handed over while the host has paused
// the input, has too much that has not drained, has no room to store more, or while the file cannot be written.
func (d *Delivery) HandOver(budget time.Duration, give func(records []byte) error) error {
	deadline := time.Now().Add(budget)
	for {
		b, wait := d.take(time.Now())
		switch {
		case b != nil:
			if err := d.offer(b, give); err != nil {
				return err
			}
			if !time.Now().Before(deadline) {
				return nil
			}
		case wait == nil || !waitFor(wait, time.Until(deadline)):
			return nil
		}
	}
}

// waitFor waits for changed, at most left, and at most until it is to be looked again, and reports whether there is
// time left.
func waitFor(changed <-chan struct{}, left time.Duration) bool {
	if left <= 0 {
		return false
	}
	timer := time.NewTimer(left)
	defer timer.Stop()
	select {
	case <-changed:
	case <-timer.C:
	}
	return true
}

// take returns the next batch to hand over, or what to wait for; nil when waiting is pointless.
func (d *Delivery) take(now time.Time) (b *batch, wait <-chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ring.paused {
		return nil, nil
	}
	d.look(now)
	b = d.next(now)
	d.checkRoom(b)
	switch {
	case b == nil || len(d.stops) > 0:
		return nil, d.changed
	case d.ring.full(d.opts.Limit, now):
		changed := make(chan struct{})
		time.AfterFunc(lookEvery, func() { close(changed) })
		return nil, changed
	}
	d.ring.offered = true
	return b, nil
}

// checkRoom stops fetching and handing over while the host cannot store b, unless that is nil, beside what it has not
// stored yet. The caller holds mu.
func (d *Delivery) checkRoom(b *batch) {
	if d.opts.Room == nil {
		return
	}
	var err error
	if b != nil {
		err = d.opts.Room(int64(len(b.records)) + d.ring.held)
	}
	if d.hold(stopRoom, err != nil) && err == nil {
		d.opts.Journal.Over("delivery/room", "there is room again: fetching and handing over go on")
	}
	if err != nil {
		d.repeat(host.Error, "room", "%v; fetching and handing over stop until there is room, since Fluent Bit loses what it accepts and "+
			"cannot store", err)
	}
}

// offer gives a batch's records to the host, unless it has none, and notes what comes of it.
func (d *Delivery) offer(b *batch, give func(records []byte) error) (err error) {
	defer func() { // give may panic
		d.mu.Lock()
		defer d.mu.Unlock()
		d.ring.offered = false
	}()
	if b.count > 0 {
		if err = give(b.records); err != nil {
			if !errors.Is(err, ErrEnough) {
				if d.opts.Refused != nil {
					d.opts.Refused()
				}
				d.repeat(host.Warn, "append", "the host did not accept %d records; they are kept and handed over again: %v", b.count, err)
			}
			return err
		}
		d.opts.Journal.Over("delivery/append", "the host accepts records again")
	}
	d.accept(b)
	return nil
}

// accept notes that the host took a batch.
func (d *Delivery) accept(b *batch) {
	now := time.Now()
	d.mu.Lock()
	d.remove(b)
	b.size = len(b.records)
	if !d.ring.careful {
		d.free(b)
	}
	d.ring.accept(b, now)
	d.ring.offered = false
	d.look(now)
	tell := b.accepted
	b.accepted = nil
	d.mu.Unlock()
	d.poke()
	for _, f := range tell {
		f()
	}
}
