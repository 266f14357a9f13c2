package metrics_test

import (
	"math"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fluent-bit-openai-audit/internal/metrics"
)

// samples returns what the set publishes.
func samples(s *metrics.Set) []metrics.Sample {
	var all []metrics.Sample
	s.Each(func(sample metrics.Sample) { all = append(all, sample) })
	return all
}

// TestTable holds the table of the metrics against the rules for their names.
func TestTable(t *testing.T) {
	s := metrics.New()
	if got := samples(s); len(got) != 0 {
		t.Errorf("%d series before anything was counted", len(got))
	}
	seen := make(map[string]bool)
	s.Describe(func(m metrics.Sample) {
		if seen[m.Name] {
			t.Errorf("%s is there twice", m.Name)
		}
		seen[m.Name] = true
		if !regexp.MustCompile(`^openai_audit_[a-z_]+$`).MatchString(m.Name) {
			t.Errorf("%s: not a name of ours", m.Name)
		}
		if counter := m.Kind == metrics.KindCounter; counter != strings.HasSuffix(m.Name, "_total") {
			t.Errorf("%s: a counter's name ends in _total, and no other does", m.Name)
		}
		if histogram := m.Kind == metrics.KindHistogram; histogram != (len(m.Buckets) > 0) {
			t.Errorf("%s: a histogram has buckets, and nothing else has", m.Name)
		}
		if !slices.IsSorted(m.Buckets) {
			t.Errorf("%s: buckets %v do not rise", m.Name, m.Buckets)
		}
		if !strings.HasSuffix(m.Help, ".") {
			t.Errorf("%s: help %q is no sentence", m.Name, m.Help)
		}
		if len(m.LabelValues) > 0 || m.Value != 0 || len(m.Counts) > 0 {
			t.Errorf("%s: a description with values: %+v", m.Name, m)
		}
	})
	want := 0
	for i := range reflect.TypeFor[metrics.Set]().NumField() {
		if reflect.TypeFor[metrics.Set]().Field(i).Type == reflect.TypeFor[*metrics.Vec]() {
			want++
		}
	}
	if len(seen) != want {
		t.Errorf("%d metrics are described, Set has %d", len(seen), want)
	}
}

// TestEach publishes a counter, a gauge and one without labels, in the order of the table and of their making.
func TestEach(t *testing.T) {
	s := metrics.New()
	s.Commits.With().Add(2)
	s.Requests.With("tenant", "429").Add(1)
	s.Requests.With("organization", "200").Add(1)
	s.Requests.With("tenant", "429").Add(0.5)
	s.Behind.With("organization").Set(30)
	s.Behind.With("organization").Set(12.25)
	type series struct {
		Name   string
		Kind   metrics.Kind
		Labels []string
		Values []string
		Value  float64
	}
	var got []series
	for _, m := range samples(s) {
		got = append(got, series{m.Name, m.Kind, m.LabelNames, m.LabelValues, m.Value})
	}
	status := []string{"stream", "status"}
	want := []series{
		{"openai_audit_requests_total", metrics.KindCounter, status, []string{"tenant", "429"}, 1.5},
		{"openai_audit_requests_total", metrics.KindCounter, status, []string{"organization", "200"}, 1},
		{"openai_audit_behind_seconds", metrics.KindGauge, []string{"stream"}, []string{"organization"}, 12.25},
		{"openai_audit_commits_total", metrics.KindCounter, nil, nil, 2},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestHistogram observes values on, between and beyond the bounds: a bucket holds what is at or below its bound.
func TestHistogram(t *testing.T) {
	s := metrics.New()
	v := s.Lateness.With("tenant")
	for _, x := range []float64{0, 5, 5.1, 86400, 86401, math.Inf(1)} {
		v.Observe(x)
	}
	got := samples(s)
	if len(got) != 1 {
		t.Fatalf("%d series", len(got))
	}
	m := got[0]
	if len(m.Counts) != len(m.Buckets)+1 {
		t.Fatalf("%d counts for %d bounds", len(m.Counts), len(m.Buckets))
	}
	for i, want := range map[int]uint64{0: 2, 1: 3, len(m.Counts) - 3: 3, len(m.Counts) - 2: 4, len(m.Counts) - 1: 6} {
		if m.Counts[i] != want {
			t.Errorf("%d observations in bucket %d, want %d: %v", m.Counts[i], i, want, m.Counts)
		}
	}
	if !math.IsInf(m.Sum, 1) || m.Value != 0 {
		t.Errorf("sum %v, value %v", m.Sum, m.Value)
	}
	other := s.Lateness.With("organization")
	other.Observe(7)
	other.Observe(0.5)
	if got := other.Get(); got != 7.5 {
		t.Errorf("the sum is %v, want 7.5", got)
	}
}

// TestLabelsAreKept changes the slice that With was called with, and tells labels apart that look alike when joined.
func TestLabelsAreKept(t *testing.T) {
	s := metrics.New()
	labels := []string{"organization", "200"}
	s.Requests.With(labels...).Add(1)
	labels[1] = "500"
	s.Requests.With("organization", "200").Add(1)
	s.Requests.With("organization2", "00").Add(1)
	got := samples(s)
	if len(got) != 2 || got[0].Value != 2 || !slices.Equal(got[0].LabelValues, []string{"organization", "200"}) {
		t.Errorf("%+v", got)
	}
}

// TestConcurrency counts from many goroutines at once while others publish: nothing is lost.
func TestConcurrency(t *testing.T) {
	s := metrics.New()
	const workers, rounds = 8, 500
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for range rounds {
				s.Requests.With("organization", "200").Add(1)
				s.Lateness.With("organization").Observe(10)
				s.Each(func(m metrics.Sample) {
					if m.Value > workers*rounds || !slices.IsSorted(m.Counts) {
						t.Errorf("published %+v", m)
					}
				})
			}
		})
	}
	group.Wait()
	if got := s.Requests.With("organization", "200").Get(); got != workers*rounds {
		t.Errorf("%v requests, want %d", got, workers*rounds)
	}
	for _, m := range samples(s) {
		if m.Kind == metrics.KindHistogram && (m.Counts[len(m.Counts)-1] != workers*rounds || m.Sum != 10*workers*rounds) {
			t.Errorf("%v observations, sum %v", m.Counts, m.Sum)
		}
	}
}
