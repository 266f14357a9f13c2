package host

import (
	"strings"
	"sync"
	"time"
)

const (
	// patience is how long a log line of another thread waits for a callback of the host.
	patience = 3 * time.Second
	// waitingLines bounds the log lines that wait.
	waitingLines = 256
)

// Lines brings log lines to the host's thread.
//
// Fluent Bit's logger knows only Fluent Bit's own threads: what a goroutine logs elsewhere goes to
// stderr, even where log_file is set, and is not counted. So lines from other threads wait for the
// next callback of the host, which comes every second, and only when none comes are they printed from
// where they are. The order in which they were logged is kept.
//
// Its methods are safe for concurrent use. The function that writes runs once at a time.
type Lines struct {
	write func(Level, string)
	here  func() bool
	guard func(f func())

	mu      sync.Mutex
	waiting []line
	timer   *time.Timer // runs while lines wait
	closed  bool
}

type line struct {
	level Level
	text  string
}

// NewLines returns lines that write brings to the log, one a call. here tells whether the calling goroutine is on the host's thread. guard
// calls f on a goroutine of its own, that of a timer, and is to end a panic of write there.
func NewLines(write func(Level, string), here func() bool, guard func(f func())) *Lines {
	return &Lines{write: write, here: here, guard: guard}
}

// Log writes each line of text, without its control characters: at once on the host's thread, after Close, and when
// too many wait; else with the next Print.
func (l *Lines) Log(level Level, text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for t := range strings.Lines(text) {
		l.waiting = append(l.waiting, line{level, Printable(strings.TrimRight(t, "\r\n"))})
	}
	switch {
	case l.closed, l.here(), len(l.waiting) >= waitingLines:
		l.printWaiting()
	case l.timer == nil:
		l.timer = time.AfterFunc(patience, func() { l.guard(l.Print) })
	}
}

// Print writes the lines that wait. Every callback of the host does it.
func (l *Lines) Print() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.printWaiting()
}

// Close writes the lines that wait, and makes later ones be written at once.
func (l *Lines) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.printWaiting()
	l.closed = true
}

func (l *Lines) printWaiting() {
	if l.timer != nil {
		l.timer.Stop()
		l.timer = nil
	}
	for _, w := range l.waiting {
		l.write(w.level, w.text)
	}
	clear(l.waiting)
	l.waiting = l.waiting[:0]
}
