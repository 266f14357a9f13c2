package auditlog

import "fmt"

// Kill ends the collector as a kill without warning does: nothing more is written.
func (c *Collector) Kill() error { return c.Abandon() }

// SetPages makes windows have at most so many pages. It is called before Start.
func (c *Collector) SetPages(pages int) {
	for _, s := range c.streams {
		s.pages = min(s.pages, pages)
		s.mostPages = pages
	}
}

// Overlapping tells of two windows under way that overlap; "" when there are none.
func (c *Collector) Overlapping() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.streams {
		for i, a := range s.under {
			for _, b := range s.under[:i] {
				if !a.span.Intersect(b.span).Empty() {
					return fmt.Sprintf("%s: %v and %v", s.name, a.span, b.span)
				}
			}
		}
	}
	return ""
}
