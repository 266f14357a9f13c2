package auditlog_test

import (
	"fmt"
	"net/http"
	"time"

	"fluent-bit-openai-audit/internal/fakeopenai"
)

// crowd returns, for some schedules, an hour of the past, or a second, that holds a hundred times what the others do.
func (m *model) crowd(n int) (list []fakeopenai.Event) {
	if len(m.props["page_size"]) == 1 || m.rng.IntN(6) > 0 { // a server that ignores the time asked for lists all of it again and again
		return nil
	}
	begin := m.begin.Add(m.skew).Add(-time.Duration(2+m.rng.IntN(5)) * time.Hour)
	seconds := []int{1, 3600}[m.rng.IntN(2)]
	for i := range 300 + m.rng.IntN(600) {
		at := begin.Add(time.Duration(m.rng.IntN(seconds)) * time.Second).Unix()
		e := fakeopenai.Event{
			ID: fmt.Sprintf("audit_log-%06d", n+i), Type: "login.succeeded", EffectiveAt: at, ListedAt: time.Unix(at, 0),
		}
		m.events[e.ID] = e
		list = append(list, e)
	}
	return list
}

// row returns, for some schedules, events that follow each other by a second: so the edge of a window lies between two.
func (m *model) row(n int) (list []fakeopenai.Event) {
	if m.rng.IntN(4) > 0 {
		return nil
	}
	begin := m.begin.Add(m.skew).Unix() + int64(m.rng.IntN(1200)) - 600
	if m.start > 0 && m.rng.IntN(2) == 0 {
		begin = m.start
	}
	for i := range 200 + m.rng.IntN(300) {
		at := begin + int64(i)
		e := fakeopenai.Event{
			ID: fmt.Sprintf("audit_log-%06d", n+i), Type: "login.succeeded", EffectiveAt: at, ListedAt: time.Unix(at, 0),
		}
		m.events[e.ID] = e
		list = append(list, e)
	}
	return list
}

// faultsAtStart has some schedules begin with an API that lists badly: the backfill is walked in the first minutes, and most of
// it never again. Others have an API that takes its time, so that windows are under way for long.
func (m *model) faultsAtStart() {
	if m.rng.IntN(3) == 0 {
		m.latency = time.Duration(1+m.rng.IntN(2000)) * time.Millisecond
		m.tell("an answer takes %s", m.latency)
	}
	if m.rng.IntN(2) == 0 {
		return
	}
	kinds := []fakeopenai.Kind{
		fakeopenai.RefuseCursor, fakeopenai.Ascending, fakeopenai.IgnoreTime, fakeopenai.IgnoreCursor, fakeopenai.RepeatPage,
		fakeopenai.MoreForever, fakeopenai.EndEarly, fakeopenai.EmptyPage, fakeopenai.NullCursors, fakeopenai.Shuffle,
	}
	for range 1 + m.rng.IntN(2) {
		f := fakeopenai.Fault{Kind: kinds[m.rng.IntN(len(kinds))]}
		f.Seed, f.Chance = m.rng.Uint64(), []float64{1, 0.5, 0.1}[m.rng.IntN(3)]
		if f.Kind == fakeopenai.Ascending || f.Kind == fakeopenai.IgnoreTime {
			f.Chance = 1
		}
		if m.inject(f) {
			m.tell("from the start on: fault %s chance %g", f.Kind, f.Chance)
		}
	}
}

// inject begins a fault, unless the API would announce more where there is none and list none where there is more, both at once
// and at random: then nothing tells where a listing ends.
func (m *model) inject(f fakeopenai.Fault) bool {
	if f.Kind == fakeopenai.EmptyPage || f.Kind == fakeopenai.MoreForever {
		if m.announces != "" && m.announces != f.Kind {
			return false
		}
		m.announces = f.Kind
	}
	m.remove = append(m.remove, m.server.Inject(f))
	return true
}

// otherOrganization serves another organization's events.
func (m *model) otherOrganization() *fakeopenai.Local {
	s := fakeopenai.New(fakeopenai.Options{
		Keys: []string{testKey}, Organization: "org-other", Now: func() time.Time { return time.Now().Add(m.skew) },
	})
	for i := range 300 {
		at := m.begin.Add(m.skew).Add(time.Duration(i-100) * time.Minute).Unix()
		s.Add(fakeopenai.Event{ID: fmt.Sprintf("audit_log-0-other-%d", i), Type: "login.succeeded", EffectiveAt: at, ListedAt: time.Unix(at, 0)})
	}
	return fakeopenai.NewLocal(s)
}

// transport leads to the organization whose key it is.
func (m *model) transport() http.RoundTripper {
	return &choice{m: m, ours: transport(m.local), others: transport(m.other)}
}

type choice struct {
	m            *model
	ours, others http.RoundTripper
}

func (c *choice) RoundTrip(r *http.Request) (*http.Response, error) {
	if c.m.latency > 0 {
		timer := time.NewTimer(c.m.latency)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
	if c.m.elsewhere.Load() {
		return c.others.RoundTrip(r)
	}
	return c.ours.RoundTrip(r)
}

// CloseIdleConnections is for http.Client.
func (c *choice) CloseIdleConnections() {
	for _, t := range []http.RoundTripper{c.ours, c.others} {
		t.(*http.Transport).CloseIdleConnections()
	}
}

// killAtStart has some schedules begin with a host that stands still until it is killed: what is known then is where to start.
func (m *model) killAtStart() {
	if m.rng.IntN(4) > 0 {
		return
	}
	m.tell("stalled from the start on")
	m.fb.mu.Lock()
	m.fb.stalled = true
	m.fb.mu.Unlock()
	m.runFor(time.Duration(2+m.rng.IntN(300)) * time.Second)
	m.kill()
	m.startCollector()
}

// rareFault is one event that always fails, or a gateway that stamps a Date of its own, two days ahead, for three minutes.
func (m *model) rareFault() {
	if m.rng.IntN(2) == 0 {
		at := m.seconds[m.rng.IntN(len(m.seconds))]
		m.remove = append(m.remove, m.server.Inject(fakeopenai.Fault{
			Kind: fakeopenai.ServerError, When: fakeopenai.When{WindowFrom: at, WindowTo: at + 1},
		}))
		m.tell("what lies in second %s fails", time.Unix(at, 0).Add(-m.skew).Sub(m.begin))
		return
	}
	ahead := []time.Duration{48 * time.Hour, -48 * time.Hour}[m.rng.IntN(2)]
	m.remove = append(m.remove, m.server.Inject(fakeopenai.Fault{
		Kind: fakeopenai.WrongDate, Form: "offset", For: ahead,
		When: fakeopenai.When{To: time.Now().Add(m.skew).Add(3 * time.Minute)},
	}))
	m.tell("for three minutes, Date is %s ahead", ahead)
}
