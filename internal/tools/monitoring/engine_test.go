package monitoring_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/util/annotations"
)

// interval is the time between two scrapes.
const interval = time.Minute

// memory is a store of series, each with one sample for every interval from the epoch on.
type memory struct{ series []storage.Series }

// add adds a series. A NaN is a sample that is not there.
func (m *memory) add(l labels.Labels, values []float64) {
	var samples []chunks.Sample
	for i, v := range values {
		if !math.IsNaN(v) {
			samples = append(samples, point{t: int64(i) * interval.Milliseconds(), v: v})
		}
	}
	m.series = append(m.series, storage.NewListSeries(l, samples))
}

// The parts of storage.Queryable and storage.Querier that the engine needs.

func (m *memory) Querier(int64, int64) (storage.Querier, error) { return m, nil }

func (m *memory) Select(_ context.Context, _ bool, _ *storage.SelectHints, matchers ...*labels.Matcher) storage.SeriesSet {
	set := &seriesSet{at: -1}
	for _, s := range m.series {
		if !slices.ContainsFunc(matchers, func(m *labels.Matcher) bool { return !m.Matches(s.Labels().Get(m.Name)) }) {
			set.series = append(set.series, s)
		}
	}
	return set
}

var errUnused = errors.New("not needed by the engine")

func (*memory) LabelValues(context.Context, string, *storage.LabelHints, ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	return nil, nil, errUnused
}

func (*memory) LabelNames(context.Context, *storage.LabelHints, ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	return nil, nil, errUnused
}

func (*memory) Close() error { return nil }

type seriesSet struct {
	series []storage.Series
	at     int
}

func (s *seriesSet) Next() bool {
	s.at++
	return s.at < len(s.series)
}

func (s *seriesSet) At() storage.Series              { return s.series[s.at] }
func (*seriesSet) Err() error                        { return nil }
func (*seriesSet) Warnings() annotations.Annotations { return nil }

// point is a sample.
type point struct {
	t int64
	v float64
}

func (p point) T() int64                    { return p.t }
func (point) ST() int64                     { return 0 }
func (p point) F() float64                  { return p.v }
func (point) H() *histogram.Histogram       { return nil }
func (point) FH() *histogram.FloatHistogram { return nil }
func (point) Type() chunkenc.ValueType      { return chunkenc.ValFloat }
func (p point) Copy() chunks.Sample         { return p }

func newEngine(t *testing.T) *promql.Engine {
	t.Helper()
	e := promql.NewEngine(promql.EngineOpts{MaxSamples: 10_000_000, Timeout: time.Minute, Parser: newParser()})
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// query evaluates an expression at a time after the epoch, and returns the series with their values.
func query(t *testing.T, e *promql.Engine, m *memory, expr string, at time.Duration) promql.Vector {
	t.Helper()
	q, err := e.NewInstantQuery(t.Context(), m, nil, expr, time.UnixMilli(at.Milliseconds()))
	if err != nil {
		t.Fatalf("%s: %v", expr, err)
	}
	defer q.Close()
	result := q.Exec(t.Context())
	vector, err := result.Vector()
	if err != nil {
		t.Fatalf("%s: %v", expr, err)
	}
	if len(result.Warnings) > 0 {
		t.Errorf("%s: %v", expr, result.Warnings)
	}
	return slices.Clone(vector)
}

// describe writes the labels of a result without those of the target.
func describe(l labels.Labels) string {
	var parts []string
	l.Range(func(l labels.Label) {
		if l.Name != "job" && l.Name != "instance" && l.Name != model.MetricNameLabel {
			parts = append(parts, l.Name+"="+l.Value)
		}
	})
	return strings.Join(parts, ",")
}
