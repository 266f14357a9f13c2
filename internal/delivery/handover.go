package delivery

import (
	"errors"
	"slices"
	"time"

	"fluent-bit-openai-audit/internal/host"
)

// ErrEnough is what the function given to HandOver returns when it wants no more records, which is no failure.
var ErrEnough = errors.New("enough")

const (
	// lookEvery is how often it is looked what has drained while somebody waits for it.
	lookEvery = 20 * time.Millisecond
	// roomEvery is how often it is looked whether there is room again.
	roomEvery = 500 * time.Millisecond
)

// HandOver gives queued records to give until budget is spent, and waits within it for more. One call of give gets
// whole records, some 512 KB of them at most (a larger record comes alone), and may not keep the slice. When give
// returns an error the records stay queued and HandOver returns it. Nothing is handed over while the host has paused
// the input, has too much that has not drained, has no room to store more, or while the file cannot be written.
func (d *Delivery) HandOver(budget time.Duration, give func(records []byte) error) error {
	deadline := time.Now().Add(budget)
	d.mu.Lock()
	d.ring.called = time.Now()
	d.mu.Unlock()
	defer d.offered() // give and Room may panic
	for {
		group, changed, pause := d.take(time.Now())
		if group != nil && !d.room(group) {
			group, pause = nil, roomEvery
		}
		if group != nil {
			if err := d.offer(group, give); err != nil {
				return err
			}
		}
		left := time.Until(deadline)
		switch {
		case left <= 0, group == nil && pause <= 0:
			return nil
		case group == nil:
			select {
			case <-changed:
			case <-time.After(min(pause, left)):
			}
		}
	}
}

// offered notes that no batch is being handed over. Where one was until now, and the host did not take it, it may have
// tried to for long, with the input paused meanwhile.
func (d *Delivery) offered() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ring.offered {
		d.ring.offered, d.ring.still = false, time.Now()
	}
}

// take returns the batches to hand over next, in one call, and notes that they are; or what to wait for, and how long at most.
func (d *Delivery) take(now time.Time) (group []*batch, changed <-chan struct{}, pause time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ring.paused {
		return nil, nil, 0
	}
	d.look(now)
	b := d.next(now)
	if b == nil {
		d.hold(stopRoom, false) // nothing needs any
	}
	switch {
	case b == nil || d.stops[stopState] || len(d.known)-d.queued >= mostUnsaved:
		return nil, d.changed, never
	case d.ring.full(d.opts.Limit, now):
		return nil, nil, lookEvery
	}
	d.ring.offered = true
	return d.together(b), nil, 0
}

// room stops fetching and handing over while the host cannot store some batches beside what it has not stored yet, and reports
// whether it can. A disk may have Room wait, so it is called without mu.
func (d *Delivery) room(group []*batch) bool {
	if d.opts.Room == nil {
		return true
	}
	d.mu.Lock()
	held := d.ring.held
	d.mu.Unlock()
	err := d.opts.Room(held, bytesIn(group))
	d.mu.Lock()
	defer d.mu.Unlock()
	d.hold(stopRoom, err != nil)
	if err == nil {
		d.over("room", "there is room again: fetching and handing over go on")
		return true
	}
	d.ring.offered = false
	d.repeat(host.Error, "room", "fetching and handing over stop until there is room, since Fluent Bit loses what it accepts and "+
		"cannot store: %v", err)
	return false
}

// offer gives the records of some batches to the host, unless they have none, and notes what comes of it.
func (d *Delivery) offer(group []*batch, give func(records []byte) error) (err error) {
	records, count := d.joined(group)
	if count > 0 {
		err = give(records)
	}
	if len(group) > 1 {
		d.buffers.Put(records)
	}
	switch {
	case err == nil && count > 0:
		d.over("append", "the host accepts records again")
	case err != nil:
		if !errors.Is(err, ErrEnough) {
			if d.opts.Refused != nil {
				d.opts.Refused()
			}
			d.repeat(host.Warn, "append", "the host did not accept %d records; they are kept and handed over again: %v", count, err)
		}
		return err
	}
	d.accept(group)
	return nil
}

// accept notes that the host took some batches in one call.
func (d *Delivery) accept(group []*batch) {
	now := time.Now()
	d.mu.Lock()
	var tell []func()
	for _, b := range group {
		d.remove(b)
		b.size, b.keys = len(b.records), slices.Clone(b.keys) // without what they could grow by
		if !d.ring.careful {
			d.free(b)
		}
		if b.count > 0 {
			d.ring.accept(b, now)
		} else { // ids alone wait for nothing
			b.drained = true
			d.unsaved++
		}
		tell = append(tell, b.accepted...)
		b.accepted = nil
	}
	d.ring.offered = false
	d.settle()
	d.look(now)
	d.mu.Unlock()
	d.poke()
	for _, f := range tell {
		f()
	}
}
