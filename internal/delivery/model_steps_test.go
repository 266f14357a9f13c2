package delivery_test

import (
	"slices"
	"time"

	"fluent-bit-openai-audit/internal/delivery"
)

func (m *model) step() {
	stream := []string{"a", "b"}[m.rng.IntN(2)]
	switch n := m.rng.IntN(100); {
	case n < 62:
		m.read(stream)
	case n < 70:
		m.readBoth()
	case n < 74:
		m.takeBack(stream)
	case n < 77:
		m.tell("paused")
		m.host.change(func() { m.host.paused = true })
		if m.rng.IntN(2) == 0 { // in a call, after which it is told
			_ = m.d.HandOver(0, m.host.append)
			time.Sleep(time.Duration(m.rng.IntN(4000)) * time.Millisecond)
		}
		m.d.Pause()
	case n < 82:
		m.resume()
	case n < 85:
		m.host.change(func() { m.host.stalled = !m.host.stalled })
		m.tell("stalled %v", m.host.stalled)
	case n < 87:
		m.host.change(func() { m.host.slow = time.Duration(m.rng.IntN(2)*m.rng.IntN(20_000)) * time.Millisecond })
		m.tell("slow %s", m.host.slow)
	case n < 89:
		m.host.change(func() { m.host.refuse = !m.host.refuse })
	case n < 91 && !m.host.mute && !m.host.twice:
		m.drop()
	case n < 92:
		m.file.change(!m.file.fails)
		m.clear = m.host.clear
		m.tell("the file cannot be written: %v", m.file.fails)
	case n < 95:
		m.kill()
	case n < 97:
		m.stop()
	}
}

func (m *model) read(stream string) {
	r := m.reading[stream]
	if r == nil {
		if r = m.missing(stream); r == nil {
			return
		}
		m.reading[stream] = r
	}
	to := min(r.to, r.at+1+m.rng.IntN(6))
	put(m, m.d, stream, delivery.Lane(m.rng.IntN(2)), r.at, to)
	if r.at = to; to < r.to {
		return
	}
	delete(m.reading, stream)
	if m.rng.IntN(12) == 0 {
		return // its walk failed
	}
	if !r.stale {
		m.known[stream] = m.known[stream].with(r.span)
		delete(m.taken[stream], r.span)
	}
	m.d.Mark(stream, m.known[stream])
	m.tell("%s: %v read", stream, r.span)
}

func (m *model) missing(stream string) *reading {
	var open []span
	for n := 0; n < numbersInAll; n += numbersEach {
		if s := (span{n, n + numbersEach}); !slices.Contains(m.known[stream].done, s) {
			open = append(open, s)
		}
	}
	if len(open) == 0 {
		return nil
	}
	s := open[m.rng.IntN(len(open))]
	return &reading{span: s, at: s.from}
}

func (m *model) takeBack(stream string) {
	if len(m.known[stream].done) == 0 {
		return
	}
	s := m.known[stream].done[m.rng.IntN(len(m.known[stream].done))]
	m.tell("%s: %v taken back", stream, s)
	m.known[stream] = m.known[stream].without(s)
	if r := m.reading[stream]; r != nil && r.span == s {
		r.stale = true
	}
	m.d.Revise(stream, func(old delivery.Mark) delivery.Mark {
		if old, ok := old.(*spans); ok {
			return old.without(s)
		}
		return &spans{}
	})
	m.taken[stream][s] = time.Now()
}

func (m *model) resume() {
	m.host.change(func() { m.host.paused = false })
	m.d.Resume()
}

func (m *model) drop() {
	if m.rng.IntN(4) == 0 {
		m.fill()
		return
	}
	n := 1 + m.rng.IntN(3)
	m.tell("%d of the next entries are dropped", n)
	m.exact = false
	m.host.change(func() {
		m.host.drop = func() bool {
			if n == 0 || m.rng.IntN(2) == 0 {
				return false
			}
			n--
			return true
		}
	})
}

func (m *model) kill() {
	m.tell("killed")
	m.mayRepeat()
	m.file.mu.Lock()
	m.file.life++
	m.file.mu.Unlock()
	m.end()
	m.running.Wait()
	m.host.kill()
	m.start()
}

func (m *model) stop() {
	if m.host.stalled {
		m.kill()
		return
	}
	m.tell("stopped")
	m.d.Pause()
	time.Sleep(time.Second)
	m.host.turn()
	m.host.finish()
	m.end()
	m.running.Wait()
	m.host.mu.Lock()
	whole := len(m.host.ring) == 0 && m.host.work == nil && !m.host.mute && !m.host.twice && !m.file.fails
	m.host.mu.Unlock()
	if !whole {
		m.mayRepeat() // what has come out of the ring buffer may come again
	}
	_ = m.d.Close()
	m.host.kill()
	m.start()
}
