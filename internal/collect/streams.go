package collect

import (
	"encoding/json"
	"fmt"

	"fluent-bit-openai-audit/internal/state"
)

// loadStreams takes up the streams where the state file left them.
func (c *Collector) loadStreams() error {
	text, err := json.Marshal(c.cfg.Filters())
	if err != nil {
		return fmt.Errorf("describe filters: %w", err)
	}
	recs, err := c.db.Streams()
	if err != nil {
		return err
	}
	other := ""
	for _, name := range c.streamNames() {
		s := newStream(name, c.cfg.Organization, c.cfg.Overlap)
		if s.tenant && len(c.cfg.EventTypes) > 0 {
			s.types = tenantTypes(c.cfg.EventTypes)
			if len(s.types) == 0 && c.cfg.Scope.Organization() {
				c.journal.Infof("the tenant stream is left out: event_types names no type of it")
				continue
			}
		}
		r, err := state.Resume(recs, name, c.cfg.Source(), string(text))
		if err != nil {
			return &state.FileError{Path: c.cfg.DB, Err: err}
		}
		s.rec, s.older = r.Stream, r.Earlier
		s.changed = len(r.Earlier) > 0 // they may have added to it
		c.sayChanged(s, r.Course)
		other = r.Other
		c.book.streams = append(c.book.streams, s)
	}
	if other != "" {
		c.journal.Warnf("the state file is about another log (%s): this one (%s) is fetched from start_from (%s) on; give each "+
			"organization its own db if both are to be collected", other, c.cfg.Source(), c.cfg.StartFrom)
	}
	return nil
}

// streamNames returns the streams that scope names.
func (c *Collector) streamNames() (names []string) {
	if c.cfg.Scope.Organization() {
		names = append(names, streamOrganization)
	}
	if c.cfg.Scope.Tenant() {
		names = append(names, streamTenant)
	}
	return names
}
