package main

/*
#include <stdlib.h>
#include "abi.h"
*/
import "C"

import (
	"os"
	"sync"
	"time"
	"unsafe"

	"fluent-bit-openai-audit/internal/collector"
	"fluent-bit-openai-audit/internal/config"
	"fluent-bit-openai-audit/internal/host"
	"fluent-bit-openai-audit/internal/source"
	"fluent-bit-openai-audit/internal/storage"
)

const (
	// forgotten is how long an instance must not have been called to be served on another's thread: a few
	// of the host's calls.
	forgotten = 3 * time.Second
	// whilePaused is how often the metrics of a paused instance are published.
	whilePaused = 10 * time.Second
	// sayAgain is how long a matter that repeats is summed up.
	sayAgain = 10 * time.Minute
)

// instance is one [INPUT] section: a collector between the API and one input of the host.
type instance struct {
	host      *fluentBit
	journal   *host.Journal
	collector collector.Collector
	storage   *storage.Watch
	metrics   *publisher

	mu      sync.Mutex // held during each callback; protects what follows
	batch   batch
	called  time.Time // when the host called it last, or else initialized it
	paused  bool
	stopped bool

	republish *time.Timer // runs while paused
}

// newInstance configures an instance from its section. It logs why when there is none, and returns nil;
// Fluent Bit then does not start.
func newInstance(plugin *C.struct_oa_plugin) *instance {
	h := openHost(plugin, instances.count())
	if !h.contexts() && instances.count() > 0 {
		h.Log(host.Error, "this version of Fluent Bit can run one openai_audit input, and one is running: remove the "+
			"others, or use Fluent Bit 4.1 or later")
		return nil
	}
	cfg, err := config.Parse(h.property, os.LookupEnv)
	if err != nil {
		h.Log(host.Error, err.Error())
		return nil
	}
	published := newPublisher(h)
	h.findDrained(published.counter())
	sayEvidence(h)
	watch := storage.New(theProcess(), storage.Options{
		Folder: cfg.StoragePath, State: cfg.DB, Notice: func(text string) { h.Log(host.Warn, text) },
	})
	c, err := collector.New(cfg, h, source.Options{Version: host.Version(version), Ring: ring(h), Room: watch.Room})
	if err != nil {
		watch.Close()
		h.Log(host.Error, err.Error())
		return nil
	}
	published.show(c.Metrics())
	if line, known := watch.Describe(); known {
		h.Log(host.Info, line)
	} else {
		h.Log(host.Warn, line)
	}
	in := &instance{
		host:      h,
		storage:   watch,
		journal:   host.NewJournal(h, sayAgain),
		collector: c,
		metrics:   published,
		called:    time.Now(),
	}
	in.republish = time.AfterFunc(whilePaused, in.publishPaused)
	in.republish.Stop()
	c.Start() // to have something to hand over when the host first calls
	return in
}

// sayEvidence says what the host does not tell of the records that it takes.
func sayEvidence(h *fluentBit) {
	_, counts := h.Out()
	_, rests := h.Rests()
	switch {
	case !counts && !rests:
		h.Log(host.Warn, "this build of Fluent Bit tells nothing of what becomes of the records that it takes: it does not count them, and "+
			"/proc/self/task does not show its thread; they count as delivered when it takes them, so a kill loses the last ones: use an "+
			"official build on Linux")
	case !counts:
		h.Log(host.Warn, "this build of Fluent Bit does not count what comes out of its ring buffer: what it takes and cannot store goes "+
			"unnoticed; use an official build")
	case !rests:
		h.Log(host.Warn, "/proc/self/task does not show whether Fluent Bit's thread is at work: the last records before a quiet time count "+
			"as delivered when the next ones come, so a kill repeats them")
	}
	if !h.appends() {
		h.Log(host.Warn, "this build of Fluent Bit does not tell whether it took records (it exports no flb_input_log_append): what it "+
			"drops is lost; use an official build")
	}
}

// collect hands queued records to the host. Where the host takes them at once it returns nothing;
// otherwise a buffer of C memory with records, which the cleanup callback frees.
func (in *instance) collect() (data unsafe.Pointer, size C.size_t) {
	in.mu.Lock()
	defer in.mu.Unlock()
	C.oa_keep_faults()
	in.called = time.Now()
	in.serve()
	if in.paused && in.host.appends() {
		for _, other := range instances.all() {
			other.serveForgotten()
		}
	}
	return in.batch.take()
}

// serveForgotten serves an instance that the host does not call. When Fluent Bit pauses an instance it
// stops its calls to the last one instead (cb_pause in flb_plugin_proxy.c gives the collector of
// proxy->instance, which is the one initialized last): so the paused one goes on being called, and
// serves the last on its thread until the host does again.
func (in *instance) serveForgotten() {
	if !in.mu.TryLock() {
		return // it is being called
	}
	defer in.mu.Unlock()
	if !in.paused && time.Since(in.called) > forgotten {
		in.serve()
	}
}

// serve does what is due: prints the log, hands records over, publishes the metrics. It is called with
// mu held.
func (in *instance) serve() {
	in.host.printLog()
	if in.stopped {
		return
	}
	if !in.paused {
		in.handOver()
	}
	in.metrics.publish(time.Now())
}

// handOver moves records to the host. The collector keeps what the host refuses, and says so.
func (in *instance) handOver() {
	if in.host.appends() {
		_ = in.collector.HandOver(host.HandOverBudget, in.host.append)
		return
	}
	_ = in.collector.HandOver(0, in.batch.add)
}

// pause stops the hand-over. The host may pause an instance that is paused: at its end it pauses all
// that no buffer limit had paused, twice, and the collector concludes from that what has left the
// host's ring buffer. So each pause is passed on, but not one that may be meant for another instance.
func (in *instance) pause(exact bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.host.printLog()
	if in.stopped || in.paused && !exact {
		return
	}
	in.paused = true
	in.collector.Pause()
	in.metrics.publish(time.Now())
	in.republish.Reset(whilePaused)
}

// publishPaused publishes the metrics of a paused instance, which the host may not call: how long nothing
// was handed over is what an operator wants to see then.
func (in *instance) publishPaused() {
	guard("publishing of metrics", func() {
		in.mu.Lock()
		defer in.mu.Unlock()
		if in.paused && !in.stopped {
			in.metrics.publish(time.Now())
			in.republish.Reset(whilePaused)
		}
	})
}

// resume lets the hand-over go on.
func (in *instance) resume(bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.host.printLog()
	if in.stopped {
		return
	}
	in.paused = false
	in.republish.Stop()
	in.collector.Resume()
	in.metrics.publish(time.Now())
}

// stop ends the collector. It may be called again.
func (in *instance) stop(bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if !in.stopped {
		in.stopped = true
		in.republish.Stop()
		in.collector.Stop()
		in.storage.Close()
	}
	in.host.printLog()
}

// exit ends the instance. The host frees what it has of it afterwards.
func (in *instance) exit(exact bool) {
	instances.remove(in)
	in.stop(exact)
	in.mu.Lock()
	defer in.mu.Unlock()
	in.batch.free()
	in.host.close()
}
