package inventory

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"fluent-bit-openai-audit/internal/delivery"
	"fluent-bit-openai-audit/internal/source"
	"fluent-bit-openai-audit/internal/state"
)

const (
	// firstSize is how much memory a page is reckoned to take before one was seen, and pageMemory how many times its body's
	// size it takes: as it came, decoded, and as records.
	firstSize  = 256 << 10
	pageMemory = 4
	// mostRestarts is how often a list is begun again whose cursor was refused before it counts as unread.
	mostRestarts = 5
	// mostIdle is how many pages in a row may bring nothing new.
	mostIdle = 3
	// mostBytes bounds the objects of one list in memory.
	mostBytes = 256 << 20
)

// errStuck ends a walk that leads nowhere.
var errStuck = errors.New("the API's cursors lead nowhere")

// errState says that the state file cannot be read, which is no matter of a list.
var errState = errors.New("look up ids")

// errTooMany ends the reading of a list that takes too much memory.
var errTooMany = fmt.Errorf("the list has more than %d bytes", mostBytes)

// reading is one list while it is read.
type reading struct {
	c        *Collector
	list     *list
	snapshot int64
	before   *known // as it stood; nil: nothing is known
	store    *store
	seen     map[string]bool // objects that the list was found to have
	tally    tally
	size     int64 // of the last page
	writer   *recordWriter
	keys     []state.Key // of records that were queued since the last mark
}

// read reads a list to its end, tells of its objects and marks what was told. With an error the list is unread: what was
// told of it stays told.
func (c *Collector) read(ctx context.Context, l *list, snapshot int64, w *recordWriter) (*known, error) {
	r := &reading{c: c, list: l, snapshot: snapshot, before: c.known(l.key()), seen: make(map[string]bool), writer: w}
	var err error
	if r.store, err = r.before.unpack(); err != nil {
		return nil, err
	}
	if r.before != nil && r.before.Reading == snapshot {
		r.tally = r.before.Tally
	}
	var missing []string
	for range 2 { // what is missing in one reading may have hidden behind a change of the list
		if err := r.walkAnew(ctx); err != nil {
			return nil, err
		}
		if missing = r.missing(); len(missing) == 0 {
			break
		}
	}
	if err := r.removed(missing); err != nil {
		return nil, err
	}
	r.tally.Objects = len(r.store.objects)
	return r.mark(snapshot)
}

// missing returns the objects that are known and were not seen.
func (r *reading) missing() (ids []string) {
	for id := range r.store.objects {
		if !r.seen[id] {
			ids = append(ids, id)
		}
	}
	return ids
}

// walkAnew walks the list from its first page to its end, and again from the first when a cursor is refused: the object that
// it stood for may be gone.
func (r *reading) walkAnew(ctx context.Context) error {
	for restarts := 0; ; restarts++ {
		after, err := r.walk(ctx)
		if after == "" || !isRejected(err) || restarts == mostRestarts {
			return err
		}
		r.c.anomaly(anomalyRefused)
	}
}

// walk walks the list from its first page to its end. With an error it returns the cursor that it was behind.
func (r *reading) walk(ctx context.Context) (after string, err error) {
	cursors := make(map[string]bool)
	for idle := 0; ; {
		p, err := r.page(ctx, after)
		switch {
		case r.list.kind.Single() && isNone(err):
			return "", nil // none is set
		case err != nil:
			return after, err
		}
		fresh, last, err := r.take(p)
		switch {
		case err != nil:
			return after, err
		case r.list.kind.Single() || !p.more(r.list.kind.Limit):
			return "", nil
		case r.store.bytes > mostBytes:
			return "", errTooMany
		}
		next := p.cursor(last)
		if idle++; fresh {
			idle = 0
		}
		if next == "" || cursors[next] || idle > mostIdle {
			r.c.anomaly(anomalyCursor)
			return "", errStuck
		}
		cursors[next], after = true, next
	}
}

// page fetches one page when there is room for it.
func (r *reading) page(ctx context.Context, after string) (*page, error) {
	reserved := max(pageMemory*r.size, firstSize)
	if err := r.c.Delivery.Acquire(ctx, delivery.Backfill, reserved); err != nil {
		return nil, err
	}
	defer r.c.Delivery.Release(reserved)
	p, size, err := r.c.fetch(ctx, r.list, after)
	r.tally.Requests++
	if err == nil {
		r.size = size
	}
	return p, err
}

// take tells of a page's objects, and marks that. It reports whether any was not seen before, and the id of the last.
func (r *reading) take(p *page) (fresh bool, last string, err error) {
	r.writer.begin()
	for _, raw := range p.Data {
		it, err := r.c.newItem(raw, r.list.kind.ID)
		if err != nil {
			return false, "", fmt.Errorf("%w: %w", source.ErrUnread, err)
		}
		if last = it.id; !r.seen[it.id] {
			fresh = true
		}
		if err := r.look(it); err != nil {
			return false, "", err
		}
	}
	if err := r.put(); err != nil {
		return false, "", err
	}
	_, err = r.mark(r.before.lastRead())
	return fresh, last, err
}

// look compares an object with what was told of it, and tells of it where that is due.
func (r *reading) look(it item) error {
	o, ok := r.store.objects[it.id]
	change, was := "", o.Text
	same := false
	if ok {
		var err error
		if same, err = alike(was, it.text); err != nil {
			return err
		}
	}
	switch {
	case ok && !same:
		change = changeChanged
		r.tally.Changed++
	case !ok && r.before.lastRead() == 0 && !r.list.added:
		change = changePresent
	case !ok:
		change = changeAdded
		o.Added = r.snapshot
		r.tally.Added++
	case r.c.Config.Changes || r.seen[it.id]:
	case o.Added == r.snapshot: // told, if at all, before a kill
		change = changeAdded
	default:
		change = changePresent
	}
	r.seen[it.id] = true
	if change == "" {
		return nil
	}
	if o.Text = it.text; !ok || was != it.text {
		r.store.set(it.id, o)
	}
	return r.writer.object(r, it, change, was)
}

// removed tells of objects that are gone.
func (r *reading) removed(ids []string) error {
	for len(ids) > 0 {
		some := ids[:min(len(ids), blockObjects)]
		ids = ids[len(some):]
		r.writer.begin()
		for _, id := range some {
			text := r.store.objects[id].Text
			if err := r.writer.object(r, item{id: id, text: text, data: []byte(text)}, changeRemoved, text); err != nil {
				return err
			}
			r.store.delete(id)
			r.tally.Removed++
		}
		if err := r.put(); err != nil {
			return err
		}
		if len(ids) > 0 {
			if _, err := r.mark(r.before.lastRead()); err != nil {
				return err
			}
		}
	}
	return nil
}

// put queues what was written.
func (r *reading) put() error {
	var counting sync.Mutex // until all is counted: the host may have taken the records before that
	counting.Lock()
	defer counting.Unlock()
	n := 0
	fresh := make([]bool, len(r.writer.records))
	err := r.c.Delivery.Put(delivery.Backfill, r.writer.records, fresh, func() {
		counting.Lock()
		defer counting.Unlock()
		r.c.accepted(r.list.kind.Name, n)
	})
	if err != nil {
		return fmt.Errorf("%w: %w", errState, err)
	}
	for i, isFresh := range fresh {
		if isFresh {
			n++
			r.keys = append(r.keys, r.writer.records[i].Key)
		}
	}
	r.c.Counts.Duplicates.With(streamInventory).Add(float64(len(fresh) - n))
	return nil
}

// mark puts what is known of the list: with what was told so far, and read to its end in a snapshot.
func (r *reading) mark(snapshot int64) (*known, error) {
	k := &known{Snapshot: snapshot, Reading: r.snapshot, Tally: r.tally}
	var err error
	if k.blocks, err = r.store.pack(&r.c.packer); err != nil {
		return nil, err
	}
	r.c.markList(r.list, k, r.keys)
	r.keys = r.keys[:0]
	return k, nil
}

// lastRead returns the snapshot in which a list was read to its end last; 0 for none.
func (k *known) lastRead() int64 {
	if k == nil {
		return 0
	}
	return k.Snapshot
}
