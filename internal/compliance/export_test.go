package compliance

import "fmt"

// Kill ends the collector as a kill without warning does: nothing more is written.
func (c *Collector) Kill() error { return c.Abandon() }

// Overlapping tells of two windows under way that overlap, or that one reaches above the tip; "" when there are none.
func (c *Collector) Overlapping() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.streams {
		for i, a := range s.under {
			if a.To > s.tip {
				return fmt.Sprintf("%s: %v above %d", s.name, a, s.tip)
			}
			for _, b := range s.under[:i] {
				if !a.Intersect(b).Empty() {
					return fmt.Sprintf("%s: %v and %v", s.name, a, b)
				}
			}
		}
	}
	return ""
}
