package organization

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"fluent-bit-openai-audit/internal/fakeopenai/dice"
)

// Log is one stream of an organization's events. Its positions count up in order of time; the API lists them from the
// highest down. A Log never changes.
type Log struct {
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
func (l *Log) lay(from, end time.Time, count int, rate float64) error {
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

// bits are the random bits of the event at pos.
func (l *Log) bits(pos int) uint64 { return dice.Mix(uint64(pos)*0x9e3779b97f4a7c15 ^ l.key) }

// original is pos itself or, for a twin, the event before it: live logs hold many pairs of logins that are alike in
// all but the id.
func (l *Log) original(pos int) int {
	const twins = 60 // percent of the logins at even positions
	if pos&1 == 1 && l.stream == OrganizationStream && l.bits(pos)>>40%100 < twins && l.kind(pos-1) == l.org.cast.login {
		return pos - 1
	}
	return pos
}

// kind is the index of the type of the original event at pos.
func (l *Log) kind(pos int) uint16 {
	table := l.org.cast.slots[l.stream]
	return table[dice.Mix(l.bits(pos)+4)%uint64(len(table))]
}

// nanos is when the original event at pos happened, in Unix nanoseconds. It never falls as pos grows.
func (l *Log) nanos(pos int) int64 {
	jitter := int64(scale(dice.Mix(l.bits(pos)+1), uint64(l.spacing), math.MaxUint64))
	return l.calendar.time(l.start + int64(pos)*l.spacing + jitter)
}

// beforeNanos is the number of positions before the Unix nanosecond t.
func (l *Log) beforeNanos(t int64) int {
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

// Before is the number of events whose EffectiveAt is below second.
func (l *Log) Before(second int64) int {
	if second > lastSecond {
		return l.total
	}
	return l.beforeNanos(max(second, firstSecond) * int64(time.Second))
}

// Known is the number of events that have happened at now. Those that are late are among them.
func (l *Log) Known(now time.Time) int {
	if now.Unix() > lastSecond {
		return l.total
	}
	if now.Unix() < firstSecond {
		return l.first
	}
	return l.beforeNanos(now.UnixNano() + 1)
}

// At gives the EffectiveAt of the event at pos and whether the API lists it at now.
func (l *Log) At(pos int, now time.Time) (second int64, listed bool) {
	nanos := l.nanos(l.original(pos))
	return nanos / int64(time.Second), !l.listedAt(pos, nanos).After(now)
}

// listedAt is when the event at pos, which happened at nanos, begins to be listed.
func (l *Log) listedAt(pos int, nanos int64) time.Time {
	return time.Unix(0, nanos).Add(l.org.opts.Delay + l.lateness(pos))
}

// lateness is how much later than others the event at pos is listed.
func (l *Log) lateness(pos int) time.Duration {
	o := &l.org.opts
	if o.LateShare == 0 {
		return 0
	}
	bits := dice.Mix(l.bits(pos) + 2)
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

func (l *Log) id(pos int) string {
	return string(appendID(make([]byte, 0, idLength), l.key, uint64(pos)))
}

// Find returns the position of the event with the id.
func (l *Log) Find(id string) (pos int, ok bool) {
	n, ok := idNumber(l.key, id)
	if !ok || n < uint64(l.first) || n >= uint64(l.total) || l.id(int(n)) != id {
		return 0, false
	}
	return int(n), true
}

// parts are what an event is put together from.
type parts struct {
	*castType

	nanos   int64
	actor   *actor
	payload *payload
	project *project
}

func (l *Log) parts(pos int) parts {
	c := l.org.cast
	original := l.original(pos)
	bits := dice.Mix(l.bits(original) + 3)
	p := parts{castType: &c.types[l.stream][l.kind(original)], nanos: l.nanos(original), project: &c.noProject}
	p.payload = &p.payloads[bits%uint64(len(p.payloads))]
	bits >>= 12
	p.actor = c.actor(p.actors, bits)
	switch byKey := len(p.actor.ids) > 1; {
	case byKey:
		p.project = &c.projects[0]
	case p.castType.project && bits%10 < 6:
		p.project = &c.projects[bits>>20%uint64(len(c.projects))]
	}
	return p
}

func (c *cast) actor(class actorClass, bits uint64) *actor {
	percent := bits % 101
	bits >>= 7
	pick := func(from []actor) *actor { return &from[bits%uint64(len(from))] }
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

// Append appends the JSON of the event at pos.
func (l *Log) Append(b []byte, pos int) []byte {
	p := l.parts(pos)
	b = append(b, `{"object":"organization.audit_log","id":"`...)
	b = appendID(b, l.key, uint64(pos))
	b = append(b, `","type":"`...)
	b = append(b, p.name...)
	b = append(b, `","effective_at":`...)
	b = strconv.AppendInt(b, p.nanos/int64(time.Second), 10)
	b = append(b, p.project.text...)
	b = append(b, p.actor.text...)
	b = append(b, p.payload.text...)
	return append(b, '}')
}

// Event returns the event at pos without its JSON.
func (l *Log) Event(pos int) Event {
	p := l.parts(pos)
	return Event{
		ID:          l.id(pos),
		Type:        p.name,
		EffectiveAt: p.nanos / int64(time.Second),
		Tenant:      l.stream == TenantStream,
		ProjectID:   p.project.id,
		ActorIDs:    p.actor.ids,
		ActorEmail:  p.actor.email,
		ResourceIDs: p.payload.resources,
		ListedAt:    l.listedAt(pos, p.nanos),
	}
}
