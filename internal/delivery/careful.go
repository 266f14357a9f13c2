package delivery

import (
	"slices"
	"time"

	"fluent-bit-openai-audit/internal/host"
)

// short decides what becomes of what waits when only out of its records came out of the ring buffer, which is empty.
func (d *Delivery) short(out, count uint64, now time.Time) {
	r := &d.ring
	r.whole = 0
	if !r.careful {
		d.giveUp(out)
		return
	}
	if out > 0 {
		r.processor = true
		r.out++
		d.repeat(host.Warn, "part", "of %d records that Fluent Bit accepted %d came out: a processor of this input drops records, so that each "+
			"batch has to be followed by itself, which is slow; use exclude_event_types, event_types or a filter instead", r.taken, out)
		d.drain(len(r.waiting), now)
		r.base = count
		return
	}
	d.missing(now)
	r.taken, r.held, r.equal, r.waiting, r.base = 0, 0, 0, nil, count
	d.signal()
}

// missing decides what becomes of what waits, none of which came out: it is queued again, or counts as dropped.
func (d *Delivery) missing(now time.Time) {
	r := &d.ring
	var again, dropped []*batch
	for _, b := range r.waiting {
		if b.tries++; b.tries == 1 {
			b.last = r.out
		}
		if b.tries >= fewest && r.out > b.last {
			dropped = append(dropped, b)
		} else {
			again = append(again, b)
		}
	}
	r.waiting = slices.Concat(dropped, again)
	if len(dropped) > 0 {
		d.repeat(host.Warn, "dropped", "%d records that Fluent Bit accepted %d times have not come out, while others have: they count as dropped "+
			"by a processor of this input; if it has none, look at Fluent Bit's log, and fetch that time again with openai-audit state forget",
			recordsIn(dropped), fewest)
		d.drain(len(dropped), now)
	}
	for _, b := range slices.Backward(again) {
		pause := min(time.Second<<min(b.tries-1, 10), longestPause)
		b.waiting = now.Add(pause)
		d.lanes[b.lane] = slices.Insert(d.lanes[b.lane], 0, b)
		d.queued += len(b.keys)
		d.repeat(host.Warn, "missing", "%d records that Fluent Bit accepted have not come out, it has not stored them: they are handed over again "+
			"in %s; Fluent Bit's log tells why (\"no available chunk\": no space, inodes or file descriptors are left), unless a processor of "+
			"this input drops them", b.count, pause)
	}
}

// together returns the batches that go to the host in one call, b among them. In careful mode these are as many as fit, those
// that were missing before included, however long they are to wait: the host stores the records of one call together or
// not at all, so what is missing beside others that came out was dropped by a processor. Without that, every batch of which
// a processor leaves nothing would be tried by itself until the tries are spent, and the hand-over would fall behind
// for ever. The caller holds mu.
func (d *Delivery) together(b *batch) []*batch {
	group, size := []*batch{b}, len(b.records)
	if !d.ring.careful {
		return group
	}
	for _, lane := range d.lanes {
		for _, other := range lane {
			if other != b && size+len(other.records) <= batchSize {
				other.closed = true
				group, size = append(group, other), size+len(other.records)
			}
		}
	}
	return group
}

// joined returns the records of some batches, in a buffer that is to be given back when there are several, and how many
// they are.
func (d *Delivery) joined(group []*batch) (records []byte, count int) {
	if len(group) == 1 {
		return group[0].records, group[0].count
	}
	records = d.buffers.Get(int(bytesIn(group)))
	for _, b := range group {
		records = append(records, b.records...)
	}
	return records, recordsIn(group)
}

func recordsIn(group []*batch) (n int) {
	for _, b := range group {
		n += b.count
	}
	return n
}

func bytesIn(group []*batch) (n int64) {
	for _, b := range group {
		n += int64(len(b.records))
	}
	return n
}

// longestPause bounds how long a batch that is missing is not handed over again.
const longestPause = 30 * time.Second

// giveUp ends the hand-over, and asks the source to begin anew.
func (d *Delivery) giveUp(out uint64) {
	r := &d.ring
	d.repeat(host.Warn, "lost", "Fluent Bit accepted %d records and stored %d of them, it does not tell which: what it accepted since is "+
		"fetched and handed over again, and one batch at a time for a while; its log tells why (\"no available chunk\": no space, "+
		"inodes or file descriptors are left), unless a processor of this input drops records", r.taken, out)
	r.careful, r.stopped = true, true
	notify(d.lost)
}
