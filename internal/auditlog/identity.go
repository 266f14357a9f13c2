package auditlog

import (
	"fmt"

	"fluent-bit-openai-audit/internal/source"
	"fluent-bit-openai-audit/internal/state"
)

// identify compares the organization that an answer speaks for, "" where it does not say, with the one in the state file.
// The first that is told goes into it at once.
func (c *Collector) identify(organization string) error {
	if organization == "" {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.streams {
		if known := s.rec.Identity; known != "" && known != organization {
			return fmt.Errorf("%w: %s, and not %s; nothing is fetched until the key is one of %s again: mend the key, or give this "+
				"organization a db of its own", source.ErrForeign, organization, known, known)
		}
	}
	for _, s := range c.streams {
		if s.rec.Identity == "" {
			s.rec.Identity = organization
			if s.rec.Begun() {
				c.revise(s, func(rec *state.Stream) { rec.Identity = organization })
			}
		}
	}
	return nil
}
