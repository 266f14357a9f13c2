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

// matter is one repeating thing: when it was last said, and how often it happened since.
type matter struct {
	said   time.Time
	unsaid int
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
// Infof writes a line at the level info.
func (j *Journal) Infof(format string, args ...any) { j.host.Log(Info, fmt.Sprintf(format, args...)) }

// Debugf writes a line at the level debug.
// Debugf writes a line at the level debug.
func (j *Journal) Debugf(format string, args ...any) { j.host.Log(Debug, fmt.Sprintf(format, args...)) }

// Repeat says a matter that may go on: the first time at once, later at most once an interval, with
// how often it happened in between ("42 more in 10m0s").
func (j *Journal) Repeat(level Level, key, format string, args ...any) {
	now := time.Now()
	j.mu.Lock()
	m := j.matters[key]
	if m == nil {
		m = &matter{}
		j.matters[key] = m
	} else if now.Sub(m.said) < j.interval {
		m.unsaid++
		j.mu.Unlock()
		return
	}
	more := ""
	if m.unsaid > 0 {
		more = fmt.Sprintf(" (%d more in %s)", m.unsaid, now.Sub(m.said).Round(time.Second))
	}
	m.said, m.unsaid = now, 0
	j.mu.Unlock()
	j.host.Log(level, fmt.Sprintf(format, args...)+more)
}

// Once says a matter a single time in the journal's life.
func (j *Journal) Once(level Level, key, format string, args ...any) {
	j.mu.Lock()
	_, said := j.matters[key]
	if !said {
		j.matters[key] = &matter{said: time.Now().Add(1 << 62)}
	}
	j.mu.Unlock()
	if !said {
		j.host.Log(level, fmt.Sprintf(format, args...))
	}
}

// Over ends all matters whose key begins with prefix: when one of them had been said, the line is
// written, and the next Repeat of such a key is said at once again.
func (j *Journal) Over(prefix, format string, args ...any) {
	j.mu.Lock()
	said := false
	for key := range j.matters {
		if strings.HasPrefix(key, prefix) {
			delete(j.matters, key)
			said = true
		}
	}
	j.mu.Unlock()
	if said {
		j.host.Log(Info, fmt.Sprintf(format, args...))
	}
}
