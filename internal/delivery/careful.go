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
	b := r.waiting[0] // there is no other in careful mode
	if out > 0 {
		r.processor = true
		r.out++
		d.repeat(host.Warn, "part", "of %d records that Fluent Bit accepted %d came out: a processor of this input drops records, so that each "+
			"batch has to be followed by itself, which is slow; use exclude_event_types, event_types or a filter instead", b.count, out)
		d.drain(1, now)
		r.base = count
		return
	}
	if b.tries++; b.tries == 1 {
		b.last = r.out
	}
	if b.tries >= fewest && r.out > b.last {
		d.repeat(host.Warn, "dropped", "%d records that Fluent Bit accepted %d times have not come out, while others have: they count as dropped "+
			"by a processor of this input; if it has none, look at Fluent Bit's log, and fetch that time again with openai-audit state forget",
			b.count, b.tries)
		d.drain(1, now)
		r.base = count
		return
	}
	pause := min(time.Second<<min(b.tries-1, 10), longestPause)
	d.repeat(host.Warn, "missing", "%d records that Fluent Bit accepted have not come out, it has not stored them: they are handed over again in %s; "+
		"Fluent Bit's log tells why (\"no available chunk\": no space, inodes or file descriptors are left), unless a processor of this input "+
		"drops them", b.count, pause)
	b.waiting = now.Add(pause)
	r.taken, r.held, r.waiting, r.base = 0, 0, nil, count
	d.lanes[b.lane] = slices.Insert(d.lanes[b.lane], 0, b)
	d.queued += len(b.keys)
	d.signal()
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
	select {
	case d.lost <- struct{}{}:
	default:
	}
}
