package config

import "time"

// Start is where a first run begins to read: an age, a moment, or the beginning of the log. The zero
// Start is "now".
type Start struct {
	mode startMode
	age  time.Duration // startAge; 0 is now
	unix int64         // startTime
}

type startMode uint8

const (
	startAge startMode = iota
	startTime
	startBeginning
)

// StartNow begins with the events of the first run.
func StartNow() Start { return Start{} }

// StartBeginning begins with the oldest event that the API has.
func StartBeginning() Start { return Start{mode: startBeginning} }

// StartAgo begins age before the first run. Fractions of a second count as a whole one.
func StartAgo(age time.Duration) Start { return Start{age: max(age, 0)} }

// StartAt begins at t, at the full second before it.
func StartAt(t time.Time) Start { return Start{mode: startTime, unix: t.Unix()} }

// At returns the start in Unix seconds, for a first run at now (Unix seconds). It is never negative;
// the beginning is 0. A start that was given as a time may lie after now.
func (s Start) At(now int64) int64 {
	switch s.mode {
	case startTime:
		return max(s.unix, 0)
	case startBeginning:
		return 0
	case startAge:
	}
	seconds := int64(s.age / time.Second)
	if s.age%time.Second > 0 {
		seconds++
	}
	return max(now-seconds, 0)
}

// String returns the start as the property would be written.
func (s Start) String() string {
	switch {
	case s.mode == startTime:
		return time.Unix(s.unix, 0).UTC().Format(time.RFC3339)
	case s.mode == startBeginning:
		return "beginning"
	case s.age == 0:
		return "now"
	}
	return formatDuration(s.age)
}
