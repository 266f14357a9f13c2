package collect

import (
	"context"
	"encoding/json"
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
	"fluent-bit-openai-audit/internal/record"
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

// loadStreams takes up the streams where the state file left them.
func (c *Collector) loadStreams() error {
	text, err := json.Marshal(c.cfg.Filters())
	if err != nil {
		return fmt.Errorf("describe filters: %w", err)
	}
	recs, err := c.db.Streams()
	if err != nil {
		return err
	}
	other := ""
	for _, name := range c.streamNames() {
		s := newStream(name, c.cfg.Organization, c.cfg.Overlap)
		if s.tenant && len(c.cfg.EventTypes) > 0 {
			s.types = tenantTypes(c.cfg.EventTypes)
			if len(s.types) == 0 && c.cfg.Scope.Organization() {
				c.journal.Infof("the tenant stream is left out: event_types names no type of it")
				continue
			}
		}
		r, err := state.Resume(recs, name, c.cfg.Source(), string(text))
		if err != nil {
			return &state.FileError{Path: c.cfg.DB, Err: err}
		}
		s.rec, s.older = r.Stream, r.Earlier
		s.changed = len(r.Earlier) > 0 // they may have added to it
		c.sayChanged(s, r.Course)
		other = r.Other
		c.book.streams = append(c.book.streams, s)
	}
	if other != "" {
		c.journal.Warnf("the state file is about another log (%s): this one (%s) is fetched from start_from (%s) on; give each "+
			"organization its own db if both are to be collected", other, c.cfg.Source(), c.cfg.StartFrom)
	}
	return nil
}

// streamNames returns the streams that scope names.
func (c *Collector) streamNames() (names []string) {
	if c.cfg.Scope.Organization() {
		names = append(names, streamOrganization)
	}
	if c.cfg.Scope.Tenant() {
		names = append(names, streamTenant)
	}
	return names
}

// sayChanged says what becomes of a state file that was written under other filters.
func (c *Collector) sayChanged(s *stream, course state.Course) {
	switch course {
	case state.Narrower:
		c.journal.Infof("%s stream: the filters are narrower than those of the state file: it goes on where it was", s.name)
	case state.Unlike:
		c.journal.Warnf("%s stream: the filters changed in a way that does not tell what was delivered under the former ones: the log is "+
			"read anew from start_from (%s) on, and events older than sweep_window (%s) may be delivered again",
			s.name, c.cfg.StartFrom, c.cfg.SweepWindow)
	case state.Wider:
		c.journal.Warnf("%s stream: the filters changed: what they add is fetched from start_from (%s) on, what was delivered is not "+
			"delivered again", s.name, c.cfg.StartFrom)
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

// Progress is how far one stream is. Times are Unix seconds by the server's clock.
type Progress struct {
	Stream       string
	Refused      bool   // the API does not serve the stream
	Known        bool   // a first answer came; before, what follows is what the state file says, if anything
	Start        int64  // wanted from here on
	CoveredUntil int64  // nothing from Start to here that the API has listed is missing
	BackTo       int64  // nor from here to LastPoll: how far a backfill has come
	Wanted       int64  // seconds from Start to now
	Uncovered    int64  // of these, seconds that are not covered; those since the last poll are among them
	LastPoll     int64  // begin of the last complete poll, be it before a restart; 0 when there was none
	Behind       int64  // seconds since LastPoll
	Polled       bool   // at least one poll was completed since the start
	Delivered    uint64 // events accepted since the collector began
}

// Progress returns how far each stream is.
func (c *Collector) Progress() []Progress { return c.book.progressOf(c.clock.now()) }

// CaughtUp reports whether all wanted time is covered, so that only new events are to come. A tenant stream
// that the API has never served counts as covered: in scope all, most organizations have none.
func (c *Collector) CaughtUp() bool {
	for _, p := range c.Progress() {
		if p.Refused && p.Stream == streamTenant && len(c.book.streams) > 1 && p.LastPoll == 0 {
			continue
		}
		if p.Refused || !p.Known || !p.Polled || p.Uncovered > p.Behind {
			return false
		}
	}
	return true
}
