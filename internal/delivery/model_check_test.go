package delivery_test

import (
	"slices"
	"sync"
	"time"

	"fluent-bit-openai-audit/internal/delivery"
)

// lag bounds how long after the host has stored all that it accepted that is in the file.
const lag = 2 * time.Second

// mayRepeat notes what the end of a life may repeat: what came to a chunk since the host had last stored all that it
// accepted, and that was in the file.
func (m *model) mayRepeat() {
	if m.host.mute || m.host.twice {
		m.exact = false // which takes longer to believe
		return
	}
	from := m.host.clear
	if written := m.file.written(); written.Before(from) {
		from = written
		if m.file.fails && m.clear.Before(from) {
			from = m.clear
		}
	}
	from = from.Add(-lag - 2*m.file.slow)
	if len(m.takes) > 0 { // a batch of which a part came out is followed by itself
		from = from.Add(-lag)
	}
	m.tell("may from %s, clear %s written %s slow %s", from.Sub(m.begin), m.host.clear.Sub(m.begin), m.file.written().Sub(m.begin), m.file.slow)
	for n, at := range m.host.last {
		if !at.Before(from) {
			m.may[n]++
		}
	}
}

// revised checks that the file does not say what was taken back.
func (m *model) revised() {
	m.file.mu.Lock()
	defer m.file.mu.Unlock()
	if m.file.fails || time.Since(m.file.until) < failedLag {
		return
	}
	for stream, taken := range m.taken {
		s, ok := m.file.marks[stream].(*spans)
		if !ok {
			continue
		}
		for back, at := range taken {
			if time.Since(at) > 100*time.Millisecond+2*m.file.slow && slices.Contains(s.done, back) {
				m.Errorf("not revised: %s: %v was taken back %s ago, and is saved", stream, back, time.Since(at))
			}
		}
	}
}

// readBoth has both sources read one span at the same time, if neither has read it.
func (m *model) readBoth() {
	r := m.missing("a")
	if r == nil || m.reading["a"] != nil || m.reading["b"] != nil || slices.Contains(m.known["b"].done, r.span) {
		return
	}
	marks := make(map[string]*spans)
	for _, stream := range []string{"a", "b"} {
		marks[stream] = m.known[stream].with(r.span)
	}
	m.tell("both: %v read", r.span)
	var reading sync.WaitGroup
	for stream, mark := range marks {
		lane := delivery.Lane(m.rng.IntN(2))
		reading.Go(func() {
			put(m, m.d, stream, lane, r.from, r.to)
			m.d.Mark(stream, mark)
		})
	}
	reading.Wait()
	for stream, mark := range marks {
		m.known[stream] = mark
		delete(m.taken[stream], r.span)
	}
}

// fill has the host's disk be full for a while, once in a life: nothing comes out meanwhile.
func (m *model) fill() {
	if m.filled {
		return
	}
	m.filled, m.exact = true, false
	d := time.Duration(m.rng.IntN(120)) * time.Second
	m.disk = time.Now().Add(d)
	m.tell("the disk is full for %s", d)
	m.host.change(func() { m.host.full = true })
}
