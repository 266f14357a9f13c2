package host

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// Journal writes the log lines of one instance. A matter that repeats is named by a key: it is said
// when it first happens, then at most once an interval with the number of times it happened since.
type Journal struct {
	host     Host
	interval time.Duration

	mu      sync.Mutex
	matters map[string]*matter
}

// matter is one repeating thing.
type matter struct {
	said   time.Time // when it was last said
	last   time.Time // when it last happened
	unsaid int       // how often it happened since it was said
	open   bool      // its end was not said since
	ends   int       // how often its end was said
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

// Repeat says a matter that may go on: the first time at once, later at most once an interval, with
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

// pause returns how long a matter is not said again. One that goes on is said once an interval; one that has
// come back after its end was said is news, but less so each time.
func (m *matter) pause(interval time.Duration) time.Duration {
	if m.open || m.ends > 4 {
		return interval
	}
	return interval >> (5 - m.ends)
}

// Over ends all matters whose key begins with prefix: when one of them was said, and its end not yet, the line
// is written. So a matter that comes and goes is said at growing intervals, and never its end alone.
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
