package delivery

import (
	"context"
	"slices"
	"time"

	"fluent-bit-openai-audit/internal/record"
	"fluent-bit-openai-audit/internal/state"
)

// Lane says whose turn it is when records of several kinds wait for the host.
type Lane uint8

// The lanes: what is new goes before what is read back.
const (
	Live Lane = iota
	Backfill
	lanes
)

// backfillTurn is how often a backfill's batch goes before a live one: without that, no mark would ever be saved under
// a live load that is as much as the host takes.
const backfillTurn = 4

// batchSize is how many bytes of records go to the host in one call, unless a single record is larger: a chunk of
// Fluent Bit is closed at about 2 MB.
const batchSize = 512 << 10

// Record is one record to be delivered.
type Record struct {
	Key      state.Key // what it is known by; one with a zero ID is not remembered
	Time     uint32    // its time stamp, Unix seconds
	Nano     uint32    // and of that second
	Metadata []byte    // one msgpack map
	Body     []byte    // one msgpack map; nil when only the id is to be remembered
}

// batch is whole records that go to the host in one call.
type batch struct {
	number   uint64
	lane     Lane
	records  []byte // gone once accepted, but in careful mode
	count    int    // records in it
	size     int    // their bytes, also when they are gone
	keys     []state.Key
	accepted []func()
	closed   bool // takes no more records
	drained  bool
	saved    bool // its ids are

	tries   int       // how often it was accepted and has not come out
	last    uint64    // how many batches had come out at the last of these
	waiting time.Time // when it is tried again
}

// Put queues those of the records whose ids are not known, and sets fresh[i] for each of them; fresh is as long as
// records, and false. Two records of one id count once. Record bodies are copied. accepted, unless nil, is called when
// the host has accepted all of them. Put never waits for room. An error means that the ids could not be looked up, and
// that nothing was queued.
func (d *Delivery) Put(lane Lane, records []Record, fresh []bool, accepted func()) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	keys, known := make([]state.Key, len(records)), make([]bool, len(records))
	for i := range records {
		keys[i] = records[i].Key
	}
	if err := d.opts.Known(keys, known); err != nil {
		return err
	}
	for i, k := range keys {
		_, waits := d.known[k]
		fresh[i] = !known[i] && !waits
		if known[i] && k.Time == state.Untimed {
			d.again[k] = struct{}{}
		}
	}
	d.add(lane, records, fresh, accepted)
	return nil
}

// add queues the fresh records. The caller holds mu.
func (d *Delivery) add(lane Lane, records []Record, fresh []bool, accepted func()) {
	var b *batch
	left := 0 // bytes: a buffer that holds them all need not grow
	for i := range records {
		if fresh[i] {
			left += records[i].size()
		}
	}
	for i := range records {
		r := &records[i]
		if !fresh[i] {
			continue
		}
		if _, twice := d.known[r.Key]; twice { // among them
			fresh[i] = false
			continue
		}
		b = d.tail(lane, r.size())
		if r.Key.ID != (state.ID{}) {
			d.known[r.Key] = struct{}{}
			d.queued++
			b.keys = append(b.keys, r.Key)
		}
		if r.Body == nil {
			continue
		}
		before := cap(b.records)
		if cap(b.records)-len(b.records) < r.size() {
			b.records = d.buffers.Grow(b.records, max(r.size(), min(left, batchSize-len(b.records))))
		}
		left -= r.size()
		b.records = append(record.AppendHead(b.records, r.Time, r.Nano, r.Metadata), r.Body...)
		b.count++
		d.bytes += int64(cap(b.records) - before)
	}
	d.buffers.Keep(d.backfillLimit() - d.bytes)
	if b == nil {
		return
	}
	if accepted != nil {
		b.accepted = append(b.accepted, accepted)
	}
	d.signal()
}

// headRoom is what a record needs beside its metadata and body.
const headRoom = 32

// size returns how many bytes the record takes at most.
func (r *Record) size() int {
	if r.Body == nil {
		return 0
	}
	return len(r.Metadata) + len(r.Body) + headRoom
}

// idMemory is about how much memory an id takes, of a record or alone.
const idMemory = 64

// tail returns the lane's last batch if it takes size more bytes, or a new one. The caller holds mu.
func (d *Delivery) tail(lane Lane, size int) *batch {
	if q := d.lanes[lane]; len(q) > 0 {
		if b := q[len(q)-1]; !b.closed && (len(b.records) == 0 || len(b.records)+size <= batchSize) {
			return b
		}
	}
	d.last++
	b := &batch{number: d.last, lane: lane}
	d.lanes[lane] = append(d.lanes[lane], b)
	d.all = append(d.all, b)
	return b
}

// closeTail lets the last batches take no more records: a mark was put behind them. The caller holds mu.
func (d *Delivery) closeTail() {
	for _, q := range d.lanes {
		if len(q) > 0 {
			q[len(q)-1].closed = true
		}
	}
}

// next returns the batch to hand over, without taking it out of its lane; nil when there is none. The caller holds mu.
func (d *Delivery) next(now time.Time) *batch {
	order := [...]Lane{Live, Backfill}
	if d.turn >= backfillTurn {
		order = [...]Lane{Backfill, Live}
	}
	for _, lane := range order {
		for _, b := range d.lanes[lane] {
			if !b.waiting.After(now) {
				b.closed = true
				return b
			}
		}
	}
	return nil
}

// remove takes a batch out of its lane. The caller holds mu.
func (d *Delivery) remove(b *batch) {
	d.lanes[b.lane] = slices.DeleteFunc(d.lanes[b.lane], func(other *batch) bool { return other == b })
	d.queued -= len(b.keys)
	if d.turn++; b.lane == Backfill {
		d.turn = 0
	}
	d.signal()
}

// free gives a batch's buffer back. The caller holds mu.
func (d *Delivery) free(b *batch) {
	d.bytes -= int64(cap(b.records))
	d.buffers.Put(b.records)
	b.records = nil
}

// Acquire waits for room for so many bytes that are about to be fetched in a lane, and takes it until Release. Live
// records find room while a backfill is held up, and before it. What is larger than all the room there is waits until it is the only one.
// The error is the context's.
func (d *Delivery) Acquire(ctx context.Context, lane Lane, bytes int64) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if lane == Live {
		d.liveWaits++
		defer func() {
			d.liveWaits--
			d.signal()
		}()
	}
	for ctx.Err() == nil {
		if d.fits(lane, bytes) {
			d.acquired += bytes
			return nil
		}
		changed := d.changed
		d.mu.Unlock()
		select {
		case <-ctx.Done():
		case <-changed:
		}
		d.mu.Lock()
	}
	return ctx.Err()
}

// fits reports whether there is room. While live records wait for it a backfill gets none, or much that is small would keep out
// what is large for ever. The caller holds mu.
func (d *Delivery) fits(lane Lane, bytes int64) bool {
	limit, used := d.opts.Limit, d.bytes+d.acquired+int64(d.queued)*idMemory
	if lane == Backfill {
		limit = d.backfillLimit()
	}
	return !d.stopped() && (lane == Live || d.liveWaits == 0) && (used+bytes <= limit || used == 0)
}

// backfillLimit is how much of Limit a backfill may take: the rest is for live records.
func (d *Delivery) backfillLimit() int64 { return d.opts.Limit - d.opts.Limit/4 }

// Release gives back what Acquire took.
func (d *Delivery) Release(bytes int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.acquired -= bytes
	d.signal()
}
