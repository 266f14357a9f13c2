package cli

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"fluent-bit-openai-audit/internal/reconcile"
)

// fewFindings is how many ids of each kind, and how many spans, a table lists.
const fewFindings = 20

// reconcileReport is what came of a comparison.
type reconcileReport struct {
	o        *reconcileOptions
	counts   reconcile.Counts
	refused  []string // streams that the API does not serve
	nameless int      // events that have no id
	gaps     reconcile.Gaps
}

// write writes the findings, as they come, and what they come to.
func (r *reconcileReport) write(c *reconcile.Comparison, w io.Writer) error {
	out := bufio.NewWriterSize(w, 1<<16)
	table := &findingsTable{}
	err := c.Each(func(f reconcile.Finding) error {
		if f.Kind == reconcile.Missing {
			r.gaps.Add(f.Time)
		}
		if r.o.json {
			return r.jsonLine(out, f)
		}
		table.add(r.idText(f), f)
		return nil
	})
	if err != nil {
		return err //nolint:wrapcheck // says what and where
	}
	if r.o.json {
		err = r.jsonSummary(out)
	} else {
		_, err = out.WriteString(r.text(table))
	}
	if flushed := out.Flush(); err == nil {
		err = flushed
	}
	if err != nil {
		return fmt.Errorf("write to stdout: %w", err)
	}
	return nil
}

// idText writes a finding's id.
func (r *reconcileReport) idText(f reconcile.Finding) string {
	if r.hashed(f) {
		return hex.EncodeToString(f.ID)
	}
	return string(f.ID)
}

// hashed reports whether only the hash of a finding's id is known.
func (r *reconcileReport) hashed(f reconcile.Finding) bool {
	return r.o.state != "" && f.Kind == reconcile.Missing
}

// source names what tells what should be there.
func (r *reconcileReport) source() string {
	if r.o.state != "" {
		return "state"
	}
	return "api"
}

// The lines of the JSON form: one for each finding, then one with what they come to.
type (
	findingLine struct {
		Kind  string `json:"kind"`
		ID    string `json:"id,omitempty"`
		Hash  string `json:"id_hash,omitempty"` // where the id itself is not known
		Time  *int64 `json:"time,omitempty"`
		Times int    `json:"times,omitempty"` // that it is there
		Line  int64  `json:"line,omitempty"`  // of the export, where it is there
	}
	summaryLine struct {
		Kind   string `json:"kind"`
		From   int64  `json:"from"`
		To     int64  `json:"to"`
		Source string `json:"source"`
		reconcile.Counts
		WithoutID int             `json:"without_id"`
		Refused   []string        `json:"refused_streams"`
		Gaps      []reconcile.Gap `json:"missing_spans"`
	}
)

func (r *reconcileReport) jsonLine(w io.Writer, f reconcile.Finding) error {
	l := findingLine{Kind: f.Kind.String(), ID: r.idText(f), Times: f.Times, Line: f.Line}
	if r.hashed(f) {
		l.ID, l.Hash = "", l.ID
	}
	if f.Time > 0 {
		l.Time = &f.Time
	}
	return encodeLine(w, l)
}

func (r *reconcileReport) jsonSummary(w io.Writer) error {
	l := summaryLine{
		Kind: "summary", From: r.o.span.From, To: r.o.span.To, Source: r.source(), Counts: r.counts, WithoutID: r.nameless,
		Refused: append([]string{}, r.refused...), Gaps: append([]reconcile.Gap{}, r.gaps.List()...),
	}
	return encodeLine(w, l)
}

func encodeLine(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(v) //nolint:wrapcheck // write says what it was about
}

// findingsTable gathers the first findings of each kind.
type findingsTable struct{ rows [3][][]string }

func (t *findingsTable) add(id string, f reconcile.Finding) {
	if len(t.rows[f.Kind]) == fewFindings {
		return
	}
	at, line, times := "", "", ""
	if f.Time > 0 {
		at = stamp(f.Time)
	}
	if f.Line > 0 {
		line, times = fmt.Sprint(f.Line), fmt.Sprint(f.Times)
	}
	row := map[reconcile.Kind][]string{
		reconcile.Missing:  {at, plain(id)},
		reconcile.Repeated: {at, plain(id), times, line},
		reconcile.Foreign:  {plain(id), times, line},
	}[f.Kind]
	t.rows[f.Kind] = append(t.rows[f.Kind], row)
}

// text writes what came of it for people.
func (r *reconcileReport) text(t *findingsTable) string {
	var b strings.Builder
	n := r.counts
	from := "the API lists"
	if r.o.state != "" {
		from = "the state file has"
	}
	fmt.Fprintf(&b, "From %s to %s, %s\n\n", stamp(r.o.span.From), stamp(r.o.span.To), length(r.o.span.Seconds(), 4))
	counts := [][]string{
		{fmt.Sprint(n.Expected), "expected", from + " them"},
		{fmt.Sprint(n.There), "there", "the destination has them, each counted once"},
		{fmt.Sprint(n.Missing), "missing", "expected, and not there"},
		{fmt.Sprint(n.Repeated), "repeated", "there more often than once"},
		{fmt.Sprint(n.Foreign), "foreign", "there, and not expected"},
	}
	if n.Outside > 0 {
		counts = append(counts, []string{fmt.Sprint(n.Outside), "outside", "there, and not of that time"})
	}
	right(counts, 0)
	columns(&b, "  ", counts)
	for _, stream := range r.refused {
		fmt.Fprintf(&b, "\nThe API does not serve the %s stream: none of its events is expected.\n", stream)
	}
	if r.nameless > 0 {
		fmt.Fprintf(&b, "\n%s of that time cannot be looked for: the API lists no id with it.\n", count(r.nameless, "event"))
	}
	r.gapsText(&b)
	idColumn := "ID"
	if r.o.state != "" {
		idColumn = "ID (the first 16 bytes of its SHA-256: the state file keeps no more)"
	}
	listText(&b, "Missing", n.Missing, []string{"TIME", idColumn}, t.rows[reconcile.Missing])
	listText(&b, "Repeated", n.Repeated, []string{"TIME", "ID", "TIMES", "FIRST IN LINE"}, t.rows[reconcile.Repeated])
	listText(&b, "Foreign", n.Foreign, []string{"ID", "TIMES", "FIRST IN LINE"}, t.rows[reconcile.Foreign])
	b.WriteString("\n" + r.verdict() + "\n")
	return b.String()
}

// gapsText writes the spans in which events are missing.
func (r *reconcileReport) gapsText(b *strings.Builder) {
	var rows [][]string
	gaps := r.gaps.List()
	for _, g := range gaps[:min(len(gaps), fewFindings)] {
		rows = append(rows, []string{stamp(g.From), stamp(g.To), length(g.Seconds(), 2), fmt.Sprint(g.Events)})
	}
	listText(b, "Missing, by time", len(gaps), []string{"FROM", "TO", "LENGTH", "EVENTS"}, rows)
}

// verdict says in one line what came of it.
func (r *reconcileReport) verdict() string {
	switch n := r.counts; {
	case n.Same():
		more := ", and nothing else"
		if r.o.wide {
			more = ""
		}
		return fmt.Sprintf("Proven: all %s are there, each once%s.", count(n.Expected, "event"), more)
	case n.Missing == 0:
		return fmt.Sprintf("Nothing is missing: all %s are there. But not each once, or not they alone.", count(n.Expected, "event"))
	default:
		return fmt.Sprintf("%s missing. Those that were listed late may still be on their way: compare again after sweep_interval, and\n"+
			"fetch again what is missing then, with -refetch.", are(n.Missing))
	}
}

func are(n int) string {
	if n == 1 {
		return "1 event is"
	}
	return fmt.Sprintf("%d events are", n)
}

// listText writes a table of the first of n findings.
func listText(b *strings.Builder, title string, n int, head []string, rows [][]string) {
	if n == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s\n", title)
	columns(b, "  ", append([][]string{head}, rows...))
	if more := n - len(rows); more > 0 {
		fmt.Fprintf(b, "  and %d more; -json lists all\n", more)
	}
}

// columns writes rows with their columns aligned.
func columns(b *strings.Builder, indent string, rows [][]string) {
	width := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			width[i] = max(width[i], len(cell))
		}
	}
	for _, row := range rows {
		line := indent
		for i, cell := range row {
			line += fmt.Sprintf("%-*s  ", width[i], cell)
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
}

// right aligns a column to the right.
func right(rows [][]string, column int) {
	width := 0
	for _, row := range rows {
		width = max(width, len(row[column]))
	}
	for _, row := range rows {
		row[column] = fmt.Sprintf("%*s", width, row[column])
	}
}
