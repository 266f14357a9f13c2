package fakeopenai

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// organizationLane computes one stream's events from their numbers.
type organizationLane struct {
	org      *Organization
	stream   Stream
	key      uint64
	calendar calendar
	start    int64 // weight of the first moment
	end      int64 // Unix nanoseconds; every event is before it
	spacing  int64 // weight per event
	first    int   // positions below are before From
	total    int   // and these beyond To
}

// lay decides how many events there are and how densely they lie.
func (l *organizationLane) lay(from, end time.Time, count int, rate float64) error {
	l.end = end.UnixNano()
	l.start = l.calendar.weight(from.UnixNano())
	room := l.calendar.weight(end.UnixNano()-1) - l.start
	l.spacing = math.MaxInt64
	switch {
	case count > 0:
		l.total = count
		l.spacing = room / int64(count)
	case rate > 0:
		week := (hoursOfWeek * time.Hour).Seconds()
		if spacing := float64(l.calendar.week()) / week / rate; spacing < math.MaxInt64 {
			l.spacing = int64(spacing)
			l.total = int(room / l.spacing)
		}
	}
	if l.spacing < 1 {
		return fmt.Errorf("no room for %d events between %s and %s", count, from.Format(time.RFC3339), end.Format(time.RFC3339))
	}
	return nil
}

// dice returns the random bits of the event at pos.
func (l *organizationLane) dice(pos int) uint64 { return mix(uint64(pos)*0x9e3779b97f4a7c15 ^ l.key) }

// original is pos itself or, for a twin, the event before it: live logs hold many pairs of logins that are alike in
// all but the id.
func (l *organizationLane) original(pos int) int {
	const twins = 60 // percent of the logins at even positions
	if pos&1 == 1 && l.stream == OrganizationStream && l.dice(pos)>>40%100 < twins && l.kind(pos-1) == l.org.cast.login {
		return pos - 1
	}
	return pos
}

// kind is the index of the kind of the original event at pos.
func (l *organizationLane) kind(pos int) uint16 {
	table := l.org.cast.kindTable[l.stream]
	return table[mix(l.dice(pos)+4)%uint64(len(table))]
}

// nanos is when the original event at pos happened, in Unix nanoseconds. It never falls as pos grows.
func (l *organizationLane) nanos(pos int) int64 {
	jitter := int64(scale(mix(l.dice(pos)+1), uint64(l.spacing), math.MaxUint64))
	return l.calendar.time(l.start + int64(pos)*l.spacing + jitter)
}

// beforeNanos is the number of positions before the Unix nanosecond t.
func (l *organizationLane) beforeNanos(t int64) int {
	switch {
	case t >= l.end: // and no arithmetic with what may be far beyond
		return l.total
	case t <= l.calendar.monday || l.total == 0:
		return l.first
	}
	guess := max(0, l.calendar.weight(t)-l.start) / l.spacing
	pos := int(min(guess, int64(l.total)))
	for pos > 0 && l.nanos(l.original(pos-1)) >= t {
		pos--
	}
	for pos < l.total && l.nanos(l.original(pos)) < t {
		pos++
	}
	return max(pos, l.first)
}

// The range of seconds that nanoseconds in 64 bits can tell, less a margin.
const (
	firstSecond = 0
	lastSecond  = math.MaxInt64/int64(time.Second) - 1
)

func (l *organizationLane) before(second int64) int {
	if second > lastSecond {
		return l.total
	}
	return l.beforeNanos(max(second, firstSecond) * int64(time.Second))
}

func (l *organizationLane) known(now time.Time) int {
	if now.Unix() > lastSecond {
		return l.total
	}
	if now.Unix() < firstSecond {
		return l.first
	}
	return l.beforeNanos(now.UnixNano() + 1)
}

func (l *organizationLane) at(pos int, now time.Time) (int64, bool) {
	nanos := l.nanos(l.original(pos))
	second := nanos / int64(time.Second)
	if l.prompt() {
		return second, !now.Before(time.Unix(0, nanos))
	}
	return second, !time.Unix(0, nanos).Add(l.org.opts.Delay + l.lateness(pos)).After(now)
}

func (l *organizationLane) prompt() bool { return l.org.opts.Delay == 0 && l.org.opts.LateShare == 0 }

// lateness is how much later than others the event at pos is listed.
func (l *organizationLane) lateness(pos int) time.Duration {
	o := &l.org.opts
	if o.LateShare == 0 {
		return 0
	}
	bits := mix(l.dice(pos) + 2)
	if float64(bits>>40)/(1<<24) >= o.LateShare {
		return 0
	}
	low := max(o.LateMin, time.Millisecond)
	if o.LateMax <= low {
		return o.LateMax
	}
	u := float64(bits&(1<<40-1)) / (1 << 40)
	return time.Duration(float64(low) * math.Pow(float64(o.LateMax)/float64(low), u))
}

func (l *organizationLane) id(pos int) string {
	return string(appendID(make([]byte, 0, idLength), l.key, uint64(pos)))
}

func (l *organizationLane) find(id string) (int, bool) {
	n, ok := idNumber(l.key, id)
	if !ok || n < uint64(l.first) || n >= uint64(l.total) || l.id(int(n)) != id {
		return 0, false
	}
	return int(n), true
}

// parts are what an event is put together from.
type parts struct {
	kind    *kindParts
	actor   *actorParts
	payload *payloadParts
	project *projectParts // nil for none
}

func (l *organizationLane) parts(original int) parts {
	c := l.org.cast
	bits := mix(l.dice(original) + 3)
	var p parts
	p.kind = &c.kinds[l.stream][l.kind(original)]
	p.payload = &p.kind.payloads[bits%uint64(len(p.kind.payloads))]
	bits >>= 12
	p.actor = c.actor(p.kind.actors, bits)
	byKey := len(p.actor.ids) > 1
	if p.kind.project && bits%10 < 6 || byKey {
		p.project = &c.projects[bits>>20%uint64(len(c.projects))]
		if byKey {
			p.project = &c.projects[0]
		}
	}
	return p
}

func (c *cast) actor(class actorClass, bits uint64) *actorParts {
	percent := bits % 101
	bits >>= 7
	pick := func(from []actorParts) *actorParts { return &from[bits%uint64(len(from))] }
	switch {
	case class == loginFailed && percent < 30:
		return pick(c.strangers)
	case class == machines && percent < 25, class == anyone && percent < 2:
		return pick(c.nobody)
	case class == anyone && percent < 35, class == machines && percent < 40:
		return pick(c.keys)
	}
	return &c.sessions[c.busiest[bits%uint64(len(c.busiest))]]
}

func (l *organizationLane) write(b *pageBuffer, pos int) {
	o, c := l.org, l.org.cast
	original := l.original(pos)
	p := l.parts(original)
	b.fragment(o, c.opening)
	b.body = appendID(b.body, l.key, uint64(pos))
	b.fragment(o, c.typeKey)
	b.fragment(o, p.kind.text)
	b.body = strconv.AppendInt(b.body, l.nanos(original)/int64(time.Second), 10)
	if p.project != nil {
		b.fragment(o, p.project.text)
	}
	for _, f := range p.actor.text {
		b.fragment(o, f)
	}
	if p.payload.text != nil {
		b.fragment(o, p.payload.text)
	}
	b.fragment(o, c.closing)
}

func (l *organizationLane) event(pos int) Event {
	original := l.original(pos)
	p := l.parts(original)
	nanos := l.nanos(original)
	var b pageBuffer
	l.write(&b, pos)
	e := Event{
		ID:          l.id(pos),
		Type:        p.kind.name,
		EffectiveAt: nanos / int64(time.Second),
		Tenant:      l.stream == TenantStream,
		ActorIDs:    p.actor.ids,
		ActorEmail:  p.actor.email,
		ResourceIDs: p.payload.resources,
		ListedAt:    time.Unix(0, nanos).Add(l.org.opts.Delay + l.lateness(pos)),
		Raw:         b.body,
	}
	if p.project != nil {
		e.ProjectID = p.project.id
	}
	return e
}

// filter looks at what the events are made of, without rendering them.
func (l *organizationLane) filter(q *query) func(int) bool {
	if !q.filtered() {
		return nil
	}
	wanted := *q
	return func(pos int) bool {
		p := l.parts(l.original(pos))
		e := Event{Type: p.kind.name, ActorIDs: p.actor.ids, ActorEmail: p.actor.email, ResourceIDs: p.payload.resources}
		if p.project != nil {
			e.ProjectID = p.project.id
		}
		return wanted.matches(&e)
	}
}
