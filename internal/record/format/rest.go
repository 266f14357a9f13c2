package format

// writeRest writes, below `unmapped`, what of the event stands nowhere else: members that no field of the
// list stands for, and fields whose value nothing could use.
func (s *Shaper) writeRest(payloadDone bool) {
	x, w := &s.x, &s.w
	left := x.present &^ x.used
	if payloadDone {
		left &= 1<<slotPayloadID - 1
	}
	if left == 0 && len(x.rest) == 0 {
		return
	}
	w.openKey("unmapped")
	s.restOf(nodeRoot, left, payloadDone)
	w.close()
}

// restOf writes what is left of a node, and of the nodes below it.
func (s *Shaper) restOf(at int, left uint64, payloadDone bool) {
	x, w := &s.x, &s.w
	for i := range x.rest {
		if m := &x.rest[i]; m.node == at && !m.used {
			w.keyOf(m.key)
			w.value(m.value)
		}
	}
	n := &x.nodes[at]
	for i := range n.children {
		c := &n.children[i]
		switch {
		case c.node != 0:
			if x.objects[c.node] != nil {
				w.openKey(c.key)
				s.restOf(c.node, left, payloadDone)
				w.close()
			}
		case left&(1<<c.slot) != 0:
			w.key(c.key)
			w.value(x.slots[c.slot])
		}
	}
	if at == nodeRoot && x.payload != nil && !payloadDone {
		w.openKeyOf(x.payload)
		s.restOf(nodePayload, left, payloadDone)
		w.close()
	}
}
