package collect

// order is what a walk has seen of the order in which events are listed. The API lists newest first, but
// that is documented nowhere; other orders are read to the end all the same.
type order struct {
	seen         bool
	anew         bool  // a new listing begins: its first event follows no other
	first, last  int64 // times of the first and the last event seen
	oldest       int64
	newest       int64
	falls, rises int // how often the time went down, or up, from one event to the next

	page, before times // of the page being read, and of the one before it in the listing
	down, up     bool  // a page lay where the one before it ended, or beyond, and went further
}

// telling is how many steps in one direction, and none in the other, tell the order from a single page.
// That a page in no order looks so is one chance in 9!.
const telling = 8

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

// observe takes an event into account. One outside of the time asked for is somewhere else in the log: it may
// tell against an order, but where its page lies proves none.
func (o *order) observe(t int64, asked bool) {
	if !o.seen {
		o.seen, o.anew, o.first, o.last, o.oldest, o.newest = true, true, t, t, t, t
	}
	if !o.anew {
		switch {
		case t < o.last:
			o.falls++
		case t > o.last:
			o.rises++
		}
	}
	o.anew, o.last = false, t
	o.oldest, o.newest = min(o.oldest, t), max(o.newest, t)
	if asked {
		o.page.observe(t)
	}
}

// done ends a page.
func (o *order) done() {
	p, b := o.page, o.before
	if !p.seen || !b.seen {
		return
	}
	o.down = o.down || p.newest <= b.oldest && p.oldest < b.oldest
	o.up = o.up || p.oldest >= b.newest && p.newest > b.newest
}

// rose reports whether an event was newer than the one listed before it.
func (o *order) rose() bool { return o.rises > 0 }

// mixed reports whether events were listed in no order.
func (o *order) mixed() bool { return o.rises > 0 && o.falls > 0 }

// descending reports whether events are listed newest first.
func (o *order) descending() bool {
	return o.rises == 0 && (o.falls >= telling || o.falls > 0 && o.down)
}

// ascending reports whether events are listed oldest first.
func (o *order) ascending() bool { return o.falls == 0 && (o.rises >= telling || o.rises > 0 && o.up) }

// known reports whether the order is known. Else only a walk to the end proves anything.
func (o *order) known() bool { return o.descending() || o.ascending() }
