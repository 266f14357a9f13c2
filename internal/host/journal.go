package host

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// Journal writes the log lines of one instance. A matter that repeats has a key: it is logged when it
// first happens, and then at most once an interval, with how often it has happened since.
type Journal struct {
	host     Host
	interval time.Duration

	mu      sync.Mutex
	matters map[string]*matter
}

// matter is one repeating thing.
type matter struct {
	said   time.Time // when it was last logged
	last   time.Time // when it last happened
	unsaid int       // how often it has happened since it was logged
	open   bool      // it was logged, and its end was not yet
	ends   int       // how often its end was logged
}

// NewJournal returns a journal that repeats a matter at most once an interval.
func NewJournal(h Host, interval time.Duration) *Journal {
	return &Journal{host: h, interval: interval, matters: make(map[string]*matter)}
}

// Errorf writes a line at the level error.
func (j *Journal) Errorf(format string, args ...any) { j.host.Log(Error, fmt.Sprintf(format, args...)) }

// Warnf writes a line at the level warn.
func (j *Journal) Warnf(format string, args ...any) { j.host.Log(Warn, fmt.Sprintf(format, args...)) }

// Infof writes a line at the level info.
func (j *Journal) Infof(format string, args ...any) { j.host.Log(Info, fmt.Sprintf(format, args...)) }

// Debugf writes a line at the level debug.
func (j *Journal) Debugf(format string, args ...any) { j.host.Log(Debug, fmt.Sprintf(format, args...)) }

// Repeat logs a matter that may go on: the first time at once, later at most once an interval, with
// how often it happened in between ("42 more in 10m0s").
func (j *Journal) Repeat(level Level, key, format string, args ...any) {
	now := time.Now()
	j.mu.Lock()
	m := j.matters[key]
	if m == nil || !m.open && now.Sub(m.last) >= j.interval {
		m = &matter{}
		j.matters[key] = m
	}
	m.last = now
	if !m.said.IsZero() && now.Sub(m.said) < m.pause(j.interval) {
		m.unsaid++
		j.mu.Unlock()
		return
	}
	more := ""
	if m.unsaid > 0 {
		more = fmt.Sprintf(" (%d more in %s)", m.unsaid, now.Sub(m.said).Round(time.Second))
	}
	m.said, m.unsaid, m.open = now, 0, true
	j.mu.Unlock()
	j.host.Log(level, fmt.Sprintf(format, args...)+more)
}

// pause returns how long a matter is not logged again. One that goes on is logged once an interval. One that comes back
// after its end was logged is news, but less so each time: the pause begins at a sixteenth of the interval and doubles.
func (m *matter) pause(interval time.Duration) time.Duration {
	if m.open || m.ends > 4 {
		return interval
	}
	return interval >> (5 - m.ends)
}

// Over ends all matters whose key begins with prefix. It logs the line if one of them was logged since the last
// line of this kind. So a matter that comes and goes is logged at growing intervals, and its end only after it.
func (j *Journal) Over(prefix, format string, args ...any) {
	now := time.Now()
	j.mu.Lock()
	said := false
	for key, m := range j.matters {
		if !strings.HasPrefix(key, prefix) {
			continue
		}
		if m.open {
			m.open = false
			m.ends++
			said = true
		} else if now.Sub(m.last) >= j.interval {
			delete(j.matters, key)
		}
	}
	j.mu.Unlock()
	if said {
		j.host.Log(Info, fmt.Sprintf(format, args...))
	}
}
