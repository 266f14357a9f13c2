package delivery

import (
	"maps"
	"sync"
	"time"

	"fluent-bit-openai-audit/internal/host"
	"fluent-bit-openai-audit/internal/pool"
	"fluent-bit-openai-audit/internal/state"
)

// Mark is what a source knows of one of its streams. It never changes once it was put.
type Mark any

// Saving is what has drained and is not in the file: one transaction.
type Saving struct {
	IDs   []state.Key
	Again []state.Key     // of events without a time: known, and listed again
	Marks map[string]Mark // by stream
	// More says that this is the first part of a larger saving, without the marks.
	More bool
}

// Options say how a Delivery works. Known and Save are required.
type Options struct {
	// Limit bounds the bytes that wait: queued, or accepted and not drained.
	Limit int64
	// Ring is what the host tells of its ring buffer; nil for a host that has stored what it accepts.
	Ring host.Ring
	// Room says whether the host can store n bytes more beside those that it has accepted and not stored; nil means that
	// it always can. The error says what is short and what to do.
	Room func(underWay, n int64) error
	// Known sets known[i] where keys[i] is in the file.
	Known func(keys []state.Key, known []bool) error
	// Save writes to the file, whole or not at all.
	Save func(Saving) error
	// Journal takes what is to be said.
	Journal *host.Journal
	// Refused is called when the host did not accept a batch; nil is nothing.
	Refused func()
}

// Delivery is the way of the records of one instance. It is safe for concurrent use, save that one HandOver may run
// at a time, and one Run.
type Delivery struct {
	opts Options

	saving chan struct{} // holds a value while Save runs, and during Reset

	mu        sync.Mutex
	changed   chan struct{} // closed and replaced when somebody who waits should look again
	lanes     [lanes][]*batch
	turn      int // hand-overs of live batches in a row
	bytes     int64
	acquired  int64
	liveWaits int           // live ones that wait for room
	stops     [reasons]bool // why nothing may be fetched or handed over for now
	buffers   pool.Bytes    // for the records of batches

	last    uint64                 // number of the newest batch
	all     []*batch               // that are not saved, by number
	known   map[state.Key]struct{} // ids of these
	queued  int                    // of these ids, those that the host has not accepted
	again   map[state.Key]struct{} // ids without a time that are in the file and were put again
	ring    ring
	marks   []mark          // that wait for records, in the order in which they were put
	ready   map[string]Mark // whose records have drained, and that are not saved
	saved   map[string]Mark // as they stand in the file, or, if revised, are to
	now     map[string]bool // revised, and so to be saved at once
	soon    bool            // a mark is worth a saving, even alone
	drained int             // so many of all, from the first on, have drained
	unsaved int             // so many of all, wherever they stand, have drained
	lost    chan struct{}   // holds a value once records were lost
	wake    chan struct{}   // holds a value when Run is to look
	wrote   time.Time       // when something was saved last
}

// mark is a Mark that waits.
type mark struct {
	stream string
	value  Mark
	after  uint64 // the newest batch when it was put
}

// New returns a Delivery for streams whose marks stand in the file as saved has them.
func New(opts Options, saved map[string]Mark) *Delivery {
	d := &Delivery{
		opts: opts, saving: make(chan struct{}, 1), changed: make(chan struct{}), known: make(map[state.Key]struct{}), again: make(map[state.Key]struct{}),
		ready: make(map[string]Mark), saved: make(map[string]Mark), now: make(map[string]bool),
		ring: ring{host: opts.Ring}, lost: make(chan struct{}, 1), wake: make(chan struct{}, 1),
	}
	maps.Copy(d.saved, saved)
	d.ring.restart(time.Now())
	return d
}

// Mark puts what a source knows of a stream now. It takes the place of the stream's previous one when no record lies
// between them.
func (d *Delivery) Mark(stream string, m Mark) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := len(d.marks) - 1; i >= 0 && d.marks[i].after == d.last; i-- {
		if d.marks[i].stream == stream {
			d.marks[i].value = m
			return
		}
	}
	d.closeTail()
	d.marks = append(d.marks, mark{stream, m, d.last})
	d.settle()
	d.poke()
}

// Soon says that the mark put last is worth a saving as soon as its records have drained, even if it brings no ids: what was
// read again after a kill brings none, and would be read again after the next one.
func (d *Delivery) Soon() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.soon = true
	d.poke()
}

// Revise changes what is saved of a stream, and every mark of it that is on its way, by f, which gets nil where
// nothing is saved yet. It waits for no record, and is saved at once: f may take away from what a mark says, or begin one,
// and must not add what was read.
func (d *Delivery) Revise(stream string, f func(Mark) Mark) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.saved[stream] = f(d.saved[stream])
	if m, ok := d.ready[stream]; ok {
		d.ready[stream] = f(m)
	}
	for i := range d.marks {
		if d.marks[i].stream == stream {
			d.marks[i].value = f(d.marks[i].value)
		}
	}
	d.now[stream] = true
	d.poke()
}

// Drained returns the newest mark of a stream all of whose records have drained, saved or not; nil when there is none.
func (d *Delivery) Drained(stream string) Mark {
	d.mu.Lock()
	defer d.mu.Unlock()
	if m, ok := d.ready[stream]; ok {
		return m
	}
	return d.saved[stream]
}

// Saved returns the mark of a stream that is saved, or, if revised, is to be; nil when there is none.
func (d *Delivery) Saved(stream string) Mark {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.saved[stream]
}

// Pending returns the marks of a stream that are not saved, oldest first.
func (d *Delivery) Pending(stream string) (out []Mark) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if m, ok := d.ready[stream]; ok {
		out = append(out, m)
	}
	for _, m := range d.marks {
		if m.stream == stream {
			out = append(out, m.value)
		}
	}
	return out
}

// Lost holds a value when the host has accepted records and not stored them. The source then ends what it does and
// calls Reset.
func (d *Delivery) Lost() <-chan struct{} { return d.lost }

// Reset saves what has drained and forgets the rest: what was queued is not handed over, and ids and marks of it are not known.
// The source then begins anew from what is saved, as after a kill. It must not put anything meanwhile.
func (d *Delivery) Reset() {
	_ = d.save() // which says what is wrong; what is not saved comes again
	d.saving <- struct{}{}
	defer func() { <-d.saving }()
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, b := range d.all {
		d.free(b)
	}
	d.lanes, d.all, d.marks, d.drained, d.unsaved, d.queued = [lanes][]*batch{}, nil, nil, 0, 0, 0
	d.known = make(map[state.Key]struct{})
	d.ready = make(map[string]Mark)
	d.ring.restart(time.Now())
	d.signal()
}

// Why nothing may be fetched or handed over.
const (
	stopState = iota // the file cannot be written
	stopRoom         // the host cannot store more
	reasons
)

// hold stops fetching and handing over for a reason, or takes that reason back. The caller holds mu.
func (d *Delivery) hold(why int, on bool) {
	if d.stops[why] != on {
		d.stops[why] = on
		d.signal()
	}
}

// stopped reports whether nothing may be fetched. The caller holds mu.
func (d *Delivery) stopped() bool { return d.stops != [reasons]bool{} }

// signal wakes all who wait. The caller holds mu.
func (d *Delivery) signal() {
	close(d.changed)
	d.changed = make(chan struct{})
}

// Size returns the bytes that wait, and whether nothing may be fetched or handed over for now.
func (d *Delivery) Size() (bytes int64, stopped bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.bytes + d.ring.held, d.stopped()
}

// repeat says a matter that goes on, over that it has ended.
func (d *Delivery) repeat(level host.Level, key, format string, args ...any) {
	d.opts.Journal.Repeat(level, "delivery/"+key, format, args...)
}

func (d *Delivery) over(key, text string) { d.opts.Journal.Over("delivery/"+key, "%s", text) }
