package auditlog

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"fluent-bit-openai-audit/internal/config"
	"fluent-bit-openai-audit/internal/delivery"
	"fluent-bit-openai-audit/internal/host"
	"fluent-bit-openai-audit/internal/metrics"
	"fluent-bit-openai-audit/internal/openai"
	"fluent-bit-openai-audit/internal/source"
	"fluent-bit-openai-audit/internal/state"
)

// Collector collects the audit log of one organization for one host. Its exported methods are safe for
// concurrent use, save that only one HandOver may run at a time.
type Collector struct {
	*source.Core
	cfg      *config.Config // what follows is the core's
	journal  *host.Journal
	metrics  *metrics.Set
	db       *state.DB
	api      *openai.Client
	clock    *source.Clock
	asker    *source.Asker
	delivery *delivery.Delivery
	keys     openai.KeySource

	classes *metrics.Classes
	lines   *source.Lines

	mu      sync.Mutex    // guards what streams say it does; before the delivery's lock
	streams []*stream     // never changes after New
	idle    chan struct{} // closed and replaced when there may be work for the workers

	tenantRefusal atomic.Pointer[refusal] // still to be said
}

// New prepares a collector: it opens the state file and the files the configuration names, but does not
// touch the network. An error means that the configuration cannot work as it is.
func New(cfg *config.Config, h host.Host, opts source.Options) (*Collector, error) {
	c := &Collector{classes: metrics.NewClasses(), lines: source.NewLines(), idle: make(chan struct{})}
	core, err := source.Open(cfg, h, opts, c.countRequest)
	if err != nil {
		return nil, err
	}
	c.Core, c.cfg, c.journal, c.metrics, c.db, c.api = core, cfg, core.Journal, core.Counts, core.DB, core.API
	c.clock, c.asker, c.keys = core.Clock, core.Asker, core.Keys
	if err := c.loadStreams(); err != nil {
		return nil, errors.Join(err, core.Abandon())
	}
	c.preset()
	core.Attach(c.savedMarks(), source.Hooks{
		Describe: c.describe, Read: c.read, Restart: c.restart, Save: c.save, Streams: c.beat, Report: c.report,
		Power: func(ctx context.Context) { source.SayPower(ctx, c.api, core.Gate, c.journal) },
	})
	c.delivery = core.Delivery
	c.observe()
	return c, nil
}

// read reads all streams.
func (c *Collector) read(ctx context.Context, wg *sync.WaitGroup) {
	for _, s := range c.streams {
		source.Keep(ctx, wg, c.journal, s.name+" stream", func(ctx context.Context) error { return c.live(ctx, s) })
	}
	for range c.cfg.Concurrency {
		source.Keep(ctx, wg, c.journal, "backfill", c.work)
	}
}

// report says how far the collector is, and brings the gauges up to date.
func (c *Collector) report() {
	c.lines.Say(c.journal, c.Progress())
	c.observe()
}
