package compliance

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"fluent-bit-openai-audit/internal/host"
	"fluent-bit-openai-audit/internal/state"
)

// Why something that was listed, or may have been, cannot be had.
const (
	gapGone    = "gone"      // the API does not have a file that it had listed
	gapSum     = "wrong_sum" // a file is not what the list's hash says, each time it is fetched: open until it is
	gapExpired = "expired"   // its time left the month that the API keeps before it could be had
)

// mostGaps is how many gaps are remembered one by one, the newest; all are counted.
const mostGaps = 1000

// Gap is something that was listed, or may have been, and cannot be had.
type Gap struct {
	Why  string `json:"why"` // gone, wrong_sum or expired
	File string `json:"file,omitempty"`
	Type string `json:"type,omitempty"`
	From int64  `json:"from"` // Unix seconds: of a file, the second in which it ends
	To   int64  `json:"to"`
}

// gaps are those of a stream, as the state file has them.
type gaps struct {
	Count uint64 `json:"count"`
	List  []Gap  `json:"list"`
}

// gapsMark names the mark in the state file that has a stream's gaps.
func gapsMark(stream string) string { return "gaps/" + stream }

func readGaps(value []byte) (g gaps, err error) {
	if value == nil {
		return g, nil
	}
	if err := json.Unmarshal(value, &g); err != nil {
		return g, fmt.Errorf("%w: read gaps: %w", state.ErrDamaged, err)
	}
	return g, nil
}

// Gaps is what cannot be had of a stream.
type Gaps = gaps

// GapsIn returns the gaps of a stream in a state file, by the mark's value; ok is unset for a mark that is none of gaps.
func GapsIn(mark string, value []byte) (stream string, g Gaps, ok bool, err error) {
	stream, ok = strings.CutPrefix(mark, gapsMark(""))
	if ok {
		g, err = readGaps(value)
	}
	return stream, g, ok, err
}

// with returns the gaps and one more.
func (g gaps) with(gap Gap) gaps {
	list := slices.Clone(g.List)
	if len(list) >= mostGaps {
		list = list[len(list)-mostGaps+1:]
	}
	return gaps{Count: g.Count + 1, List: append(list, gap)}
}

// without returns the gaps but that of a file.
func (g gaps) without(id string) gaps {
	i := g.of(id)
	if i < 0 {
		return g
	}
	return gaps{Count: g.Count - 1, List: slices.Delete(slices.Clone(g.List), i, i+1)}
}

// told reports whether a span is the second of a file that is a gap already.
func (g gaps) told(span state.Span) bool {
	return slices.ContainsFunc(g.List, func(x Gap) bool { return x.File != "" && x.From == span.From && x.To == span.To })
}

// of returns the index of a file's gap, or -1.
func (g gaps) of(id string) int {
	return slices.IndexFunc(g.List, func(x Gap) bool { return x.File == id })
}

// extends reports whether a gap goes on where the newest of its kind ends, and returns the gaps with that one longer.
func (g gaps) extends(gap Gap) (gaps, bool) {
	i := len(g.List) - 1
	if i < 0 || gap.File != "" || g.List[i].Why != gap.Why || g.List[i].File != "" || g.List[i].To != gap.From {
		return g, false
	}
	list := slices.Clone(g.List)
	list[i].To = gap.To
	return gaps{Count: g.Count, List: list}, true
}

// gap remembers one, counts it, and says it. The caller holds mu.
func (c *Collector) gap(s *stream, gap Gap, text string) {
	if longer, ok := s.gaps.extends(gap); ok {
		s.gaps = longer
		return
	}
	s.gaps = s.gaps.with(gap)
	c.Counts.Gaps.With(s.name, gap.Why).Add(1)
	c.Journal.Repeat(host.Error, "gap/"+s.name+"/"+gap.Why, "%s stream: %s; %d gaps so far", s.name, text, s.gaps.Count)
}

// expire makes gaps of wanted time that the API does not keep any more, and was not covered. The caller holds mu.
func (c *Collector) expire(s *stream, now int64) {
	kept := now - retention
	old := state.Span{From: s.rec.Start, To: kept}
	if old.Empty() {
		return
	}
	holes := s.rec.Covered.Holes(old)
	for _, hole := range holes {
		s.rec.Covered = s.rec.Covered.Add(hole)
		if s.gaps.told(hole) {
			continue
		}
		c.gap(s, Gap{Why: gapExpired, From: hole.From, To: hole.To}, fmt.Sprintf("what ended from %s to %s was not collected, and the API "+
			"keeps files for 30 days only: this cannot be made good; OpenAI's support may replay conversations", stamp(hole.From), stamp(hole.To)))
	}
	s.rec.Owed = s.rec.Owed.Remove(state.Span{To: kept})
	if len(holes) > 0 {
		s.soften(old)
		c.mark(s)
	}
}
