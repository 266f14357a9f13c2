package collect

// order is what a walk has seen of the order in which events are listed. The API lists newest first, but
// that is documented nowhere; other orders are read to the end all the same.
type order struct {
	seen        bool
	anew        bool  // a new listing begins: its first event follows no other
	first, last int64 // times of the first and the last event seen
	oldest      int64
	newest      int64
	fell, rose  bool // whether the time ever went down, or up, from one event to the next
}

func (o *order) observe(t int64) {
	if !o.seen {
		*o = order{seen: true, first: t, last: t, oldest: t, newest: t}
		return
	}
	if !o.anew {
		o.fell = o.fell || t < o.last
		o.rose = o.rose || t > o.last
	}
	o.anew, o.last = false, t
	o.oldest, o.newest = min(o.oldest, t), max(o.newest, t)
}

// ascending reports whether events came oldest first, and at least two times were seen.
func (o *order) ascending() bool { return o.rose && !o.fell }

// mixed reports whether events came in no order: then only a walk to the end proves anything.
func (o *order) mixed() bool { return o.rose && o.fell }
