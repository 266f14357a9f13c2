//go:build linux

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"
)

// section is what one experiment has to say.
type section struct {
	name  string
	parts []string // paragraphs and tables, as Markdown
	plots []plot
}

func (s *section) note(format string, args ...any) {
	s.parts = append(s.parts, fmt.Sprintf(format, args...)+"\n")
}

// table adds a table: the first column is text, the others are numbers.
func (s *section) table(columns []string, rows [][]string) {
	widths := make([]int, len(columns))
	all := append([][]string{columns}, rows...)
	for _, row := range all {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell), 3)
		}
	}
	var b strings.Builder
	for n, row := range all {
		for i, cell := range row {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if i == 0 {
				b.WriteString("| " + cell + pad)
			} else {
				b.WriteString(" | " + pad + cell)
			}
		}
		b.WriteString(" |\n")
		if n > 0 {
			continue
		}
		for i, w := range widths {
			if i == 0 {
				b.WriteString("|" + strings.Repeat("-", w+2))
			} else {
				b.WriteString("|" + strings.Repeat("-", w+1) + ":")
			}
		}
		b.WriteString("|\n")
	}
	s.parts = append(s.parts, b.String())
}

// plot adds a plot, which -write puts into a file.
func (s *section) plot(p plot) {
	s.plots = append(s.plots, p)
}

// text returns the section for a terminal.
func (s *section) text() string {
	return "\n== " + s.name + "\n\n" + strings.Join(s.parts, "\n")
}

// results is the page that the harness keeps up to date. What stands outside the
// marks is left alone.
const results = "RESULTS.md"

// write puts the section between its marks on the page, and its plots beside it.
func (s *section) write(folder, machine string) error {
	path := filepath.Join(folder, results)
	page, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read page: %w", err)
	}
	begin, end := "<!-- "+s.name+": written by the harness -->\n", "<!-- "+s.name+": end -->\n"
	body := begin + "\n" + strings.Join(s.parts, "\n") + "\n"
	for _, p := range s.plots {
		body += fmt.Sprintf("![%s](%s.svg)\n\n", p.title, p.name)
		if err := os.WriteFile(filepath.Join(folder, p.name+".svg"), p.svg(), 0o644); err != nil {
			return fmt.Errorf("write plot: %w", err)
		}
	}
	body += "*" + machine + "*\n\n" + end
	text := string(page)
	from, to := strings.Index(text, begin), strings.Index(text, end)
	if from < 0 || to < from {
		text += "\n" + body
	} else {
		text = text[:from] + body + text[to+len(end):]
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		return fmt.Errorf("write page: %w", err)
	}
	return nil
}

// The forms of numbers in tables.

func count(n float64) string {
	text := fmt.Sprintf("%.0f", n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

func megabytes(n uint64) string { return fmt.Sprintf("%.1f", float64(n)/1e6) }

func percent(share float64) string { return fmt.Sprintf("%.0f %%", 100*share) }

func decimals(n float64, digits int) string { return fmt.Sprintf("%.*f", digits, n) }

func inSeconds(d time.Duration) string { return fmt.Sprintf("%.2f", d.Seconds()) }

// quantile returns the value that a share of the sorted values do not exceed.
func quantile(sorted []time.Duration, share float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, int(share*float64(len(sorted))))]
}
