package collect

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"fluent-bit-openai-audit/internal/config"
	"fluent-bit-openai-audit/internal/host"
	"fluent-bit-openai-audit/internal/metrics"
	"fluent-bit-openai-audit/internal/openai"
	"fluent-bit-openai-audit/internal/state"
)

const (
	// journalInterval is how often a matter that goes on is said again.
	journalInterval = 10 * time.Minute
	// keyPause is how long a refused key is left alone.
	keyPause = 5 * time.Minute
	// keyLook is how often it is looked for another one meanwhile.
	keyLook = 5 * time.Second
)

// Options hold what a test or the companion command sets. The zero value is right for Fluent Bit.
type Options struct {
	Version string

	// Settle is how long after a batch left the host's ring buffer it is not counted as delivered; 0 is the
	// time that Fluent Bit's filters may take, and a negative value none, for a host that has stored a batch
	// when it accepts it.
	Settle time.Duration
	// Transport takes the place of the network.
	Transport http.RoundTripper
	// NoSync leaves out the state file's fsync.
	NoSync bool
	// StoredIn returns files in which the host stores what it accepts just now, at least one of each folder, so
	// that their disks are watched; nil when that cannot be known. It is called from one goroutine, at most
	// once a second.
	StoredIn func() []string
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
	clock    clock
	queue    *queue
	book     *book
	buffers  buffers
	classes  *classes
	keys     openai.KeySource
	keyPause time.Duration
	version  string

	storedIn   func() []string
	storeFiles []string // the committer's: one in each folder that the host was seen to store in

	tenantRefusal atomic.Pointer[refusal] // still to be said

	answeredAt  atomic.Int64 // when the API last answered well, in Unix nanoseconds
	answered    sync.Once    // the API served a stream for the first time
	firstAnswer chan struct{}

	startOnce, stopOnce sync.Once
	cancel              context.CancelFunc
	wg                  sync.WaitGroup
}

// New prepares a collector: it opens the state file and the files the configuration names, but does not
// touch the network. An error means that the configuration cannot work as it is.
func New(cfg *config.Config, h host.Host, opts Options) (*Collector, error) {
	c := &Collector{
		cfg:      cfg,
		journal:  host.NewJournal(h, journalInterval),
		metrics:  metrics.New(),
		gate:     openai.NewGate(cfg.Concurrency, cfg.MaxRequestsPerMinute),
		queue:    newQueue(cfg.QueueSize),
		classes:  newClasses(),
		keyPause: keyPause,
		version:  opts.Version,
		storedIn: opts.StoredIn,

		firstAnswer: make(chan struct{}),
	}
	if err := c.open(opts); err != nil {
		return nil, err
	}
	c.book = newBook(c.db, newRing(opts), cfg.PageSize)
	if err := c.loadStreams(); err != nil {
		return nil, errors.Join(err, c.db.Close())
	}
	c.preset()
	c.observe()
	for _, warning := range cfg.Warnings {
		c.journal.Warnf("%s", warning)
	}
	return c, nil
}

func (c *Collector) keySource() (openai.KeySource, error) {
	if c.cfg.APIKeyFile == "" {
		return openai.NewStaticKey(c.cfg.APIKey), nil
	}
	return openai.NewFileKey(openai.FileKeyOptions{
		Path:        c.cfg.APIKeyFile,
		OnProblem:   func(err error) { c.journal.Warnf("%v", err) },
		OnRecovered: func(text string) { c.journal.Infof("%s", text) },
		OnWarning:   func(text string) { c.journal.Warnf("%s", text) },
	})
}

func (c *Collector) clientOptions(opts Options) openai.Options {
	cfg := c.cfg
	return openai.Options{
		BaseURL: cfg.BaseURL, InsecureHTTP: cfg.InsecureHTTP,
		Keys: c.keys, Organization: cfg.Organization, UserAgent: openai.UserAgent(opts.Version),
		Filters: openai.Filters{
			ProjectIDs: cfg.ProjectIDs, EventTypes: cfg.EventTypes, ActorIDs: cfg.ActorIDs,
			ActorEmails: cfg.ActorEmails, ResourceIDs: cfg.ResourceIDs,
		},
		RequestTimeout: cfg.RequestTimeout, MaxBodySize: cfg.MaxBodySize, Concurrency: cfg.Concurrency,
		Proxy: cfg.Proxy, CAFile: cfg.CAFile, ClientCertFile: cfg.ClientCertFile, ClientKeyFile: cfg.ClientKeyFile,
		Gate:      c.gate,
		OnProblem: func(err error) { c.journal.Warnf("%v", err) },
		OnRequest: c.countRequest,
		Transport: opts.Transport,
	}
}

// FollowDrain gives the collector the host's count of the instance's records that came out of its ring buffer,
// which counts from New on. Only before Start, and not for a host that has stored a batch when it accepts it.
// Any goroutine calls count until Stop has returned; it must not block.
func (c *Collector) FollowDrain(count func() uint64) { c.book.ring.count = count }

// Start begins to collect. It returns at once.
func (c *Collector) Start() {
	c.startOnce.Do(func() {
		ctx, cancel := context.WithCancel(context.Background())
		c.cancel = cancel
		c.sayStart()
		for _, s := range c.book.streams {
			c.run(ctx, s.name+" stream", func(ctx context.Context) error { return c.live(ctx, s) })
		}
		for range c.cfg.Concurrency {
			c.run(ctx, "backfill", c.work)
		}
		if c.cfg.HeartbeatInterval > 0 {
			c.run(ctx, "heartbeat", c.heartbeats)
		}
		c.run(ctx, "commit", c.committer)
		c.wg.Go(func() {
			if err := c.guarded(ctx, "the look at the key's power", c.sayPower); err != nil {
				c.journal.Errorf("%v", err)
			}
		})
	})
}

// run starts a goroutine that does f until the context ends. A panic or an error, which f should not
// have, is said and f is begun again: it never takes the host down.
func (c *Collector) run(ctx context.Context, what string, f func(context.Context) error) {
	c.wg.Go(func() {
		backoff := openai.Backoff{Cap: time.Minute}
		for {
			err := c.guarded(ctx, what, f)
			if ctx.Err() != nil {
				return
			}
			c.journal.Repeat(host.Error, "run/"+what, "%s stopped and is begun again: %v", what, err)
			if openai.Wait(ctx, time.Second+backoff.Next()) != nil {
				return
			}
		}
	})
}

func (c *Collector) guarded(ctx context.Context, what string, f func(context.Context) error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic in %s: %v (please report this) %s", what, r, debug.Stack())
		}
	}()
	return f(ctx)
}

// Pause says that the host has paused the instance: nothing is handed over, and what was accepted just
// before does not count as delivered, until Resume.
func (c *Collector) Pause() {
	c.book.pause()
	c.metrics.Paused.With().Set(1)
}

// Resume says that the host goes on.
func (c *Collector) Resume() {
	c.book.resume()
	c.metrics.Paused.With().Set(0)
}

// Metrics returns what the collector counts.
func (c *Collector) Metrics() *metrics.Set { return c.metrics }

// Stop ends all fetching, writes what was delivered to the state file and releases it. HandOver must
// have returned. Calls after the first do nothing.
//
// What has come out of the host's ring buffer by then counts as delivered. The rest is delivered again at the
// next start, and so is what was accepted within the last seconds where the host does not tell.
func (c *Collector) Stop() {
	c.stopOnce.Do(func() {
		c.startOnce.Do(func() {})
		if c.cancel != nil {
			c.cancel()
		}
		c.wg.Wait()
		c.book.settleAtExit()
		if _, err := c.commit(true); err != nil {
			c.journal.Errorf("%v; what was delivered within the last seconds will be delivered again at the next start", err)
		}
		if err := c.db.Close(); err != nil {
			c.journal.Errorf("close state file: %v", err)
		}
		c.api.CloseIdle()
	})
}
