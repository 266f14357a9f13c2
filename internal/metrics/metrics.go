// Package metrics is the one table of what the collector counts. Counting is an atomic addition and takes
// no lock once a series exists. Whoever publishes the values walks the set: in Fluent Bit, they go into the
// host's own metrics. The package does not know where they go.
package metrics

import (
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// Kind is how a value behaves.
type Kind uint8

// The kinds: a counter only grows, a gauge moves, a histogram counts observations by size.
const (
	KindCounter Kind = iota
	KindGauge
	KindHistogram
)

// Sample is one value as it is published. Buckets are upper bounds; Counts has the number of observations at
// or below each, and in the end that of all.
type Sample struct {
	Name, Help              string
	Kind                    Kind
	LabelNames, LabelValues []string
	Value                   float64
	Buckets                 []float64
	Counts                  []uint64
	Sum                     float64
}

// Vec is one metric with its labels: a value for each combination that With was asked for.
type Vec struct {
	name, help string
	kind       Kind
	labels     []string
	buckets    []float64

	mu     sync.RWMutex
	values map[string]*Value
	order  []*Value
}

// Value is one number, or one histogram. It is safe for concurrent use.
type Value struct {
	labels  []string
	bits    atomic.Uint64
	buckets []float64
	counts  []atomic.Uint64
}

// With returns the value for the given label values, one for each name in the order of the table. It is made when it is
// first asked for.
func (v *Vec) With(labels ...string) *Value {
	key := strings.Join(labels, "\x00")
	v.mu.RLock()
	val := v.values[key]
	v.mu.RUnlock()
	if val != nil {
		return val
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if val = v.values[key]; val == nil {
		val = &Value{labels: slices.Clone(labels), buckets: v.buckets}
		if v.kind == KindHistogram {
			val.counts = make([]atomic.Uint64, len(v.buckets)+1)
		}
		v.values[key] = val
		v.order = append(v.order, val)
	}
	return val
}

// Add adds d to a counter or a gauge.
func (v *Value) Add(d float64) {
	for {
		old := v.bits.Load()
		if v.bits.CompareAndSwap(old, math.Float64bits(math.Float64frombits(old)+d)) {
			return
		}
	}
}

// Set sets a gauge.
func (v *Value) Set(x float64) { v.bits.Store(math.Float64bits(x)) }

// Get returns the number, for a histogram the sum of what was observed.
func (v *Value) Get() float64 { return math.Float64frombits(v.bits.Load()) }

// Observe counts x in a histogram.
func (v *Value) Observe(x float64) {
	i, _ := slices.BinarySearch(v.buckets, x)
	v.counts[i].Add(1)
	v.Add(x)
}

func (v *Vec) each(f func(Sample)) {
	v.mu.RLock()
	order := v.order[:len(v.order):len(v.order)]
	v.mu.RUnlock()
	for _, val := range order {
		s := Sample{
			Name: v.name, Help: v.help, Kind: v.kind,
			LabelNames: v.labels, LabelValues: val.labels, Value: val.Get(),
		}
		if v.kind == KindHistogram {
			s.Buckets, s.Sum, s.Value = v.buckets, s.Value, 0
			total := uint64(0)
			for i := range val.counts {
				total += val.counts[i].Load()
				s.Counts = append(s.Counts, total)
			}
		}
		f(s)
	}
}
