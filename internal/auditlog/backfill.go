package auditlog

import (
	"context"
	"time"

	"fluent-bit-openai-audit/internal/host"
	"fluent-bit-openai-audit/internal/source"
)

// work walks windows until the context ends.
func (c *Collector) work(ctx context.Context) error {
	k := &walker{c: c, shaping: source.NewShaping(c.Shaper)}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		s, w, idle := c.next(time.Now())
		if w == nil {
			timer := time.NewTimer(time.Second)
			select {
			case <-ctx.Done():
			case <-idle:
			case <-timer.C:
			}
			timer.Stop()
			continue
		}
		c.walk(ctx, k, s, w)
	}
}

// walk walks one window, and tells the planner how it went, whatever happens.
func (c *Collector) walk(ctx context.Context, k *walker, s *stream, w *window) {
	o := outcome{err: context.Canceled} // unless run returns: a panic is on its way up
	defer func() { c.done(s, w, o) }()
	o = k.run(ctx, s, w)
	switch {
	case ctx.Err() != nil:
		o.err = context.Canceled
	case o.err == nil || isTooDense(o.err):
	default:
		c.journal.Repeat(host.Warn, "walk/"+s.name, "%s stream: events from %s to %s could not be fetched and are tried again: %v",
			s.name, source.Stamp(w.span.From), source.Stamp(w.span.To), o.err)
	}
}
