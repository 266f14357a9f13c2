package fakeopenai

import (
	"errors"
	"fmt"
	"iter"
	"math"
	"strconv"
	"time"
)

// OrganizationOptions describe a synthetic organization.
type OrganizationOptions struct {
	Seed uint64 // the same options make the same events, everywhere

	// The time of the events: From <= t < To. With a zero To events go on as the server's clock does, for thirty years.
	From, To time.Time

	// Epoch is where the numbering starts, From if zero. Organizations that differ in From and To alone have the same
	// events where their times overlap if they share the epoch. It goes with Rate.
	Epoch time.Time

	// How many: either Rate, events a second in the mean over a week, or Count, all of them, for which To must be
	// given. Both count the two streams together.
	Rate  float64
	Count int

	Rhythm      Rhythm
	TenantShare float64 // the share of tenant events, from 0 to 1

	// Every event is listed Delay after its time. LateShare of them are listed later still, by LateMin to LateMax,
	// short delays being likelier than long ones: as many between 1 and 10 s as between 10 and 100 s.
	Delay            time.Duration
	LateShare        float64
	LateMin, LateMax time.Duration

	People   int // 60 if 0
	Projects int // 12 if 0
}

// Organization is a synthetic organization. Its events are not stored: each is computed from the seed and its number.
// They have the shapes and the mix of types seen in live audit logs, with a median of about 900 bytes, most
// logins logged twice within one second, and now and then a type or a key that no reference names.
//
// An Organization is immutable and may serve several servers.
type Organization struct {
	opts  OrganizationOptions
	cast  *cast
	lanes [2]organizationLane
}

// NewOrganization checks the options and prepares the organization.
func NewOrganization(opts OrganizationOptions) (*Organization, error) {
	if err := opts.check(); err != nil {
		return nil, fmt.Errorf("make organization: %w", err)
	}
	if opts.People == 0 {
		opts.People = 60
	}
	if opts.Projects == 0 {
		opts.Projects = 12
	}
	o := &Organization{opts: opts, cast: newCast(opts.Seed, opts.People, opts.Projects)}
	if opts.Epoch.IsZero() {
		opts.Epoch = opts.From
	}
	end := opts.To
	if end.IsZero() {
		end = opts.Epoch.AddDate(lifetimeYears, 0, 0)
	}
	tenants := int(math.Round(float64(opts.Count) * opts.TenantShare))
	for stream, part := range []struct {
		count int
		rate  float64
	}{
		{opts.Count - tenants, opts.Rate * (1 - opts.TenantShare)},
		{tenants, opts.Rate * opts.TenantShare},
	} {
		l := &o.lanes[stream]
		*l = organizationLane{org: o, stream: Stream(stream), key: mix(opts.Seed*2 + uint64(stream)), calendar: newCalendar(opts.Rhythm, opts.Epoch)}
		if err := l.lay(opts.Epoch, end, part.count, part.rate); err != nil {
			return nil, fmt.Errorf("make organization: %w", err)
		}
		l.first = l.beforeNanos(opts.From.UnixNano())
	}
	return o, nil
}

const lifetimeYears = 30

func (o *OrganizationOptions) check() error {
	switch {
	case o.From.IsZero() || o.From.Year() < 1970 || o.From.Year() > 2200:
		return errors.New("From must be a time from 1970 to 2200")
	case !o.Epoch.IsZero() && (o.Epoch.Year() < 1970 || o.Epoch.After(o.From) || o.Count > 0):
		return errors.New("Epoch must be a time from 1970 to From, and goes with Rate")
	case !o.To.IsZero() && !o.To.After(o.From):
		return errors.New("To must be after From")
	case o.life() > lifetimeYears*365*24*time.Hour:
		return fmt.Errorf("To must be within %d years of From, and of Epoch", lifetimeYears)
	case o.Rate < 0 || o.Count < 0 || math.IsNaN(o.Rate) || o.Rate > 1e6:
		return errors.New("Rate must be from 0 to 1e6, and Count not negative")
	case o.Rate > 0 && o.Count > 0:
		return errors.New("Rate and Count exclude each other")
	case o.Count > 0 && o.To.IsZero():
		return errors.New("Count needs To")
	case !isShare(o.TenantShare) || !isShare(o.LateShare):
		return errors.New("TenantShare and LateShare must be from 0 to 1")
	case o.Delay < 0 || o.LateMin < 0 || o.LateMax < o.LateMin:
		return errors.New("Delay, LateMin and LateMax must not be negative, and LateMin not above LateMax")
	case o.People < 0 || o.People > 10_000 || o.Projects < 0 || o.Projects > 10_000:
		return errors.New("People and Projects must be from 0 to 10,000")
	}
	return nil
}

// life is the time from the first event that is numbered to the last that is listed, or to From.
func (o *OrganizationOptions) life() time.Duration {
	start, end := o.From, o.From
	if !o.Epoch.IsZero() {
		start = o.Epoch
	}
	if !o.To.IsZero() {
		end = o.To
	}
	return end.Sub(start)
}

func isShare(f float64) bool { return f >= 0 && f <= 1 }

// Events yields the events of one stream, oldest first, whether or not they are listed yet.
func (o *Organization) Events(stream Stream) iter.Seq[Event] {
	return func(yield func(Event) bool) {
		l := &o.lanes[stream]
		for pos := l.first; pos < l.total; pos++ {
			if !yield(l.event(pos)) {
				return
			}
		}
	}
}

func (o *Organization) lane(stream Stream) lane { return &o.lanes[stream] }

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
