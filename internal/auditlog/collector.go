package auditlog

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"fluent-bit-openai-audit/internal/config"
	"fluent-bit-openai-audit/internal/connect"
	"fluent-bit-openai-audit/internal/delivery"
	"fluent-bit-openai-audit/internal/host"
	"fluent-bit-openai-audit/internal/metrics"
	"fluent-bit-openai-audit/internal/openai"
	"fluent-bit-openai-audit/internal/source"
	"fluent-bit-openai-audit/internal/state"
)

// Options hold what a test, the companion command or the plugin sets beside the configuration.
type Options struct {
	Version string
	// Ring is what the host tells of its ring buffer; nil for a host that has stored what it accepts.
	Ring host.Ring
	// Room says whether the host can store n bytes more, beside what it has not stored yet; nil means that it always can.
	Room func(underWay, n int64) error
	// Transport takes the place of the network.
	Transport http.RoundTripper
	// NoSync leaves out the state file's fsync.
	NoSync bool
}

// Collector collects the audit log of one organization for one host. Its exported methods are safe for
// concurrent use, save that only one HandOver may run at a time.
type Collector struct {
	cfg      *config.Config
	journal  *host.Journal
	metrics  *metrics.Set
	db       *state.DB
	api      *openai.Client
	gate     *openai.Gate
	clock    source.Clock
	asker    *source.Asker
	delivery *delivery.Delivery
	classes  *metrics.Classes
	keys     openai.KeySource
	version  string

	mu      sync.Mutex    // guards what streams say it does; before the delivery's lock
	streams []*stream     // never changes after New
	idle    chan struct{} // closed and replaced when there may be work for the workers

	tenantRefusal atomic.Pointer[refusal] // still to be said

	beatWaits atomic.Bool // a heartbeat is queued

	answered    sync.Once // the API served a stream for the first time
	firstAnswer chan struct{}

	startOnce, stopOnce sync.Once
	cancel              context.CancelFunc
	wg                  sync.WaitGroup
}

// New prepares a collector: it opens the state file and the files the configuration names, but does not
// touch the network. An error means that the configuration cannot work as it is.
func New(cfg *config.Config, h host.Host, opts Options) (*Collector, error) {
	c := &Collector{
		cfg:     cfg,
		journal: host.NewJournal(h, source.JournalInterval),
		metrics: metrics.New(),
		gate:    openai.NewGate(cfg.Concurrency, cfg.MaxRequestsPerMinute),
		classes: metrics.NewClasses(),
		version: opts.Version,
		idle:    make(chan struct{}),

		firstAnswer: make(chan struct{}),
	}
	if err := c.open(opts); err != nil {
		return nil, err
	}
	if err := c.loadStreams(); err != nil {
		return nil, errors.Join(err, c.db.Close())
	}
	c.delivery = delivery.New(delivery.Options{
		Limit: cfg.QueueSize, Ring: opts.Ring, Room: opts.Room, Known: c.db.Known, Save: c.save, Journal: c.journal,
		Refused: func() { c.metrics.Refused.With().Add(1) },
	}, c.savedMarks())
	c.preset()
	c.observe()
	for _, warning := range cfg.Warnings {
		c.journal.Warnf("%s", warning)
	}
	return c, nil
}

// client makes the key source and the client, by the configuration.
func (c *Collector) client(opts Options) (err error) {
	c.keys, err = connect.Keys(c.cfg, connect.Listener{
		Problem:   func(err error) { c.journal.Warnf("%v", err) },
		Recovered: func(text string) { c.journal.Infof("%s", text) },
		Warning:   func(text string) { c.journal.Warnf("%s", text) },
	})
	if err != nil {
		return err
	}
	o := connect.Options(c.cfg, c.keys, opts.Version)
	o.Gate, o.Transport, o.OnRequest = c.gate, opts.Transport, c.countRequest
	o.OnProblem = func(err error) { c.journal.Warnf("%v", err) }
	c.asker = &source.Asker{
		Gate: c.gate, Keys: c.keys, Journal: c.journal, Retried: func(name string) { c.metrics.Retries.With(name).Add(1) },
	}
	c.api, err = openai.New(o)
	return err
}

// sayPower looks once, when the API has answered, whether the key can do more than it should: that is no reason to wait.
func (c *Collector) sayPower(ctx context.Context) error {
	select {
	case <-ctx.Done():
	case <-c.firstAnswer:
		source.SayPower(ctx, c.api, c.gate, c.journal)
	}
	return nil
}

// Start begins to collect. It returns at once.
func (c *Collector) Start() {
	c.startOnce.Do(func() {
		ctx, cancel := context.WithCancel(context.Background())
		c.cancel = cancel
		c.sayStart()
		source.Keep(ctx, &c.wg, c.journal, "collecting", c.collect)
		source.Keep(ctx, &c.wg, c.journal, "delivery", c.delivery.Run)
		source.Keep(ctx, &c.wg, c.journal, "report", c.report)
		if c.cfg.HeartbeatInterval > 0 {
			source.Keep(ctx, &c.wg, c.journal, "heartbeat", source.Heartbeats{
				Interval: c.cfg.HeartbeatInterval, Organization: c.cfg.Organization, Version: c.version, Now: c.clock.Now,
				Streams: c.beat, Delivery: c.delivery, Waits: &c.beatWaits,
			}.Run)
		}
		c.wg.Go(func() {
			if err := source.Guard(ctx, "the look at the key's power", c.sayPower); err != nil {
				c.journal.Errorf("%v", err)
			}
		})
	})
}

// collect reads all streams, from what is saved on, and begins anew whenever the host has lost records.
func (c *Collector) collect(ctx context.Context) error {
	for {
		reading, end := context.WithCancel(ctx)
		var wg sync.WaitGroup
		for _, s := range c.streams {
			source.Keep(reading, &wg, c.journal, s.name+" stream", func(ctx context.Context) error { return c.live(ctx, s) })
		}
		for range c.cfg.Concurrency {
			source.Keep(reading, &wg, c.journal, "backfill", c.work)
		}
		select {
		case <-ctx.Done():
		case <-c.delivery.Lost():
		}
		end()
		wg.Wait()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		c.delivery.Reset()
		c.restart()
	}
}

// report says how far the collector is, and brings the gauges up to date.
func (c *Collector) report(ctx context.Context) error {
	lines := source.NewLines()
	for {
		if err := openai.Wait(ctx, time.Second); err != nil {
			return err
		}
		lines.Say(c.journal, c.Progress())
		c.observe()
	}
}

// Pause says that the host has paused the instance: nothing is handed over, and what was accepted just
// before does not count as delivered, until Resume.
func (c *Collector) Pause() {
	c.delivery.Pause()
	c.metrics.Paused.With().Set(1)
}

// Resume says that the host goes on.
func (c *Collector) Resume() {
	c.delivery.Resume()
	c.metrics.Paused.With().Set(0)
}

// Metrics returns what the collector counts.
func (c *Collector) Metrics() *metrics.Set { return c.metrics }

// HandOver gives queued records to give until budget is spent: see delivery.HandOver.
func (c *Collector) HandOver(budget time.Duration, give func(records []byte) error) error {
	return c.delivery.HandOver(budget, give)
}

// Stop ends all fetching, writes what was delivered to the state file and releases it. HandOver must
// have returned. Calls after the first do nothing. What has not drained by then is delivered again at the next start.
func (c *Collector) Stop() {
	c.stopOnce.Do(func() {
		c.startOnce.Do(func() {})
		if c.cancel != nil {
			c.cancel()
		}
		c.wg.Wait()
		if err := c.delivery.Close(); err != nil {
			c.journal.Errorf("%v; what was delivered within the last seconds will be delivered again at the next start", err)
		}
		if err := c.db.Close(); err != nil {
			c.journal.Errorf("close state file: %v", err)
		}
		c.api.CloseIdle()
	})
}
