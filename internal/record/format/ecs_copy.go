package format

import "fluent-bit-openai-audit/internal/record"

// ecsCopy writes an object of the event, which starts b, below openai.audit. Its time becomes a date, and what
// the mapping of Elastic's integration would refuse is left to misfits: there an object is no text, an address
// is one, and numbers are numbers.
func (s *Shaper) ecsCopy(at int, b []byte, e *record.Event) {
	w, x := &s.w, &s.x
	h := head(b, 0)
	i, hint := h.size, 0
	w.open()
	for range h.n / 2 {
		key, start := keyAt(b, i)
		var c child
		c, hint = x.find(at, hint, key, e.Type)
		var end int
		switch {
		case c.node != 0 && x.objects[c.node] != nil && &x.objects[c.node][0] == &b[start]:
			object := x.objects[c.node]
			end = start + len(object)
			w.keyOf(key)
			if c.node == nodePayload || x.odd&(1<<c.node) == 0 {
				w.value(object)
			} else {
				s.ecsCopy(c.node, object, e)
			}
		case c.node == 0 && c.slot == noSlot:
			end, _ = skip(b, start, 0)
			w.keyOf(key)
			w.value(b[start:end])
		default:
			end, _ = skip(b, start, 0)
			s.ecsField(at, c, key, b[start:end], e)
		}
		i = end
	}
	w.close()
}

// ecsField writes a field of the list, or what stands where an object should.
func (s *Shaper) ecsField(at int, c child, key, value []byte, e *record.Event) {
	w := &s.w
	kept := s.x.slots[c.slot]
	switch {
	case empty(value):
		// Nothing, which is no address and no number either.
	case c.node != 0 || len(kept) == 0 || &kept[0] != &value[0] || !s.fits(c.slot, value):
		s.misfits = append(s.misfits, stray{at, key, value, false})
	case c.slot == slotTime:
		w.key("effective_at")
		s.ecsStamp(e.Time * 1000)
	default:
		w.keyOf(key)
		w.raw(value)
	}
}

// fits reports whether the mapping of Elastic's integration has such a value where a slot is.
func (s *Shaper) fits(in slot, v []byte) bool {
	p := &s.x.place
	switch in {
	case slotIP:
		return p.ip
	case slotASN:
		return p.asn
	case slotLatitude:
		return p.lat
	case slotLongitude:
		return p.lon
	default:
		kind := head(v, 0).kind
		return kind == isString || kind == isScalar
	}
}
