package main

/*
#include <stdlib.h>
#include "abi.h"
*/
import "C"

import (
	"time"
	"unsafe"

	"fluent-bit-openai-audit/internal/metrics"
)

// publishEvery is the least time between two publications.
const publishEvery = 2 * time.Second

// publisher copies an instance's metrics into those of the host, where they appear beside the host's
// own: fluentbit_input_openai_audit_..., with the instance's name as the first label. It may be used by
// one goroutine at a time only, and not once the instance has stopped.
type publisher struct {
	host     *fluentBit
	set      *metrics.Set
	families map[string]unsafe.Pointer // the host's metric, nil where it made none
	next     time.Time
}

// newPublisher returns a publisher and creates every metric. To be called in Init, while
// the host does nothing else: it puts a new metric into its list before it is complete, and must not
// walk the list then.
func newPublisher(f *fluentBit) *publisher {
	p := &publisher{host: f, set: metrics.New(), families: make(map[string]unsafe.Pointer)}
	if f.c.cmt != nil {
		p.set.Describe(func(s metrics.Sample) { p.family(s) })
	}
	return p
}

// show makes set what is published from now on, and publishes it.
func (p *publisher) show(set *metrics.Set) {
	p.set = set
	p.publish(time.Now())
}

// counter returns one of the host's counters that are ours, or nil.
func (p *publisher) counter() (own unsafe.Pointer) {
	p.set.Describe(func(s metrics.Sample) {
		if own == nil && s.Kind == metrics.KindCounter {
			own = p.family(s)
		}
	})
	return own
}

// publish sets the host's metrics to the current values, unless it did so a moment ago.
func (p *publisher) publish(now time.Time) {
	if p.host.c.cmt == nil || now.Before(p.next) {
		return
	}
	p.next = now.Add(publishEvery)
	ns := C.uint64_t(now.UnixNano())
	p.set.Each(func(s metrics.Sample) { p.setSample(ns, s) })
}

func (p *publisher) setSample(ns C.uint64_t, s metrics.Sample) {
	family := p.family(s)
	if family == nil {
		return
	}
	n, values := cStrings(p.host.name, s.LabelValues)
	defer C.free(unsafe.Pointer(values))
	c := p.host.c
	switch s.Kind {
	case metrics.KindCounter:
		C.oa_counter_set(c, family, ns, C.double(s.Value), n, values)
	case metrics.KindGauge:
		C.oa_gauge_set(c, family, ns, C.double(s.Value), n, values)
	case metrics.KindHistogram:
		counts := (*C.uint64_t)(unsafe.SliceData(s.Counts))
		total := C.uint64_t(s.Counts[len(s.Counts)-1])
		C.oa_histogram_set(c, family, ns, counts, C.double(s.Sum), total, n, values)
	}
}

// family returns the host's metric for a sample, which it creates when there is none, or nil.
func (p *publisher) family(s metrics.Sample) unsafe.Pointer {
	family, known := p.families[s.Name]
	if !known {
		family = p.create(s)
		p.families[s.Name] = family
	}
	return family
}

// create makes the host's metric for a sample, or returns nil.
func (p *publisher) create(s metrics.Sample) unsafe.Pointer {
	_, texts := cStrings(s.Name, []string{s.Help})
	defer C.free(unsafe.Pointer(texts))
	name, help := unsafe.Slice(texts, 2)[0], unsafe.Slice(texts, 2)[1]
	n, keys := cStrings("name", s.LabelNames)
	defer C.free(unsafe.Pointer(keys))
	c := p.host.c
	switch s.Kind {
	case metrics.KindCounter:
		return C.oa_counter(c, name, help, n, keys)
	case metrics.KindGauge:
		return C.oa_gauge(c, name, help, n, keys)
	case metrics.KindHistogram:
		bounds := (*C.double)(unsafe.SliceData(s.Buckets))
		return C.oa_histogram(c, name, help, bounds, C.size_t(len(s.Buckets)), n, keys)
	}
	return nil
}

// cStrings returns first and rest as C strings: one block of C memory that holds the pointers and
// behind them the texts. The caller frees it.
func cStrings(first string, rest []string) (n C.int, block **C.char) {
	all := append([]string{first}, rest...)
	const pointer = int(unsafe.Sizeof(uintptr(0)))
	size := len(all) * pointer
	for _, s := range all {
		size += len(s) + 1
	}
	block = (**C.char)(C.malloc(C.size_t(size)))
	pointers := unsafe.Slice(block, len(all))
	texts := unsafe.Slice((*byte)(unsafe.Pointer(block)), size)[len(all)*pointer:]
	for i, s := range all {
		pointers[i] = (*C.char)(unsafe.Pointer(unsafe.SliceData(texts)))
		used := copy(texts, s)
		texts[used] = 0
		texts = texts[used+1:]
	}
	return C.int(len(all)), block
}
