package auditlog_test

import (
	"time"

	"fluent-bit-openai-audit/internal/fakeopenai"
)

func (m *model) untilHanded() {
	if m.rng.IntN(2) == 0 {
		return
	}
	for range 120 {
		_ = m.c.HandOver(0, m.fb.append)
		if m.fb.holds() {
			return
		}
		time.Sleep(time.Second)
	}
}

func (m *model) act() {
	switch m.rng.IntN(15) {
	case 13:
		m.elsewhere.Store(m.rng.IntN(2) == 0)
		m.tell("the key is another organization's: %v", m.elsewhere.Load())
	case 14:
		m.rareFault()
	case 10:
		m.fb.mu.Lock()
		m.fb.busy, m.fb.behind = !m.fb.busy, true
		m.fb.mu.Unlock()
		m.tell("main thread busy: %v", m.fb.busy)
	case 11:
		m.stall()
	case 12:
		m.dropOnce()
	case 0, 1:
		m.kill()
		time.Sleep(time.Duration(m.rng.IntN(600)) * time.Second)
		m.startCollector()
	case 2:
		m.stop()
		time.Sleep(time.Duration(m.rng.IntN(3600)) * time.Second)
		m.startCollector()
	case 3:
		m.pause()
	case 4:
		m.resume()
	case 5:
		m.fb.refuse = !m.fb.refuse
		m.tell("append refused: %v", m.fb.refuse)
	case 6:
		m.calm()
	default:
		m.fault()
	}
}

func (m *model) stall() {
	m.fb.mu.Lock()
	defer m.fb.mu.Unlock()
	switch m.rng.IntN(3) {
	case 0:
		m.fb.stalled = true
	case 1:
		m.fb.slow = time.Duration(1+m.rng.IntN(60_000)) * time.Millisecond
	default:
		m.fb.stalled, m.fb.slow = false, 0
	}
	m.tell("stalled %v, a buffer takes %s", m.fb.stalled, m.fb.slow)
}

func (m *model) prompt() {
	m.fb.mu.Lock()
	defer m.fb.mu.Unlock()
	m.fb.busy, m.fb.stalled, m.fb.slow, m.fb.drop, m.fb.behind = false, false, 0, nil, true
}

func (m *model) dropOnce() {
	if m.fb.mute {
		return
	}
	n := 1 + m.rng.IntN(3)
	m.tell("the next %d buffers may be dropped, uncounted", n)
	m.fb.mu.Lock()
	defer m.fb.mu.Unlock()
	m.fb.drop = func() bool {
		if n == 0 || m.rng.IntN(2) == 0 {
			return false
		}
		n--
		m.tell("a buffer is dropped, uncounted")
		m.drops = append(m.drops, doubt{m.fb.clear.Add(-commitLag), time.Now().Add(10 * time.Minute)})
		return true
	}
}

func (m *model) fault() {
	kinds := []fakeopenai.Kind{
		fakeopenai.Unauthorized, fakeopenai.Forbidden, fakeopenai.Timeout, fakeopenai.Throttled, fakeopenai.ServerError,
		fakeopenai.BadGateway, fakeopenai.Unavailable, fakeopenai.HTML, fakeopenai.Drop, fakeopenai.RefuseCursor,
		fakeopenai.Ascending, fakeopenai.IgnoreTime, fakeopenai.IgnoreCursor, fakeopenai.RepeatPage, fakeopenai.MoreForever,
		fakeopenai.EndEarly, fakeopenai.EmptyPage, fakeopenai.NullCursors, fakeopenai.Shuffle, fakeopenai.Duplicate,
		fakeopenai.Malformed, fakeopenai.ExtraKeys, fakeopenai.Concat, fakeopenai.Cut, fakeopenai.BadGzip, fakeopenai.WrongDate,
	}
	f := fakeopenai.Fault{Kind: kinds[m.rng.IntN(len(kinds))]}
	f.Seed = m.rng.Uint64()
	f.Chance = []float64{1, 0.5, 0.1}[m.rng.IntN(3)]
	for _, k := range fakeopenai.FaultKinds() {
		for _, p := range k.Params {
			if k.Kind == f.Kind && len(p.Forms) > 0 {
				f.Form = p.Forms[m.rng.IntN(len(p.Forms))]
			}
		}
	}
	if f.Form == "huge" || f.Form == "deep" {
		f.Size = 200
	}
	if f.Kind == fakeopenai.WrongDate && f.Form == "offset" { // a gateway stamps its own
		f.For = time.Duration(m.rng.IntN(4*24*3600)-2*24*3600) * time.Second
	}
	switch f.Kind {
	case fakeopenai.Ascending, fakeopenai.IgnoreTime:
		f.Chance = 1 // a server does so always or never
	case fakeopenai.EndEarly:
		f.Page = 1 + m.rng.IntN(3)
	}
	if m.inject(f) {
		m.tell("fault %s %s chance %g for %s page %d", f.Kind, f.Form, f.Chance, f.For, f.Page)
	}
}

func (m *model) calm() {
	m.tell("faults end")
	for _, remove := range m.remove {
		remove()
	}
	m.remove, m.announces = nil, ""
	m.fb.refuse = false
	m.elsewhere.Store(false)
}

func (m *model) pause() {
	if !m.limited.IsZero() {
		return
	}
	m.untilHanded()
	m.tell("paused by a buffer limit")
	m.limited = time.Now()
	m.fb.mu.Lock()
	m.fb.limited = true
	m.fb.mu.Unlock()
	m.c.Pause()
}

func (m *model) resume() {
	if m.limited.IsZero() {
		return
	}
	m.tell("resumed")
	m.limited = time.Time{}
	m.fb.mu.Lock()
	m.fb.limited = false
	m.fb.mu.Unlock()
	m.c.Resume()
}

func (m *model) kill() {
	if !m.limited.IsZero() && m.rng.IntN(2) == 0 {
		m.resume()
	}
	if m.limited.IsZero() {
		m.untilHanded()
		_ = m.c.HandOver(0, m.fb.append)
		time.Sleep(time.Duration(m.rng.IntN(1200)) * time.Millisecond)
	}
	m.tell("killed")
	m.doubt()
	if err := m.c.Kill(); err != nil {
		m.t.Errorf("close at kill: %v", err)
	}
	m.fb.kill()
	m.limited = time.Time{}
}

func (m *model) stop() {
	m.untilHanded()
	if m.fb.stalled {
		m.kill()
		return
	}
	m.tell("stopped")
	if m.limited.IsZero() {
		m.c.Pause()
		m.drain()
		if m.rng.IntN(4) == 0 {
			m.fb.mu.Lock()
			m.fb.limited = true
			m.fb.mu.Unlock()
			m.c.Pause()
		}
		time.Sleep(time.Second)
		m.drain()
		m.c.Pause()
	}
	m.fb.finish()
	if m.fb.mute || !m.fb.isIdle() { // else all that was drained is known
		m.doubt()
	}
	m.c.Stop()
	m.fb.kill()
	m.limited = time.Time{}
}

func (m *model) doubt() {
	m.fb.mu.Lock()
	defer m.fb.mu.Unlock()
	from := m.fb.clear
	if m.fb.mute { // which takes longer to believe
		from = from.Add(-emptiedUncounted)
	}
	m.doubts = append(m.doubts, doubt{from.Add(-commitLag), time.Now()})
}
