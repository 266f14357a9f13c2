package delivery

import (
	"context"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"time"

	"fluent-bit-openai-audit/internal/host"
	"fluent-bit-openai-audit/internal/state"
)

const (
	// idsEvery is the least time between two savings of ids: what was delivered since the last one is repeated after a
	// kill.
	idsEvery = 250 * time.Millisecond
	// marksEvery is the least time between two savings of marks alone, such as idle polls put.
	marksEvery = time.Minute
	// tryAgain is how long after a failed saving the next one is tried.
	tryAgain = 4 * time.Second
	// mostIDs is how many ids are saved in one transaction, which takes memory. A larger saving is several: the ids
	// first, and the marks with the last of them.
	mostIDs = 8192
	// mostUnsaved is how many ids may wait to be saved before the hand-over does: so a disk that hangs bounds what they take of
	// memory, and what a kill repeats. Fetching does not wait for them: at a host of which only later records prove what came
	// before, these have to be fetched first.
	mostUnsaved = 16 * mostIDs
)

// Run follows what the host has accepted and saves what has drained, until ctx ends. The error is ctx's.
func (d *Delivery) Run(ctx context.Context) error {
	pause := lookEvery
	for {
		d.mu.Lock()
		now := time.Now()
		before := len(d.ring.waiting)
		d.look(now)
		if len(d.ring.waiting) != before {
			pause = lookEvery
		}
		due := d.due(now)
		wait := max(due, 0)
		if len(d.ring.waiting) > 0 {
			pause = min(pause*2, time.Second) // what stands still is looked at less often
			wait = min(wait, pause)
		}
		d.mu.Unlock()
		if due <= 0 {
			wait = 0
			_ = d.save() // which says what is wrong, and stops the hand-over
			d.buffers.Trim()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-d.wake:
			pause = lookEvery
		case <-time.After(wait):
		}
	}
}

// never is longer than anybody waits.
const never = 24 * time.Hour

// due returns in how long there is something to be saved. The caller holds mu.
func (d *Delivery) due(now time.Time) time.Duration {
	since := now.Sub(d.wrote)
	switch {
	case d.stops[stopState]:
		return max(0, tryAgain-since) // also when nothing is left to be saved: that it can be is to be found out
	case len(d.now) > 0 || len(d.ready) > 0 && d.wrote.IsZero():
		return 0
	case d.unsaved > 0 || d.soon && len(d.ready) > 0:
		return max(0, idsEvery-since)
	case len(d.ready) > 0 || len(d.again) > 0:
		return max(0, marksEvery-since)
	}
	return never
}

// poke has Run look again.
func (d *Delivery) poke() { notify(d.wake) }

// notify leaves a value in a channel that holds one.
func notify(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}

// settle finds the marks all of whose records have drained. The caller holds mu.
func (d *Delivery) settle() {
	for d.drained < len(d.all) && d.all[d.drained].drained {
		d.drained++
	}
	n := 0
	for ; n < len(d.marks); n++ {
		if d.drained < len(d.all) && d.all[d.drained].number <= d.marks[n].after {
			break
		}
		d.ready[d.marks[n].stream] = d.marks[n].value
	}
	if n > 0 {
		d.marks = slices.Delete(d.marks, 0, n)
	}
}

// save writes what has drained.
func (d *Delivery) save() error {
	d.saving <- struct{}{}
	defer func() { <-d.saving }()
	d.mu.Lock()
	s := Saving{Marks: make(map[string]Mark)}
	var written []*batch
	for _, b := range d.all {
		if b.drained {
			written = append(written, b)
		}
	}
	revised, again := d.now, d.again
	d.now, d.again = make(map[string]bool), make(map[state.Key]struct{})
	for stream := range revised {
		s.Marks[stream] = d.saved[stream]
	}
	maps.Copy(s.Marks, d.ready)
	s.Again = slices.Collect(maps.Keys(again))
	d.soon = d.soon && len(d.ready) == 0
	d.mu.Unlock()

	err := d.write(s, written)

	d.mu.Lock()
	defer d.mu.Unlock()
	d.wrote = time.Now()
	d.hold(stopState, err != nil)
	if err != nil {
		d.repeat(host.Error, "state", "%v; fetching and handing over stop until it can be written; nothing is lost", err)
		maps.Copy(d.now, revised)
		maps.Copy(d.again, again)
		return err
	}
	d.over("state", "the state file can be written again: fetching and handing over go on")
	for stream, m := range s.Marks {
		if d.now[stream] {
			continue // revised meanwhile: it is saved again
		}
		d.saved[stream] = m
		if d.ready[stream] == m {
			delete(d.ready, stream)
		}
	}
	for _, b := range written {
		b.saved = true
		for _, k := range b.keys {
			delete(d.known, k)
		}
	}
	d.all = slices.DeleteFunc(d.all, func(b *batch) bool { return b.saved })
	d.drained, d.unsaved = 0, d.unsaved-len(written)
	d.settle()
	d.signal()
	return nil
}

// write writes a saving with the ids of some batches, a large one in several transactions. Ids of time that is not covered yet
// do no harm. A panic of Save is a saving that failed.
func (d *Delivery) write(s Saving, written []*batch) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic while saving: %v (please report this) %s", r, debug.Stack())
		}
	}()
	var ids []state.Key
	for _, b := range written {
		for part := range slices.Chunk(b.keys, mostIDs) {
			if len(ids)+len(part) > mostIDs {
				if err := d.opts.Save(Saving{IDs: sorted(ids), More: true}); err != nil {
					return err
				}
				ids = ids[:0]
			}
			ids = append(ids, part...)
		}
	}
	s.IDs = sorted(ids)
	return d.opts.Save(s)
}

// sorted returns ids as they lie in the file.
func sorted(ids []state.Key) []state.Key {
	slices.SortFunc(ids, state.Key.Compare)
	return ids
}

// Close saves what has drained by now. HandOver and Run must have returned. The host ends the instance meanwhile, or
// has stored what it accepted. What has not drained is delivered again at the next start.
func (d *Delivery) Close() error {
	d.mu.Lock()
	d.ring.exit = true
	d.look(time.Now())
	nothing := d.due(time.Now()) == never
	d.mu.Unlock()
	if nothing {
		return nil
	}
	return d.save()
}
