package cli

import (
	"encoding/json"
	"flag"
	"fmt"
	"slices"
	"strings"
	"time"

	"fluent-bit-openai-audit/internal/compliance"
	"fluent-bit-openai-audit/internal/config"
	"fluent-bit-openai-audit/internal/inventory"
	"fluent-bit-openai-audit/internal/state"
)

// fewHoles is how many holes of a stream are listed without -all.
const fewHoles = 5

// stateShow defines state show.
func stateShow(flags *flag.FlagSet) func(path string, now time.Time, std streams) int {
	asJSON, all := flags.Bool("json", false, ""), flags.Bool("all", false, "")
	chosen := streamFlag(flags)
	var until int64
	var asked bool
	timeFlag(flags, "until", true, &until, &asked)
	return func(path string, now time.Time, std streams) int {
		return readState("state show", path, std, func(s *state.Snapshot) (int, error) {
			v, err := newStateView(s, *chosen)
			if err != nil {
				return exitFailure, err
			}
			if asked {
				v.until = &until
			}
			most := fewHoles
			if *all {
				most = 0
			}
			switch {
			case *asJSON:
				err = v.json(std)
			case asked:
				write(std.out, v.answer(most))
			default:
				write(std.out, v.table(now.Unix(), most))
			}
			if asked && !v.complete() {
				return exitFailure, err
			}
			return exitOK, err
		})
	}
}

// stateView is what is shown of a state file.
type stateView struct {
	path    string
	bytes   int64
	schema  int
	ids     int
	marks   int
	gaps    map[string]compliance.Gaps // by stream
	objects *inventory.Summary         // nil where the file is of another source
	current []*state.Stream
	earlier []*state.Stream
	until   *int64 // is everything before it in?
}

func newStateView(s *state.Snapshot, chosen string) (*stateView, error) {
	v := &stateView{path: s.Path(), bytes: s.Bytes()}
	var err error
	if v.schema, err = s.Schema(); err != nil {
		return nil, err
	}
	if v.ids, err = s.IDs(); err != nil {
		return nil, err
	}
	if source, err := s.Source(); err != nil {
		return nil, err
	} else if source == string(config.Organization) {
		v.objects, err = objectsIn(s)
		return v, err
	}
	v.gaps = make(map[string]compliance.Gaps)
	if err := s.EachMark(func(name string, value []byte) error {
		v.marks++
		stream, gaps, ok, err := compliance.GapsIn(name, value)
		if ok {
			v.gaps[stream] = gaps
		}
		return err
	}); err != nil {
		return nil, err
	}
	all, err := s.Streams()
	if err != nil {
		return nil, err
	}
	v.current = state.Current(all)
	for _, one := range all {
		if !slices.Contains(v.current, one) && (chosen == streamAll || one.Name == chosen) {
			v.earlier = append(v.earlier, one)
		}
	}
	if len(all) > 0 || chosen != streamAll {
		v.current, err = pick(v.path, chosen, v.current)
	}
	return v, err
}

// complete reports whether every current stream is covered from its start up to until.
func (v *stateView) complete() bool {
	if v.objects != nil {
		return v.objects.Last >= *v.until
	}
	for _, s := range v.current {
		if !s.CompleteUntil(*v.until) {
			return false
		}
	}
	return len(v.current) > 0
}

// table writes all that is known, a table for each stream.
func (v *stateView) table(now int64, most int) string {
	var b strings.Builder
	kept := count(v.ids, "id")
	if v.marks > 0 {
		kept += " and " + count(v.marks, "mark")
	}
	fmt.Fprintf(&b, "%s: %s, schema %d, %s kept\n", v.path, bytesText(v.bytes), v.schema, kept)
	if v.objects != nil {
		b.WriteString(objectsTable(v.objects))
		return b.String()
	}
	if len(v.current) == 0 {
		b.WriteString("\nThere is no stream in it yet: nothing was fetched so far.\n")
	}
	for _, s := range v.current {
		fmt.Fprintf(&b, "\n%s stream\n", s.Name)
		streamTable(&b, s, now, most)
		b.WriteString(gapsText(v.gaps[s.Name], most))
	}
	for _, s := range v.earlier {
		fmt.Fprintf(&b, "\n%s stream, earlier query\n", s.Name)
		streamTable(&b, s, now, most)
	}
	return b.String()
}

func streamTable(b *strings.Builder, s *state.Stream, now int64, most int) {
	row := func(name, value string) { fmt.Fprintf(b, "  %-14s %s\n", name, value) }
	row("source", plain(s.Source))
	if s.Identity != "" {
		row("organization", plain(s.Identity))
	}
	row("filters", filtersText(s.Filters))
	row("start", moment(s.Start, now, "the beginning of the log"))
	if s.CoveredUntil() > s.Start {
		row("covered until", moment(s.CoveredUntil(), now, ""))
	} else {
		row("covered until", "nothing is covered from the start on yet")
	}
	switch holes := s.Holes(); len(holes) {
	case 0:
		row("holes", "none")
	default:
		row("holes", fmt.Sprintf("%d, together %s", len(holes), length(seconds(holes), 4)))
		b.WriteString(holesText("                 ", holes, most))
		row("read until", moment(s.Reach(), now, ""))
	}
	row("to read again", owedText(s.Owed))
	if s.Overlap > 0 {
		row("overlap", length(s.Overlap, 4)+", widened since events were listed late")
	}
	row("events", fmt.Sprintf("%d delivered, %d of them late", s.Events, s.Late))
	row("oldest event", moment(s.Oldest, now, "none"))
	row("newest event", moment(s.Newest, now, "none"))
	row("last poll", moment(s.Polled, now, "none was completed yet"))
	row("last sweep", moment(s.Swept, now, "none"))
	row("ids kept from", moment(s.Forgotten, now, "the start on"))
}

// answer says whether everything before until is in.
func (v *stateView) answer(most int) string {
	if v.objects != nil {
		return objectsAnswer(v.objects, *v.until)
	}
	var b strings.Builder
	if v.complete() {
		fmt.Fprintf(&b, "yes: every second before %s is covered\n", stamp(*v.until))
	} else {
		fmt.Fprintf(&b, "no: not every second before %s is covered\n", stamp(*v.until))
	}
	for _, s := range v.current {
		holes := s.Covered.Holes(state.Span{From: s.Start, To: *v.until})
		switch {
		case s.Start >= *v.until:
			fmt.Fprintf(&b, "  %s stream: it begins later, at %s\n", s.Name, stamp(s.Start))
		case len(holes) == 0:
			fmt.Fprintf(&b, "  %s stream: without a hole from %s up to %s\n", s.Name, since(s.Start), stamp(s.CoveredUntil()))
		default:
			fmt.Fprintf(&b, "  %s stream: %s since %s, together %s\n", s.Name, count(len(holes), "hole"), since(s.Start), length(seconds(holes), 4))
			b.WriteString(holesText("    ", holes, most))
		}
		if owed := s.Owed.Intersect(state.Ledger{{From: s.Start, To: *v.until}}); len(owed) > 0 {
			fmt.Fprintf(&b, "    to be read again, for events that were listed late: %s\n", owedText(owed))
		}
	}
	if len(v.current) == 0 {
		b.WriteString("  nothing was fetched so far\n")
	}
	return b.String()
}

// stateJSON is what state show -json prints. Times are Unix seconds.
type stateJSON struct {
	File     string       `json:"file"`
	Bytes    int64        `json:"bytes"`
	Schema   int          `json:"schema"`
	IDs      int          `json:"ids"`
	Marks    int          `json:"marks"`
	Until    *int64       `json:"until,omitempty"`
	Complete *bool        `json:"complete,omitempty"`
	Streams  []streamJSON `json:"streams"`

	Objects *inventory.Summary `json:"objects,omitempty"` // of source organization
}

type streamJSON struct {
	Stream       string          `json:"stream"`
	Current      bool            `json:"current"`
	Source       string          `json:"source"`
	Organization *string         `json:"organization"`
	Filters      json.RawMessage `json:"filters"`
	Start        int64           `json:"start"`
	CoveredUntil int64           `json:"covered_until"`
	ReadUntil    int64           `json:"read_until"`
	Holes        []state.Span    `json:"holes"`
	Owed         []state.Span    `json:"owed"`
	Overlap      *int64          `json:"widened_overlap"`
	Events       uint64          `json:"events"`
	Late         uint64          `json:"late"`
	Oldest       *int64          `json:"oldest_event"`
	Newest       *int64          `json:"newest_event"`
	LastPoll     *int64          `json:"last_poll"`
	LastSweep    *int64          `json:"last_sweep"`
	IDsFrom      *int64          `json:"ids_kept_from"`
	Gaps         any             `json:"gaps,omitempty"`
	Complete     *bool           `json:"complete,omitempty"`
}

func (v *stateView) json(std streams) error {
	out := stateJSON{File: v.path, Bytes: v.bytes, Schema: v.schema, IDs: v.ids, Marks: v.marks, Until: v.until, Streams: []streamJSON{}}
	out.Objects = v.objects
	if v.until != nil {
		out.Complete = new(v.complete())
	}
	for _, s := range v.current {
		one := streamAsJSON(s)
		one.Current = true
		if g, ok := v.gaps[s.Name]; ok {
			one.Gaps = g
		}
		if v.until != nil {
			one.Holes = append([]state.Span{}, s.Covered.Holes(state.Span{From: s.Start, To: *v.until})...)
			one.Complete = new(s.CompleteUntil(*v.until))
		}
		out.Streams = append(out.Streams, one)
	}
	for _, s := range v.earlier {
		out.Streams = append(out.Streams, streamAsJSON(s))
	}
	if err := indentedJSON(std.out).Encode(out); err != nil {
		return fmt.Errorf("write to stdout: %w", err)
	}
	return nil
}

func streamAsJSON(s *state.Stream) streamJSON {
	some := func(t int64) *int64 {
		if t == 0 {
			return nil
		}
		return &t
	}
	var organization *string
	if s.Identity != "" {
		organization = &s.Identity
	}
	filters := json.RawMessage(s.Filters)
	if !json.Valid(filters) {
		filters, _ = json.Marshal(s.Filters) // a string always can be
	}
	return streamJSON{
		Stream: s.Name, Source: s.Source, Filters: filters,
		Start: s.Start, CoveredUntil: s.CoveredUntil(), ReadUntil: s.Reach(), Holes: append([]state.Span{}, s.Holes()...),
		Organization: organization, Owed: append([]state.Span{}, s.Owed...), Overlap: some(s.Overlap),
		Events: s.Events, Late: s.Late, Oldest: some(s.Oldest), Newest: some(s.Newest),
		LastPoll: some(s.Polled), LastSweep: some(s.Swept), IDsFrom: some(s.Forgotten),
	}
}
