package source

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
	"fluent-bit-openai-audit/internal/probe"
	"fluent-bit-openai-audit/internal/record/format"
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

// Core is what every source is made of, but for its reading: the client with its key and its turn, the state file, the
// delivery, and the life of all of them. A source opens it, attaches itself, and embeds it. Its exported methods are safe
// for concurrent use, save that only one HandOver may run at a time. The fields do not change once the source is attached.
type Core struct {
	Config   *config.Config
	Journal  *host.Journal
	Counts   *metrics.Set
	DB       *state.DB
	API      *openai.Client
	Gate     *openai.Gate
	Clock    *Clock
	Asker    *Asker
	Delivery *delivery.Delivery
	Keys     openai.KeySource
	Shaper   *format.Shaper // cloned by who shapes, with NewShaping; nil: bodies are what the API sent
	Version  string

	opts  Options
	hooks Hooks

	beatWaits atomic.Bool       // a heartbeat is queued
	beaten    map[string]uint64 // events of each stream that heartbeats have told of
	lines     *Lines

	answered    sync.Once // the API served the source for the first time
	firstAnswer chan struct{}

	startOnce, stopOnce sync.Once
	cancel              context.CancelFunc
	wg                  sync.WaitGroup
}

// Hooks are what a source adds. They are called without any lock held.
type Hooks struct {
	// Describe says in two parts of a line what is read, and from where on.
	Describe func() (what, where string)
	// Read starts goroutines, counted in wg, that read from what is saved on until ctx ends.
	Read func(ctx context.Context, wg *sync.WaitGroup)
	// Restart takes what is known back to what is saved. Nothing is read meanwhile.
	Restart func()
	// Save writes what has drained, with Commit.
	Save func(delivery.Saving) error
	// Progress returns how far each stream is; nil is that of a source whose streams cover no time.
	Progress func() []Progress
	// Streams returns what each stream says of itself in a heartbeat; nil is what Beats returns.
	Streams func(now int64) map[string]any
	// Report brings gauges of the source's own up to date, every second; it may be nil.
	Report func()
	// Power looks, once the API has answered, whether the key can do more than it should; it may be nil.
	Power func(ctx context.Context)
}

// Open opens the state file and the files that the configuration names, but does not touch the network. What is wrong
// with any of them is in the error, a *config.Problems, so that they are mended at one go. observe is told of every
// request: see CountRequest.
func Open(cfg *config.Config, h host.Host, opts Options, observe func(openai.Observation)) (c *Core, err error) {
	c = &Core{
		Config: cfg, Journal: host.NewJournal(h, JournalInterval), Counts: metrics.New(), Clock: &Clock{}, Version: opts.Version,
		Gate: openai.NewGate(cfg.Concurrency, cfg.MaxRequestsPerMinute), opts: opts, firstAnswer: make(chan struct{}),
		beaten: make(map[string]uint64), lines: NewLines(),
	}
	problems := probe.Files(cfg)
	if c.DB, err = state.Open(cfg.DB, state.Options{Source: string(cfg.Source), NoSync: opts.NoSync}); err != nil {
		problems = append(problems, stateProblem(err))
	} else {
		db := c.DB // c is nil at an error
		defer func() {
			if err != nil {
				err = errors.Join(err, db.Close())
			}
		}()
	}
	if len(problems) > 0 {
		return nil, config.NewProblems(problems)
	}
	if c.Shaper, err = connect.Shaper(cfg); err != nil {
		return nil, err // the file of its key has changed since it was looked at
	}
	if err := c.client(observe); err != nil {
		return nil, err
	}
	return c, nil
}

// stateProblem says what is wrong with db.
func stateProblem(err error) config.Problem {
	problem := config.Problem{Property: "db", Text: err.Error()}
	if fault, ok := errors.AsType[*state.FileError](err); ok {
		problem.Text, problem.Hint = "state file "+fault.Path+": "+fault.Err.Error(), fault.Remedy()
	}
	return problem
}

// client makes the key source and the client, by the configuration.
func (c *Core) client(observe func(openai.Observation)) (err error) {
	c.Keys, err = connect.Keys(c.Config, connect.Listener{
		Problem:   func(err error) { c.Journal.Warnf("%v", err) },
		Recovered: func(text string) { c.Journal.Infof("%s", text) },
		Warning:   func(text string) { c.Journal.Warnf("%s", text) },
	})
	if err != nil {
		return err
	}
	o := connect.Options(c.Config, c.Keys, c.Version)
	o.Gate, o.Transport, o.OnRequest = c.Gate, c.opts.Transport, observe
	o.OnProblem = func(err error) { c.Journal.Warnf("%v", err) }
	c.Asker = &Asker{
		Gate: c.Gate, Keys: c.Keys, Journal: c.Journal, Retried: func(name string) { c.Counts.Retries.With(name).Add(1) },
	}
	c.API, err = openai.New(o)
	return err
}

// Attach completes the core for a source whose marks stand in the file as saved has them.
func (c *Core) Attach(saved map[string]delivery.Mark, hooks Hooks) {
	c.hooks = hooks
	c.Delivery = delivery.New(delivery.Options{
		Limit: c.Config.QueueSize, Ring: c.opts.Ring, Room: c.opts.Room, Known: c.DB.Known, Save: hooks.Save, Journal: c.Journal,
		Refused: func() { c.Counts.Refused.With().Add(1) },
	}, saved)
	m := c.Counts
	m.Info.With(c.Version).Set(1)
	for _, v := range []*metrics.Vec{m.Commits, m.Refused, m.QueueBytes, m.Paused} {
		v.With()
	}
	c.observe()
	for _, warning := range c.Config.Warnings {
		c.Journal.Warnf("%s", warning)
	}
}

// Commit writes to the state file, and counts that.
func (c *Core) Commit(commit state.Commit) error {
	if _, err := c.DB.Commit(commit); err != nil {
		return err
	}
	c.Counts.Commits.With().Add(1)
	c.Counts.LastCommit.With().Set(float64(time.Now().Unix()))
	return nil
}
