package compliance

import (
	"context"
	"errors"
	"sync"

	"fluent-bit-openai-audit/internal/config"
	"fluent-bit-openai-audit/internal/delivery"
	"fluent-bit-openai-audit/internal/host"
	"fluent-bit-openai-audit/internal/openai"
	"fluent-bit-openai-audit/internal/source"
	"fluent-bit-openai-audit/internal/state"
)

// Collector collects the log files of one workspace or organization for one host. Its exported methods are safe for
// concurrent use, save that only one HandOver may run at a time.
type Collector struct {
	*source.Core

	cfg *config.Config
	own own

	mu      sync.Mutex    // guards what streams say it does; before the delivery's lock
	streams []*stream     // never changes after New
	idle    chan struct{} // closed and replaced when there may be work for the workers
}

// New prepares a collector: it opens the state file and the files the configuration names, but does not touch the network.
// An error means that the configuration cannot work as it is.
func New(cfg *config.Config, h host.Host, opts source.Options) (*Collector, error) {
	c := &Collector{cfg: cfg, idle: make(chan struct{})}
	core, err := source.Open(cfg, h, opts, c.countRequest)
	if err != nil {
		return nil, err
	}
	c.Core = core
	c.own.keys = core.Keys
	saved, err := c.load()
	if err != nil {
		return nil, errors.Join(err, core.Abandon())
	}
	core.Attach(saved, source.Hooks{
		Describe: c.describe, Read: c.reading, Restart: c.restart, Save: c.save, Progress: c.progress, Streams: c.beat,
	})
	c.preset()
	if err := cleanSpool(cfg.DB); err != nil {
		c.Journal.Warnf("%v", err)
	}
	return c, nil
}

// load takes up the streams where the state file left them, and returns what is saved of them.
func (c *Collector) load() (map[string]delivery.Mark, error) {
	recs, err := c.DB.Streams()
	if err != nil {
		return nil, err
	}
	marks, err := c.DB.Marks(gapsMark(""))
	if err != nil {
		return nil, err
	}
	saved := make(map[string]delivery.Mark)
	for _, p := range places(c.cfg) {
		s := newStream(p.name, p.place, p.types, c.cfg)
		r, err := state.Resume(recs, s.name, c.cfg.Origin(), p.query)
		if err != nil {
			return nil, &state.FileError{Path: c.cfg.DB, Err: err}
		}
		if s.gaps, err = readGaps(marks[gapsMark(s.name)]); err != nil {
			return nil, &state.FileError{Path: c.cfg.DB, Err: err}
		}
		s.rec = r.Stream
		c.sayChanged(s, r)
		if s.rec.Begun() {
			saved[s.name] = s.now()
		}
		c.streams = append(c.streams, s)
	}
	return saved, nil
}

// reading reads all streams.
func (c *Collector) reading(ctx context.Context, wg *sync.WaitGroup) {
	for _, s := range c.streams {
		source.Keep(ctx, wg, c.Journal, s.name+" stream", func(ctx context.Context) error { return c.live(ctx, s) })
	}
	for range c.cfg.Concurrency {
		source.Keep(ctx, wg, c.Journal, "backfill", c.work)
	}
}

// restart takes the streams back to what is saved: what was queued since is gone.
func (c *Collector) restart() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.streams {
		s.rec = s.rec.Blank()
		if m, ok := c.Delivery.Saved(s.name).(*mark); ok {
			s.rec, s.gaps = m.rec.Clone(), m.gaps
		}
		s.saved += uint64(len(s.done))
		s.done = nil
		clear(s.ids)
		s.known, s.under, s.hard, s.shut, s.tip = false, nil, nil, shut{}, 0
	}
}

// mark puts what is known of a stream. The caller holds mu.
func (c *Collector) mark(s *stream) { c.Delivery.Mark(s.name, s.now()) }

// revise changes what is saved of a stream and on its way to be. The caller holds mu, and changes s.rec likewise.
func (c *Collector) revise(s *stream, f func(*state.Stream)) {
	c.Delivery.Revise(s.name, func(m delivery.Mark) delivery.Mark {
		old, ok := m.(*mark)
		if !ok {
			old = &mark{rec: s.rec.Blank(), gaps: s.gaps}
		}
		out := *old
		out.rec = old.rec.Clone()
		f(out.rec)
		return &out
	})
}

// wake has the workers look for work. The caller holds mu.
func (c *Collector) wake() {
	close(c.idle)
	c.idle = make(chan struct{})
}

// placed is a list with the types that are asked for there.
type placed struct {
	name  string
	place openai.LogPlace
	types []string

	query string // as the state file has it
}

// places returns the lists that a configuration asks for.
func places(cfg *config.Config) (out []placed) {
	for _, s := range cfg.Streams() {
		p := placed{s.Name, openai.LogPlace{Route: "workspaces", ID: cfg.WorkspaceID}, s.Types, s.Query()}
		if s.Name == streamOrganization {
			p.place = openai.LogPlace{Route: "organizations", ID: cfg.Organization}
		}
		out = append(out, p)
	}
	return out
}
