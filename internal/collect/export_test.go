package collect

// Kill ends the collector as a kill without warning does: nothing more is written. Only the file's lock
// is given back, which the kernel would do.
func (c *Collector) Kill() error {
	if c.cancel != nil {
		c.cancel()
	}
	c.wg.Wait()
	c.stopOnce.Do(func() {})
	c.api.CloseIdle()
	return c.db.Close()
}

// SettleTime is how long an accepted batch takes to count as delivered.
const SettleTime = settleTime

// SetSliceSize makes walks take about so many events at a time. It is called before Start.
func (c *Collector) SetSliceSize(events int) { c.book.sliceSize = events }
