package cli

import (
	"bufio"
	"context"
	"io"

	"fluent-bit-openai-audit/internal/config"
	"fluent-bit-openai-audit/internal/source"
)

// ParseTail returns what parseTail makes of the arguments.
func ParseTail(args []string, getenv config.Getter) (cfg *config.Config, limit int, once bool, err error) {
	o, err := parseTail(args, getenv)
	return o.config, o.limit, o.once, err
}

// Print prints records as tail does.
func Print(w io.Writer, limit int, records []byte) error {
	p := &printer{out: bufio.NewWriter(w), limit: limit}
	return p.print(records)
}

// StatusLine is what tail shows at the bottom of a terminal.
type StatusLine struct{ *statusLine }

// NewStatusLine returns a status line at the bottom of w.
func NewStatusLine(w io.Writer, terminal bool) StatusLine {
	return StatusLine{newStatusLine(w, terminal)}
}

// What tail does with it.
func (s StatusLine) Show(count int, streams []source.Progress) { s.show(count, streams) }
func (s StatusLine) Above(w io.Writer) io.Writer               { return s.above(w) }
func (s StatusLine) End()                                      { s.end() }

// IsTerminal reports whether a stream is taken for a terminal.
func IsTerminal(stream any) bool { return isTerminal(stream) }

// Follow follows a collector as tail does.
func Follow(ctx context.Context, c followed, once bool) error {
	return follow(ctx, c, func([]byte) error { return nil }, func() {}, once)
}
