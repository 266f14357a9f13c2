package compliance

import (
	"fluent-bit-openai-audit/internal/source"
	"fluent-bit-openai-audit/internal/state"
)

// progress returns how far each stream is: of what was delivered, saved or not.
func (c *Collector) progress() []source.Progress {
	now := c.Clock.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make([]source.Progress, 0, len(c.streams))
	for _, s := range c.streams {
		p := source.ProgressOf(s.name, c.drained(s).rec, now)
		p.Refused, p.Known, p.Polled, p.Delivered = s.refused, s.known, s.polls > 0 && p.LastPoll > 0, s.delivered.Load()
		out = append(out, p)
	}
	return out
}

// drained returns what is known of a stream as far as its records have drained. The caller holds mu.
func (c *Collector) drained(s *stream) *mark {
	if m, ok := c.Delivery.Drained(s.name).(*mark); ok {
		return m
	}
	return &mark{rec: &state.Stream{}}
}

// CaughtUp reports whether all wanted time is covered, so that only new files are to come. Files that cannot be had for now do
// not count: they are tried again later and later.
func (c *Collector) CaughtUp() bool {
	for _, p := range c.Progress() {
		if p.Refused || !p.Known || !p.Polled || p.Uncovered-c.failed(p.Stream) > p.Behind {
			return false
		}
	}
	return true
}

// failed returns how many seconds of a stream are left alone since files that end there cannot be had.
func (c *Collector) failed(name string) (seconds int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.streams {
		if s.name == name {
			seconds += s.shut.seconds.Seconds()
		}
		for _, h := range s.hard {
			if s.name == name && h.span.Seconds() == 1 {
				seconds++
			}
		}
	}
	return seconds
}

// heartbeatStream is what a heartbeat says of a stream.
type heartbeatStream struct {
	source.StreamBeat

	Files    uint64 `json:"files"`     // read to their end since the plugin was started
	GapCount uint64 `json:"gap_count"` // what cannot be had any more, in all
	Gaps     []Gap  `json:"gaps"`      // of these the newest, at most 10
}

// beat returns each stream's part of a heartbeat, and begins to count records anew.
func (c *Collector) beat(int64) map[string]any {
	beats := c.Beats()
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make(map[string]any)
	for _, s := range c.streams {
		m := c.drained(s)
		out[s.name] = heartbeatStream{
			StreamBeat: beats[s.name], Files: s.files, GapCount: m.gaps.Count,
			Gaps: append([]Gap{}, m.gaps.List[max(0, len(m.gaps.List)-source.MaxHoles):]...),
		}
	}
	return out
}
