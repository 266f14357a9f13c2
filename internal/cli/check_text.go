package cli

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"fluent-bit-openai-audit/internal/probe"
)

// The columns of the table of findings.
const (
	checkWidth  = 80 // of a terminal, as that of the help
	checkLevel  = len("problem ")
	checkArea   = len("organization stream ")
	checkColumn = checkLevel + checkArea
	checkTypes  = 10 // listed at most
	checkRate   = 10 // events from which a rate can be told
)

// text returns an input's section of the output.
func (in *checkInput) text(another bool) string {
	var b strings.Builder
	if another {
		b.WriteByte('\n')
	}
	if in.name != "" {
		b.WriteString(in.name + " in " + in.file)
		if in.line > 0 {
			fmt.Fprintf(&b, ", line %d", in.line)
		}
		b.WriteString("\n\n")
	}
	for _, f := range in.findings {
		writeFinding(&b, f)
	}
	for i := range in.streams {
		in.writeStream(&b, &in.streams[i])
	}
	return b.String()
}

func writeFinding(b *strings.Builder, f probe.Finding) {
	fmt.Fprintf(b, "%-*s%-*s", checkLevel, f.Level, checkArea, f.Area)
	writeHanging(b, f.What, checkColumn, 0, false)
	if f.Why != "" {
		writeHanging(b, "Why: "+f.Why, checkColumn, 5, true)
	}
	if f.Remedy != "" {
		writeHanging(b, "Do:  "+f.Remedy, checkColumn, 5, true)
	}
}

// writeHanging writes a text wrapped and indented, its lines after the first by hang more. The first line is indented as
// well, unless the output stands there already.
func writeHanging(b *strings.Builder, text string, indent, hang int, first bool) {
	for i, line := range wrapAt(text, checkWidth-indent, hang) {
		switch {
		case i > 0:
			b.WriteString(strings.Repeat(" ", indent+hang))
		case first:
			b.WriteString(strings.Repeat(" ", indent))
		}
		b.WriteString(line + "\n")
	}
}

// wrapAt breaks a text at blanks into lines of at most width characters, and of hang less after the first. A word that
// is longer has a line of its own. Blanks at the text's beginning part only its first words.
func wrapAt(text string, width, hang int) []string {
	var lines []string
	var line strings.Builder
	used := 0
	for i, word := range strings.Split(text, " ") {
		n := utf8.RuneCountInString(word)
		if i > 0 && used > 0 && used+1+n > width {
			lines = append(lines, line.String())
			line.Reset()
			used = 0
			if len(lines) == 1 {
				width -= hang
			}
		} else if i > 0 {
			line.WriteByte(' ')
			used++
		}
		line.WriteString(word)
		used += n
	}
	return append(lines, line.String())
}

// writeStream shows the newest page of a stream, and what it costs to read it.
func (in *checkInput) writeStream(b *strings.Builder, s *probe.Stream) {
	page, e := &s.Page, s.Estimate
	if page.Events == 0 {
		return // the findings say so
	}
	head := fmt.Sprintf("Newest page, %s stream: %s", s.Name, counted(int64(page.Events), "event"))
	if page.Newest > 0 {
		head += fmt.Sprintf(", %s to %s (%s)", stamp(page.Oldest), stamp(page.Newest),
			probe.Age(time.Duration(page.Newest-page.Oldest)*time.Second))
	}
	b.WriteByte('\n')
	writeHanging(b, head, 0, 0, true)
	b.WriteByte('\n')
	shown := page.Types[:min(len(page.Types), checkTypes)]
	if len(page.Types) == checkTypes+1 {
		shown = page.Types
	}
	rest := page.Events
	for _, t := range shown {
		name := t.Type
		if name == "" {
			name = "(without a type)"
		}
		fmt.Fprintf(b, "%8d  %s\n", t.Count, quotedIfOdd(name))
		rest -= t.Count
	}
	if rest > 0 {
		fmt.Fprintf(b, "%8d  of %d other types\n", rest, len(page.Types)-len(shown))
	}
	if page.Malformed > 0 {
		fmt.Fprintf(b, "%8d  of these malformed: delivered as _malformed\n", page.Malformed)
	}
	b.WriteByte('\n')
	if e != nil {
		if page.Events >= checkRate {
			fmt.Fprintf(b, "About %s events a day.\n", approximate(e.PerDay))
		}
		writeHanging(b, in.costText(s.Name, e), 0, 0, true)
	}
}

// quotedIfOdd quotes a text from outside that holds what a terminal may not show as it is.
func quotedIfOdd(text string) string {
	for _, r := range text {
		if r < ' ' || r > '~' {
			return strconv.QuoteToASCII(text)
		}
	}
	return text
}

// costText tells what reading the stream costs.
func (in *checkInput) costText(name string, e *probe.Estimate) string {
	from := "start_from (" + in.config.StartFrom.String()
	if until, ok := in.resumed[name]; ok {
		from = "where the state file stops (" + since(until)
	} else if e.Start > 0 {
		from += ", " + stamp(e.Start)
	}
	events, requests := counted(e.Events, "event"), counted(e.Cost.Requests, "request")
	var notes []string
	if !e.Exact {
		about := "about "
		if e.AtLeast {
			about = "more than "
		}
		events = about + approximate(float64(e.Events)) + " events"
		requests = about + approximate(float64(e.Cost.Requests)) + " requests"
		notes = append(notes, "judged by "+counted(int64(e.Pages), "page"))
	}
	if limit := in.config.MaxRequestsPerMinute; limit > 0 {
		notes = append(notes, fmt.Sprintf("max_requests_per_minute %d", limit))
	}
	if e.Cost.Requests > 1 {
		notes = append(notes, fmt.Sprintf("concurrency %d", in.config.Concurrency),
			max(e.Latency.Round(time.Millisecond), time.Millisecond).String()+" a request")
	}
	text := fmt.Sprintf("From %s) on: %s, %s, %s", from, events, requests, roughly(e.Cost.Time))
	if len(notes) > 0 {
		text += " (" + strings.Join(notes, ", ") + ")"
	}
	return text
}

// counted writes a number with its noun.
func counted(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return thousands(n) + " " + noun + "s"
}

// approximate writes a number with its two leading digits.
func approximate(x float64) string {
	if x < 1 {
		if x > 0.1 {
			return strconv.FormatFloat(x, 'f', 1, 64)
		}
		return "0"
	}
	unit := math.Pow(10, math.Max(math.Floor(math.Log10(x))-1, 0))
	return thousands(int64(math.Round(x/unit) * unit))
}

// thousands writes a number that is not negative with commas.
func thousands(n int64) string {
	text := strconv.FormatInt(n, 10)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// roughly writes how long something will take.
func roughly(d time.Duration) string {
	if d < time.Second {
		return "less than a second"
	}
	return "about " + probe.Age(d)
}

// checkSummary counts what was found in all.
func checkSummary(inputs []*checkInput) string {
	levels := make(map[probe.Level]int64)
	var requests int64
	for _, in := range inputs {
		requests += int64(in.requests)
		for _, f := range in.findings {
			levels[f.Level]++
		}
	}
	text := "no problem"
	if n := levels[probe.Problem]; n > 0 {
		text = counted(n, "problem")
	}
	if n := levels[probe.Warning]; n > 0 {
		text += ", " + counted(n, "warning")
	}
	if n := levels[probe.Unknown]; n > 0 {
		text += ", " + thousands(n) + " unknown"
	}
	if len(inputs) > 1 {
		text += " in " + counted(int64(len(inputs)), "input")
	}
	return "\n" + strings.ToUpper(text[:1]) + text[1:] + "; " + counted(requests, "request") + " made.\n"
}
