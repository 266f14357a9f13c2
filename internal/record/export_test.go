package record

// HeldBytes, HeldEvents and HeldNesting return how many bytes of msgpack, how
// many events and how many levels of nesting d has memory for.
func (d *Decoder) HeldBytes() int   { return cap(d.out) }
func (d *Decoder) HeldEvents() int  { return cap(d.page.Events) }
func (d *Decoder) HeldNesting() int { return cap(d.nest.words) * 64 }

// Bounds of what a Decoder accepts and keeps.
const (
	KeepBuffer   = keepBuffer
	KeepEvents   = keepEvents
	MaxElements  = maxElements
	MaxMalformed = maxMalformed
)
