package inventory

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"fluent-bit-openai-audit/internal/config"
	"fluent-bit-openai-audit/internal/host"
	"fluent-bit-openai-audit/internal/inventory/kinds"
	"fluent-bit-openai-audit/internal/openai"
	"fluent-bit-openai-audit/internal/source"
	"fluent-bit-openai-audit/internal/state"
)

// streamInventory is the one stream of this source, as metadata, metrics and messages name it.
const streamInventory = "inventory"

// Collector takes snapshots of one organization for one host. Its exported methods are safe for concurrent use, save that
// only one HandOver may run at a time.
type Collector struct {
	*source.Core
	chosen   []kinds.Kind
	volatile [][]string // paths of fields
	packer   packer

	mu       sync.Mutex        // before the delivery's lock
	lists    map[string]*known // by key: what is known, as it was put last
	snapshot snapshot          // the last one
	run      *run              // the snapshot under way; nil between two
	refused  bool              // the API serves nothing of it

	number uint64                // of the last mark
	covers map[state.Key]covered // ids that need not be kept once a mark is saved

	filed     map[string]*known // as the file has them; only save uses it
	filedOpen int64             // the snapshot that the file knows of; only save uses it

	delivered atomic.Uint64 // records accepted since the collector began
	beaten    uint64        // of these, those that a heartbeat has told of
}

// covered says which mark makes an id needless.
type covered struct {
	list   string
	number uint64
}

// New prepares a collector: it opens the state file and the files the configuration names, but does not touch the network.
// An error means that the configuration cannot work as it is.
func New(cfg *config.Config, h host.Host, opts source.Options) (*Collector, error) {
	c := &Collector{
		chosen: kinds.Chosen(cfg.Resources), lists: make(map[string]*known), covers: make(map[state.Key]covered),
		filed: make(map[string]*known),
	}
	for _, path := range cfg.VolatileFields {
		c.volatile = append(c.volatile, strings.Split(path, "."))
	}
	core, err := source.Open(cfg, h, opts, c.countRequest)
	if err != nil {
		return nil, err
	}
	c.Core = core
	saved, err := c.load()
	if err != nil {
		return nil, errors.Join(err, core.Abandon())
	}
	c.preset()
	core.Attach(saved, source.Hooks{
		Describe: c.describe, Read: c.readAll, Restart: c.restart, Save: c.save, Streams: c.beat, Report: c.observe,
	})
	c.observe()
	return c, nil
}

// readAll starts what takes snapshots.
func (c *Collector) readAll(ctx context.Context, wg *sync.WaitGroup) {
	source.Keep(ctx, wg, c.Journal, "the snapshots", c.snapshots)
}

// snapshots takes one snapshot after another, each when it is due.
func (c *Collector) snapshots(ctx context.Context) error {
	for {
		if wait := c.due(); wait > 0 {
			if err := openai.Wait(ctx, min(wait, time.Minute)); err != nil { // and no longer, since clocks are set
				return err
			}
			continue
		}
		if err := c.take(ctx); err != nil {
			return err
		}
	}
}

// known returns what is known of a list; nil for nothing.
func (c *Collector) known(key string) *known {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lists[key]
}

// markList puts what is known of a list now, behind records with these keys.
func (c *Collector) markList(l *list, k *known, keys []state.Key) {
	key := l.key()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.number++
	k.number = c.number
	for _, id := range keys {
		c.covers[id] = covered{key, k.number}
	}
	c.lists[key] = k
	c.Delivery.Mark(key, k)
	if k.Snapshot == k.Reading {
		c.Delivery.Soon() // it brings no ids, maybe, and a request is worth a saving
	}
}
