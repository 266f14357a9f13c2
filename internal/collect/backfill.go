package collect

import (
	"context"
	"time"

	"fluent-bit-openai-audit/internal/host"
	"fluent-bit-openai-audit/internal/openai"
	"fluent-bit-openai-audit/internal/record"
)

// work walks slices until the context ends.
func (c *Collector) work(ctx context.Context) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		s, sl, idle := c.book.next(time.Now())
		if sl == nil {
			select {
			case <-ctx.Done():
			case <-idle:
			case <-time.After(time.Second):
			}
			continue
		}
		if err := c.walkSlice(ctx, s, sl); err != nil && ctx.Err() == nil {
			c.journal.Repeat(host.Warn, "walk/"+s.name, "%s stream: events from %s to %s could not be fetched and are tried again: %v",
				s.name, stamp(sl.span.From), stamp(sl.span.To), err)
		}
	}
}

func (c *Collector) walkSlice(ctx context.Context, s *stream, sl *slice) (err error) {
	how := failed
	defer func() { c.book.done(s, sl, how, time.Now()) }()
	w := &walk{c: c, s: s, sl: sl, lane: openai.Backfill, reread: sl.errand != nil}
	err = w.run(ctx)
	switch {
	case err == nil:
		how = walked
	case !isRefusal(err) && c.answers(ctx, s):
		how = stopped
	}
	return err
}

// answers reports whether the API has answered well within a minute, or answers a small query now.
func (c *Collector) answers(ctx context.Context, s *stream) bool {
	if time.Since(time.Unix(0, c.answeredAt.Load())) < time.Minute {
		return true
	}
	var dec record.Decoder
	a, err := c.fetchOnce(ctx, s, openai.Backfill, s.query(0, 0, 1), &dec)
	if err != nil {
		return false
	}
	a.response.Release()
	return true
}
