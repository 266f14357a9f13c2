package auditlog

import (
	"fluent-bit-openai-audit/internal/delivery"
	"fluent-bit-openai-audit/internal/source"
	"fluent-bit-openai-audit/internal/state"
)

// loadStreams takes up the streams where the state file left them.
func (c *Collector) loadStreams() error {
	recs, err := c.DB.Streams()
	if err != nil {
		return err
	}
	other := ""
	for _, listed := range c.Config.Streams() {
		s := newStream(listed.Name, c.Config)
		if s.tenant && len(c.Config.EventTypes) > 0 {
			s.types = tenantTypes(c.Config.EventTypes)
			if len(s.types) == 0 && c.Config.Scope.Organization() {
				c.Journal.Infof("the tenant stream is left out: event_types names no type of it")
				continue
			}
		}
		r, err := state.Resume(recs, s.name, c.Config.Origin(), listed.Query())
		if err != nil {
			return &state.FileError{Path: c.Config.DB, Err: err}
		}
		s.rec, s.older = r.Stream, r.Earlier
		c.sayChanged(s, r.Course)
		other = r.Other
		c.streams = append(c.streams, s)
	}
	if other != "" {
		c.Journal.Warnf("the state file is about another log (%s): this one (%s) is fetched from start_from (%s) on; give each "+
			"organization its own db if both are to be collected", other, c.Config.Origin(), c.Config.StartFrom)
	}
	return nil
}

// savedMarks returns what the state file knows of the streams.
func (c *Collector) savedMarks() map[string]delivery.Mark {
	marks := make(map[string]delivery.Mark)
	for _, s := range c.streams {
		if s.rec.Begun() {
			marks[s.name] = s.rec.Clone()
		}
	}
	return marks
}

// restart takes the streams back to what is saved: what was queued since is gone.
func (c *Collector) restart() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.streams {
		forgotten := s.rec.Forgotten
		if rec, ok := c.Delivery.Saved(s.name).(*state.Stream); ok {
			s.rec = rec.Clone()
		} else {
			s.rec = s.rec.Blank()
		}
		s.rec.Forgotten = max(s.rec.Forgotten, forgotten)
		s.known, s.under, s.hard, s.tip, s.pages = false, nil, nil, 0, 0
	}
}

// progress returns how far each stream is: of what was delivered, saved or not. In scope all a tenant stream that the API has
// never served can be done without, since most organizations have none.
func (c *Collector) progress() []source.Progress {
	now := c.Clock.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make([]source.Progress, 0, len(c.streams))
	for _, s := range c.streams {
		rec, ok := c.Delivery.Drained(s.name).(*state.Stream)
		if !ok {
			rec = &state.Stream{}
		}
		p := source.ProgressOf(s.name, rec, now)
		p.Refused, p.Spared = s.refused, c.spared(s) && s.refused && rec.Polled == 0
		p.Known, p.Polled, p.Delivered = s.known, s.polls > 0 && rec.Polled > 0, s.delivered.Load()
		out = append(out, p)
	}
	return out
}

// spared reports whether a stream costs the other one nothing when it is not served.
func (c *Collector) spared(s *stream) bool { return s.tenant && len(c.streams) > 1 }
