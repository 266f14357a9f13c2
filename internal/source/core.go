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

	beatWaits atomic.Bool // a heartbeat is queued

	answered    sync.Once // the API served the source for the first time
	firstAnswer chan struct{}

	startOnce, stopOnce sync.Once
	cancel              context.CancelFunc
	wg                  sync.WaitGroup
}

// Hooks are what a source adds. They are called without any lock held. Power may be nil.
type Hooks struct {
	// Describe says in two parts of a line what is read, and from where on.
	Describe func() (what, where string)
	// Read starts goroutines, counted in wg, that read from what is saved on until ctx ends.
	Read func(ctx context.Context, wg *sync.WaitGroup)
	// Restart takes what is known back to what is saved. Nothing is read meanwhile.
	Restart func()
	// Save writes what has drained, with Commit.
	Save func(delivery.Saving) error
	// Streams returns what each stream says of itself in a heartbeat.
	Streams func(now int64) map[string]any
	// Report says how far the source is, and brings its gauges up to date. It is called every second.
	Report func()
	// Power looks, once the API has answered, whether the key can do more than it should.
	Power func(ctx context.Context)
}

// Open opens the state file and the files that the configuration names, but does not touch the network. What is wrong
// with any of them is in the error, a *config.Problems, so that they are mended at one go. observe is told of every
// request.
func Open(cfg *config.Config, h host.Host, opts Options, observe func(openai.Observation)) (c *Core, err error) {
	c = &Core{
		Config: cfg, Journal: host.NewJournal(h, JournalInterval), Counts: metrics.New(), Clock: &Clock{}, Version: opts.Version,
		Gate: openai.NewGate(cfg.Concurrency, cfg.MaxRequestsPerMinute), opts: opts, firstAnswer: make(chan struct{}),
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

// Answered says that the API serves the source.
func (c *Core) Answered() { c.answered.Do(func() { close(c.firstAnswer) }) }

// Start begins to collect. It returns at once.
func (c *Core) Start() {
	c.startOnce.Do(func() {
		ctx, cancel := context.WithCancel(context.Background())
		c.cancel = cancel
		c.sayStart()
		Keep(ctx, &c.wg, c.Journal, "collecting", c.collect)
		Keep(ctx, &c.wg, c.Journal, "delivery", c.Delivery.Run)
		Keep(ctx, &c.wg, c.Journal, "report", c.report)
		if c.Config.HeartbeatInterval > 0 {
			Keep(ctx, &c.wg, c.Journal, "heartbeat", Heartbeats{
				Interval: c.Config.HeartbeatInterval, Organization: c.Config.Organization, Version: c.Version, Now: c.Clock.Now,
				Records: c.Config.Records, Shaper: c.Shaper, Streams: c.hooks.Streams, Delivery: c.Delivery, Waits: &c.beatWaits,
			}.Run)
		}
		c.wg.Go(func() {
			if err := Guard(ctx, "the look at the key's power", c.sayPower); err != nil {
				c.Journal.Errorf("%v", err)
			}
		})
	})
}

// sayStart says in one line what is going to be done.
func (c *Core) sayStart() {
	fingerprint, db := "unknown", c.Config.DB
	if key, err := c.Keys.Key(context.Background()); err == nil {
		fingerprint = key.Fingerprint()
	}
	if db == "" {
		db = "off"
	}
	what, where := c.hooks.Describe()
	c.Journal.Infof("version %s collects %s; key %s, db %s; %s", c.Version, what, fingerprint, db, where)
}

// collect reads, from what is saved on, and begins anew whenever the host has lost records.
func (c *Core) collect(ctx context.Context) error {
	for {
		reading, end := context.WithCancel(ctx)
		var wg sync.WaitGroup
		c.hooks.Read(reading, &wg)
		select {
		case <-ctx.Done():
		case <-c.Delivery.Lost():
		}
		end()
		wg.Wait()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		c.Delivery.Reset()
		c.beatWaits.Store(false)
		c.hooks.Restart()
	}
}

// sayPower looks once, when the API has answered, whether the key can do more than it should: that is no reason to wait.
func (c *Core) sayPower(ctx context.Context) error {
	select {
	case <-ctx.Done():
	case <-c.firstAnswer:
		if c.hooks.Power != nil {
			c.hooks.Power(ctx)
		}
	}
	return nil
}

// report brings what is told of the source up to date.
func (c *Core) report(ctx context.Context) error {
	for {
		if err := openai.Wait(ctx, time.Second); err != nil {
			return err
		}
		c.hooks.Report()
		c.observe()
	}
}

// observe brings the gauges up to date that all sources have.
func (c *Core) observe() {
	size, _ := c.Delivery.Size()
	c.Counts.QueueBytes.With().Set(float64(size))
	if f, ok := c.Keys.(*openai.FileKey); ok {
		c.Counts.KeyAge.With().Set(f.Age().Seconds())
	}
}

// Pause says that the host has paused the instance: nothing is handed over, and what was accepted just
// before does not count as delivered, until Resume.
func (c *Core) Pause() {
	c.Delivery.Pause()
	c.Counts.Paused.With().Set(1)
}

// Resume says that the host goes on.
func (c *Core) Resume() {
	c.Delivery.Resume()
	c.Counts.Paused.With().Set(0)
}

// Metrics returns what is counted.
func (c *Core) Metrics() *metrics.Set { return c.Counts }

// HandOver gives queued records to give until budget is spent: see delivery.HandOver.
func (c *Core) HandOver(budget time.Duration, give func(records []byte) error) error {
	return c.Delivery.HandOver(budget, give)
}

// KeyRefused returns the API's last answer to the key, once reading the key again did not help; nil when the key is accepted,
// and when nothing was answered yet. What can be done without does not count.
func (c *Core) KeyRefused() error { return c.Asker.Refused() }

// Stop ends all fetching, writes what was delivered to the state file and releases it. HandOver must
// have returned. Calls after the first do nothing. What has not drained by then is delivered again at the next start.
func (c *Core) Stop() {
	c.stopOnce.Do(func() {
		c.end()
		if err := c.Delivery.Close(); err != nil {
			c.Journal.Errorf("%v; what was delivered within the last seconds will be delivered again at the next start", err)
		}
		if err := c.DB.Close(); err != nil {
			c.Journal.Errorf("close state file: %v", err)
		}
	})
}

// Abandon ends as a kill without warning does: nothing more is written. Only the file's lock is given back, which the
// kernel would do. It is for a source that cannot be attached, and for tests.
func (c *Core) Abandon() (err error) {
	c.stopOnce.Do(func() {
		c.end()
		err = c.DB.Close()
	})
	return err
}

// end ends all goroutines.
func (c *Core) end() {
	c.startOnce.Do(func() {})
	if c.cancel != nil {
		c.cancel()
	}
	c.wg.Wait()
	c.API.CloseIdle()
}
