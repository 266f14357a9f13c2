package auditlog

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"fluent-bit-openai-audit/internal/config"
	"fluent-bit-openai-audit/internal/host"
	"fluent-bit-openai-audit/internal/metrics"
	"fluent-bit-openai-audit/internal/openai"
	"fluent-bit-openai-audit/internal/source"
)

// Collector collects the audit log of one organization for one host. Its exported methods are safe for
// concurrent use, save that only one HandOver may run at a time.
type Collector struct {
	*source.Core
	classes *metrics.Classes

	mu      sync.Mutex    // guards what streams say it does; before the delivery's lock
	streams []*stream     // never changes after New
	idle    chan struct{} // closed and replaced when there may be work for the workers
}

// New prepares a collector: it opens the state file and the files the configuration names, but does not
// touch the network. An error means that the configuration cannot work as it is.
func New(cfg *config.Config, h host.Host, opts source.Options) (*Collector, error) {
	c := &Collector{classes: metrics.NewClasses(), idle: make(chan struct{})}
	var err error
	if c.Core, err = source.Open(cfg, h, opts, c.countRequest); err != nil {
		return nil, err
	}
	if err := c.loadStreams(); err != nil {
		return nil, errors.Join(err, c.Abandon())
	}
	for _, s := range c.streams {
		c.Preset(s.name, []string{metrics.ClassMalformed, metrics.ClassOther}, slices.Sorted(maps.Keys(anomalyTexts)))
		c.Counts.LateEvents.With(s.name)
	}
	c.Attach(c.savedMarks(), source.Hooks{
		Describe: c.describe, Read: c.read, Restart: c.restart, Save: c.save, Progress: c.progress,
		Power: c.SayPower,
	})
	return c, nil
}

// countRequest counts a request for the audit log. The few for the key's power, most of which are to be refused, are none.
func (c *Collector) countRequest(seen openai.Observation) {
	switch {
	case seen.Probe:
	case seen.Tenant:
		c.CountRequest(config.StreamTenant, seen)
	default:
		c.CountRequest(config.StreamOrganization, seen)
	}
}

// read reads all streams.
func (c *Collector) read(ctx context.Context, wg *sync.WaitGroup) {
	for _, s := range c.streams {
		source.Keep(ctx, wg, c.Journal, s.name+" stream", func(ctx context.Context) error { return c.live(ctx, s) })
	}
	for range c.Config.Concurrency {
		source.Keep(ctx, wg, c.Journal, "backfill", c.work)
	}
}

// work walks windows until the context ends.
func (c *Collector) work(ctx context.Context) error {
	k := c.newWalker()
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		s, w, idle, pause := c.next(time.Now())
		if w == nil {
			_ = source.Await(ctx, idle, pause) // or ctx has ended
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
	case o.err != nil && !errors.Is(o.err, errDense):
		c.Journal.Repeat(host.Warn, "walk/"+s.name, "%s stream: events from %s to %s could not be fetched and are tried again: %v",
			s.name, source.Stamp(w.span.From), source.Stamp(w.span.To), o.err)
	}
}
