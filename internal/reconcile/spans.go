package reconcile

import (
	"slices"

	"fluent-bit-openai-audit/internal/state"
)

// maxSpans is how many spans of missing events are told apart.
const maxSpans = 1000

// Gap is a span of time in which events are missing.
type Gap struct {
	state.Span
	Events int `json:"events"`
}

// Gaps gathers the seconds in which events are missing, in ascending order. Where there are more spans than can be told
// apart, those that lie closest melt into one.
type Gaps struct {
	list  []Gap
	slack int64 // seconds between two spans that are one all the same
}

// Add adds the second of a missing event, which is not before the last one's.
func (g *Gaps) Add(second int64) {
	if n := len(g.list); n > 0 && second <= g.list[n-1].To+g.slack {
		g.list[n-1].To = max(g.list[n-1].To, second+1)
		g.list[n-1].Events++
		return
	}
	g.list = append(g.list, Gap{state.Span{From: second, To: second + 1}, 1})
	if len(g.list) > maxSpans {
		g.melt()
	}
}

// melt makes one of two spans wherever they lie as close as the closer half of all do.
func (g *Gaps) melt() {
	apart := make([]int64, 0, maxSpans)
	for i, next := range g.list[1:] {
		apart = append(apart, next.From-g.list[i].To)
	}
	slices.Sort(apart)
	g.slack = apart[len(apart)/2]
	kept := g.list[:1]
	for _, next := range g.list[1:] {
		if last := &kept[len(kept)-1]; next.From <= last.To+g.slack {
			last.To, last.Events = next.To, last.Events+next.Events
		} else {
			kept = append(kept, next)
		}
	}
	g.list = kept
}

// List returns the spans, oldest first.
func (g *Gaps) List() []Gap { return g.list }

// Seconds returns the time of all spans.
func (g *Gaps) Seconds() (out state.Ledger) {
	for _, gap := range g.list {
		out = out.Add(gap.Span)
	}
	return out
}
