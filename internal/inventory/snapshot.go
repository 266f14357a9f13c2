package inventory

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"fluent-bit-openai-audit/internal/inventory/kinds"
	"fluent-bit-openai-audit/internal/source"
)

const (
	// clockSlack is by how many seconds the server's clock may go back before a snapshot that lies ahead is taken for one of a
	// wrong clock.
	clockSlack = 120
	// mostRefused is how many lists of a kind are refused, with none served, before the kind is asked no more.
	mostRefused = 3
	// refusedFirst and refusedCap bound how long an API is left alone that serves nothing.
	refusedFirst = time.Minute
	refusedCap   = 6 * time.Hour
)

// run is a snapshot under way. Collector.mu guards it.
type run struct {
	snapshot int64
	queue    []list // to be read
	busy     int    // being read
	idle     chan struct{}

	keys     map[string]bool // of all lists that there are, be they of an archived project
	read     int             // lists
	failed   error           // why it cannot go on, which is no matter of a list
	archived map[string]bool // projects
	served   map[string]bool // kinds
	unread   map[string]*unread
}

// due returns in how long the next snapshot is to begin, or to go on.
func (c *Collector) due() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.snapshot.Closed {
		return 0
	}
	return c.left()
}

// left returns how long the last snapshot is to be the last; 0 where it was begun by a clock that was ahead. The caller
// holds mu.
func (c *Collector) left() time.Duration {
	age := c.Clock.Now() - c.snapshot.Snapshot
	if age < -clockSlack {
		return 0
	}
	return max(0, c.Config.SnapshotInterval-time.Duration(age)*time.Second)
}

// begin begins a snapshot, or goes on with the one that was cut off.
func (c *Collector) begin() *run {
	c.mu.Lock()
	defer c.mu.Unlock()
	last := &c.snapshot
	if last.Snapshot != 0 && !last.Closed && c.left() > 0 {
		c.Journal.Infof("the snapshot of %s goes on", source.Stamp(last.Snapshot))
	} else {
		c.snapshot.Before = last.lastClosed()
		c.snapshot.Snapshot, c.snapshot.Closed = c.unused(c.Clock.Now()), false
		c.markSnapshot()
		c.Journal.Infof("the snapshot of %s begins", source.Stamp(last.Snapshot))
	}
	c.run = &run{
		snapshot: c.snapshot.Snapshot, idle: make(chan struct{}), keys: make(map[string]bool), archived: make(map[string]bool),
		served: make(map[string]bool), unread: make(map[string]*unread),
	}
	for i := range c.chosen {
		if k := &c.chosen[i]; k.Parent == "" {
			c.run.add(list{kind: k})
		}
	}
	return c.run
}

// unused returns the time of a snapshot that begins at a second, or soon after it: one that no other had that is known of.
// It is not held to be later than the last one, which a clock that was ahead may have dated. The caller holds mu.
func (c *Collector) unused(at int64) int64 {
	had := map[int64]bool{c.snapshot.Snapshot: true, c.snapshot.Before: true}
	for _, k := range c.lists {
		had[k.Snapshot], had[k.Reading] = true, true
	}
	for had[at] {
		at++
	}
	return at
}

// markSnapshot puts what is known of the snapshot, which is to be saved soon. The caller holds mu.
func (c *Collector) markSnapshot() {
	m := c.snapshot
	c.Delivery.Mark(markSnapshot, &m)
	c.Delivery.Soon()
}

// add adds a list that is to be read. The caller holds Collector.mu.
func (r *run) add(l list) {
	if key := l.key(); !r.keys[key] {
		r.keys[key] = true
		r.queue = append(r.queue, l)
	}
}

// take takes a snapshot to its end, and closes it.
func (c *Collector) take(ctx context.Context) error {
	for refusals := 0; ; refusals++ {
		key := c.Keys.Generation()
		r := c.begin()
		if err := c.readLists(ctx, r); err != nil {
			return err
		}
		err := c.refusal(r)
		if err == nil {
			return c.close(r)
		}
		pause := min(refusedFirst<<min(refusals, 30), refusedCap)
		c.sayRefused(err, pause)
		if err := c.Asker.WaitForKey(ctx, pause, key); err != nil {
			return err
		}
	}
}

// readLists reads all lists, several at once.
func (c *Collector) readLists(ctx context.Context, r *run) error {
	var wg sync.WaitGroup
	for range c.Config.Concurrency {
		wg.Go(func() {
			err := source.Guard(ctx, "the reading of lists", func(ctx context.Context) error { return c.work(ctx, r) })
			if err != nil {
				c.abort(r, err)
			}
		})
	}
	wg.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	return r.failed
}

// work reads one list after the other, until there is none any more. The error is ctx's.
func (c *Collector) work(ctx context.Context, r *run) error {
	w := c.newWriter()
	for {
		l, ok := c.next(ctx, r)
		if !ok {
			return ctx.Err()
		}
		var k *known
		err := source.Guard(ctx, "the reading of a list", func(ctx context.Context) (err error) {
			k, err = c.readOnce(ctx, &l, r.snapshot, w)
			return err
		})
		c.ended(ctx, r, &l, k, err)
	}
}

// abort ends the reading of all lists.
func (c *Collector) abort(r *run, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r.failed == nil {
		r.failed = err
	}
	close(r.idle)
	r.idle = make(chan struct{})
}

// next returns the next list; false when there is none any more.
func (c *Collector) next(ctx context.Context, r *run) (l list, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for ctx.Err() == nil && r.failed == nil {
		if len(r.queue) > 0 {
			l, r.queue = r.queue[0], r.queue[1:]
			r.busy++
			return l, true
		}
		if r.busy == 0 {
			return l, false
		}
		idle := r.idle
		c.mu.Unlock()
		select {
		case <-ctx.Done():
		case <-idle:
		}
		c.mu.Lock()
	}
	return l, false
}

// readOnce reads a list, unless it was read in this snapshot, or its kind is not served.
func (c *Collector) readOnce(ctx context.Context, l *list, snapshot int64, w *recordWriter) (*known, error) {
	if k := c.known(l.key()); k.lastRead() == snapshot {
		return k, nil
	}
	if c.kindRefused(l.kind.Name) {
		return nil, errKindRefused
	}
	k, err := c.read(ctx, l, snapshot, w)
	if l.project.ID != "" && isRejected(err) && c.isArchived(ctx, l.project.ID) {
		return nil, errArchived
	}
	return k, err
}

// isArchived asks whether a project is archived.
func (c *Collector) isArchived(ctx context.Context, id string) bool {
	l := list{kind: &kinds.Kind{Path: "organization/projects/{id}"}, parent: ref{ID: id}}
	p, _, err := c.fetch(ctx, &l, "")
	if err != nil {
		return false
	}
	it, err := c.newItem(p.Data[0], "id")
	if err != nil {
		return false
	}
	project := list{kind: &kinds.Kind{Name: kinds.Project}}
	_, archived := project.children(nil, id, object{Text: it.text})
	return archived
}

// ended notes what came of a list, and adds those that its objects have.
func (c *Collector) ended(ctx context.Context, r *run, l *list, k *known, err error) {
	var store *store
	if err == nil && c.hasChildren(l.kind.Name) {
		store, err = k.unpack()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	r.busy--
	defer func() {
		close(r.idle)
		r.idle = make(chan struct{})
	}()
	kind := l.kind.Name
	switch {
	case ctx.Err() != nil:
		return
	case errors.Is(err, errState):
		r.failed = err
		return
	case errors.Is(err, errArchived):
		r.archived[l.project.ID] = true
		return
	case err != nil:
		r.fail(kind, err)
		return
	}
	r.read++
	r.served[kind] = true
	if store == nil {
		return
	}
	for _, id := range slices.Sorted(maps.Keys(store.objects)) { // what lies together in the state file is written together
		children, archived := l.children(c.chosen, id, store.objects[id])
		for _, child := range children {
			switch {
			case archived:
				r.keys[child.key()] = true
			case !kinds.Usable(id):
				r.fail(child.kind.Name, errUnusable)
			default:
				r.add(child)
			}
		}
		if archived {
			r.archived[id] = true
		}
	}
}

// hasChildren reports whether objects of a kind have lists of their own that are read.
func (c *Collector) hasChildren(kind string) bool {
	for i := range c.chosen {
		if c.chosen[i].Parent == kind {
			return true
		}
	}
	return kind == kinds.Project
}
