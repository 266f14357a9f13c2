package probe

import (
	"context"
	"math"
	"time"

	"fluent-bit-openai-audit/internal/openai"
)

// Estimate is what reading a stream from its start up to now is likely to cost.
type Estimate struct {
	Start   int64         // Unix seconds; 0 is the beginning of the log
	Events  int64         // listed from Start on
	Exact   bool          // they were counted
	AtLeast bool          // the log reaches back further than was looked
	PerDay  float64       // events a day: in the mean over what was looked at
	Pages   int           // looked at
	Latency time.Duration // of a page in the mean
	Cost    Cost
}

// Cost is how much fetching takes.
type Cost struct {
	Requests int64
	Time     time.Duration
}

const day = 24 * 60 * 60 // seconds

// samples is how many places a finite range is looked at beside its newest end.
const samples = 4

// sampleAges are the ages, in days, at which a log is looked at to find its beginning.
func sampleAges() []int64 { return []int64{1, 4, 16, 64, 256, 1024} }

// estimate looks at a few pages between start and now, since how dense events are changes with the hour and the weekday.
// It makes do with fewer when a request fails.
func (p *prober) estimate(ctx context.Context, name string, first *Page, start int64) *Estimate {
	now := first.now()
	e := &Estimate{Start: start, Pages: 1, Latency: first.Took}
	if !first.More || first.Oldest <= start {
		e.Events, e.Exact = int64(first.since(start)), !first.More || first.Oldest > 0
		e.PerDay = perDay(float64(first.Events), now-first.Oldest)
	} else {
		s := survey{
			look: func(t int64) (Page, error) {
				return p.page(ctx, openai.Query{To: t, Limit: p.opts.Limit, Tenant: name == Tenant})
			},
			start: start, at: first.Oldest, total: float64(first.Events), density: first.density(now),
		}
		s.run(now)
		e.Events, e.AtLeast = int64(math.Round(s.total)), !s.done
		e.PerDay = perDay(s.total, now-s.at)
		if s.pages > 0 {
			e.Pages += s.pages
			// Without the first page, whose time has setting up the connection in it.
			e.Latency = s.took / time.Duration(s.pages)
		}
	}
	e.Cost = p.cost(e)
	return e
}

func perDay(events float64, seconds int64) float64 { return events * day / float64(max(seconds, 1)) }

// density returns how many events a second a page has that was asked for up to end.
func (p *Page) density(end int64) float64 {
	if p.Oldest == 0 {
		return 0
	}
	return float64(p.Events) / float64(max(end-p.Oldest, 1))
}

// survey adds up the events from now back to start, from pages here and there.
type survey struct {
	look  func(before int64) (Page, error) // the newest page before a time
	start int64

	at      int64   // all after this is added up
	total   float64 // events so far
	density float64 // events a second, at at
	done    bool    // the start was reached, or the log's beginning
	pages   int
	took    time.Duration
}

// bisections is how often the place where a log begins is narrowed down.
const bisections = 3

func (s *survey) run(now int64) {
	for _, t := range samplePlaces(s.start, now) {
		if t >= s.at {
			continue
		}
		page, ok := s.page(t)
		switch {
		case !ok:
			s.toStart()
			return
		case page.Oldest == 0:
			s.narrow(t)
			return
		}
		if s.pages == 1 {
			// The newest page may have been a burst: what lies before it is better told by this one.
			s.density = (s.density*float64(now-s.at) + float64(page.Events)) / float64(max(now-s.at+t-page.Oldest, 1))
			if page.More {
				s.density = page.density(t)
			}
		}
		if s.add(t, &page); s.done {
			return
		}
	}
	s.toStart()
}

func (s *survey) page(t int64) (Page, bool) {
	page, err := s.look(t)
	if err != nil {
		return page, false
	}
	s.pages++
	s.took += page.Took
	return page, true
}

// add adds up what lies between at and t, where a page with events was found.
func (s *survey) add(t int64, page *Page) {
	if !page.More {
		// The page goes back to the log's beginning.
		s.total += s.density*float64(s.at-t) + float64(page.since(s.start))
		s.at, s.done = max(page.Oldest, s.start), true
		return
	}
	here := page.density(t)
	s.total += (s.density + here) / 2 * float64(s.at-t)
	s.at, s.density = t, here
}

// narrow finds about where the log begins: there is nothing before empty.
func (s *survey) narrow(empty int64) {
	for range bisections {
		t := (s.at + empty) / 2
		page, ok := s.page(t)
		switch {
		case !ok:
			s.toStart()
			return
		case page.Oldest == 0:
			empty = t
			continue
		}
		if s.add(t, &page); s.done {
			return
		}
	}
	middle := (s.at + empty) / 2
	s.total += s.density * float64(s.at-middle)
	s.at, s.done = middle, true
}

// toStart takes it that the rest is as dense as what was seen last.
func (s *survey) toStart() {
	if s.start > 0 {
		s.total += s.density * float64(s.at-s.start)
		s.at, s.done = s.start, true
	}
}

// samplePlaces returns the times before which pages are looked at, newest first.
func samplePlaces(start, now int64) []int64 {
	var places []int64
	if start > 0 {
		for i := int64(1); i <= samples; i++ {
			places = append(places, now-(now-start)*i/(samples+1))
		}
		return places
	}
	for _, age := range sampleAges() {
		places = append(places, now-age*day)
	}
	return places
}

// worthAWorker is about how many events there are for each part of a backfill that is read beside the others.
const worthAWorker = 2000

// cost reckons what fetching the events takes.
func (p *prober) cost(e *Estimate) Cost {
	size := int64(max(p.cfg.PageSize, 1))
	c := Cost{Requests: max((e.Events+size-1)/size, 1)}
	parallel := min(int64(p.cfg.Concurrency), 1+e.Events/worthAWorker)
	c.Time = time.Duration(float64(c.Requests) * float64(e.Latency) / float64(max(parallel, 1)))
	if limit := int64(p.cfg.MaxRequestsPerMinute); limit > 0 {
		c.Time = max(c.Time, time.Duration(float64(c.Requests)/float64(limit)*float64(time.Minute)))
	}
	return c
}
