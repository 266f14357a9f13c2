package source

import (
	"context"
	"sync"
	"time"

	"fluent-bit-openai-audit/internal/metrics"
	"fluent-bit-openai-audit/internal/openai"
)

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
				Records: c.Config.Records, Shaper: c.Shaper, Streams: c.streams, Delivery: c.Delivery, Waits: &c.beatWaits,
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
		c.lines.Say(c.Journal, c.Progress())
		c.observe()
		if c.hooks.Report != nil {
			c.hooks.Report()
		}
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
