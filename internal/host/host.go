// Package host is the collector's view of the program that runs it: Fluent Bit, or the companion
// command. It holds the interface, the line format of Fluent Bit's own log, a journal that logs a
// repeating matter once and then sums it up, settings for running Go inside of Fluent Bit, and what
// Fluent Bit's process shows of itself: its engine at rest or at work, the chunks that it writes.
//
// What it says of Fluent Bit it never says without evidence: where the system does not tell, that is the answer.
//
// The package knows neither Fluent Bit's C interface nor the network. It starts no goroutine but that of a timer,
// which Lines needs for a host that does not call.
package host

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// Level is how much a log line matters. The values are those of Fluent Bit's log_print.
type Level uint8

// The levels, most serious first.
const (
	Error Level = 1 + iota
	Warn
	Info
	Debug
)

// String returns the level as Fluent Bit writes it: right-aligned in five columns.
func (l Level) String() string {
	switch l {
	case Error:
		return "error"
	case Warn:
		return " warn"
	case Info:
		return " info"
	case Debug:
		return "debug"
	}
	return fmt.Sprintf("%5d", uint8(l))
}

// Host is what runs the collector. Both methods are safe for concurrent use.
type Host interface {
	// Name is the instance's name, its alias or openai_audit.0.
	Name() string
	// Log writes a text without secrets, each of its lines as one line of the log.
	Log(level Level, text string)
}

// Plain is a Host without Fluent Bit: it writes log lines in Fluent Bit's format.
type Plain struct {
	name  string
	level Level
	mu    sync.Mutex
	w     io.Writer
}

// NewPlain returns a Host that writes lines up to level to w.
func NewPlain(name string, level Level, w io.Writer) *Plain {
	return &Plain{name: name, level: level, w: w}
}

// Name returns the name given to NewPlain.
func (p *Plain) Name() string { return p.name }

// Log writes a text. A writer that fails is not reported: there is no other place to say it.
func (p *Plain) Log(level Level, text string) {
	if level > p.level {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for line := range strings.Lines(text) {
		_, _ = io.WriteString(p.w, Line(time.Now(), level, p.name, strings.TrimSuffix(line, "\n"))+"\n")
	}
}

// Line returns a log line as Fluent Bit writes it to a stream that is not a terminal.
func Line(now time.Time, level Level, name, text string) string {
	return fmt.Sprintf("[%s] [%s] [input:openai_audit:%s] %s",
		now.Format("2006/01/02 15:04:05.000"), level, name, text)
}
