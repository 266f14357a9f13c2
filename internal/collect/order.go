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

	page, before times // of the page being read, and of the one before it in the listing
	up           bool  // a page began where the one before it ended, or later, and went further
}

// times are those of a page's oldest and newest event.
type times struct {
	seen           bool
	oldest, newest int64
}

func (t *times) observe(at int64) {
	if !t.seen {
		*t = times{true, at, at}
	}
	t.oldest, t.newest = min(t.oldest, at), max(t.newest, at)
}

// turn begins a page.
func (o *order) turn() {
	o.before, o.page = o.page, times{}
	if o.anew {
		o.before = times{}
	}
}

func (o *order) observe(t int64) {
	if !o.seen {
		o.seen, o.anew, o.first, o.last, o.oldest, o.newest = true, true, t, t, t, t
	}
	if !o.anew {
		o.fell = o.fell || t < o.last
		o.rose = o.rose || t > o.last
	}
	o.anew, o.last = false, t
	o.oldest, o.newest = min(o.oldest, t), max(o.newest, t)
	o.page.observe(t)
}

// done ends a page.
func (o *order) done() {
	p, b := o.page, o.before
	o.up = o.up || p.seen && b.seen && p.oldest >= b.newest && p.newest > b.newest
}

// ascending reports whether events came oldest first, over two pages at least: within one, a few events in
// no order may look so.
func (o *order) ascending() bool { return o.rose && !o.fell && o.up }

// known reports whether events came in an order, and which: two times at least were seen.
func (o *order) known() bool { return o.fell && !o.rose || o.ascending() }

// mixed reports whether events came in no order that is known: then only a walk to the end proves anything.
func (o *order) mixed() bool { return o.rose && !o.ascending() }
