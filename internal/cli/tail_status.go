package cli

import (
	"fmt"
	"io"
	"sync"
	"time"

	"fluent-bit-openai-audit/internal/source"
)

// statusLine keeps one line at the bottom of a terminal that is rewritten in place; on anything else it shows
// nothing. Its methods are safe for concurrent use: log lines come from any of the collector's goroutines.
type statusLine struct {
	terminal bool

	mu    sync.Mutex
	w     io.Writer
	shown bool
	next  time.Time
}

// newStatusLine returns a status line at the bottom of w.
func newStatusLine(w io.Writer, terminal bool) *statusLine {
	return &statusLine{w: w, terminal: terminal}
}

// clearLine returns to the line's begin and clears it.
const clearLine = "\r\x1b[K"

// clear takes the line away until the next show. The caller holds mu.
func (s *statusLine) clear() {
	if s.shown {
		write(s.w, clearLine)
	}
	s.shown, s.next = false, time.Time{}
}

// show rewrites the line, once a second at most unless something was written above it.
func (s *statusLine) show(count int, streams []source.Progress) {
	s.showText(statusText(count, streams))
}

// showText is show with any text.
func (s *statusLine) showText(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if !s.terminal || now.Before(s.next) {
		return
	}
	write(s.w, clearLine+text)
	s.shown, s.next = true, now.Add(time.Second)
}

// end leaves the terminal with a clean line.
func (s *statusLine) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clear()
}

// above returns a writer to w, the same terminal, that writes whole lines above the status line.
func (s *statusLine) above(w io.Writer) io.Writer { return aboveLine{s, w} }

type aboveLine struct {
	status *statusLine
	w      io.Writer
}

// Write takes the status line away and writes b in its place.
func (a aboveLine) Write(b []byte) (int, error) {
	a.status.mu.Lock()
	defer a.status.mu.Unlock()
	a.status.clear()
	return a.w.Write(b)
}

// statusText says how many events were printed and how far each stream is.
func statusText(count int, streams []source.Progress) string {
	text := fmt.Sprintf("%d events", count)
	for _, p := range streams {
		text += " | " + p.Stream + ": "
		switch {
		case p.Refused:
			text += "refused"
		case !p.Known:
			text += "no answer yet"
		case p.Note != "":
			text += p.Note
		case p.Uncovered > p.Behind:
			text += fmt.Sprintf("%s to go", time.Duration(p.Uncovered)*time.Second)
		default:
			text += "complete up to " + time.Unix(p.CoveredUntil, 0).UTC().Format(time.TimeOnly) + " UTC"
		}
	}
	return text
}
