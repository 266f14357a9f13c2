package auditlog_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"fluent-bit-openai-audit/internal/auditlog"
	"fluent-bit-openai-audit/internal/fakeopenai"
	"fluent-bit-openai-audit/internal/metrics"
)

// series returns every series there is with its value, of histograms the sum.
func series(c *auditlog.Collector) map[string]float64 {
	synctest.Wait() // it may be setting them
	out := make(map[string]float64)
	c.Metrics().Each(func(s metrics.Sample) {
		name := strings.Join(append([]string{strings.TrimPrefix(s.Name, "openai_audit_")}, s.LabelValues...), " ")
		out[name] = s.Value + s.Sum
	})
	return out
}

// What can be known beforehand is there from the start: a counter that begins with its first event does not increase.
func TestSeriesOfANewCollector(t *testing.T) {
	of := func(streams ...string) map[string]float64 {
		want := map[string]float64{"info test": 1, "commits_total": 0, "queue_bytes": 0, "refused_appends_total": 0, "paused": 0}
		for _, stream := range streams {
			for _, name := range []string{
				"duplicates_total", "excluded_total", "malformed_total", "late_events_total", "lateness_seconds", "retries_total",
				"received_bytes_total",
			} {
				want[name+" "+stream] = 0
			}
			for _, class := range []string{"malformed", "other"} {
				want["events_total "+stream+" "+class] = 0
			}
			for _, kind := range []string{
				"clock", "concatenated", "early_end", "empty_page", "envelope", "ignored_filter", "null_cursor", "order", "refused_cursor",
				"repeated_cursor",
			} {
				want["anomalies_total "+stream+" "+kind] = 0
			}
			for _, status := range []string{
				"200", "400", "401", "403", "404", "422", "429", "500", "502", "503", "504", "network",
			} {
				want["requests_total "+stream+" "+status] = 0
			}
		}
		return want
	}
	for _, tt := range []struct {
		name       string
		properties map[string]string
		want       map[string]float64
	}{
		{"both streams", nil, of("organization", "tenant")},
		{"the organization's", map[string]string{"scope": "organization"}, of("organization")},
		{"the tenant's", map[string]string{"scope": "tenant"}, of("tenant")},
		{"no type of the tenant's", map[string]string{"event_types": "login.failed"}, of("organization")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inScene(t, func(s scene) {
				c := newCollector(s, s.local, s.fb, tt.properties)
				defer c.Stop()
				if diff := cmp.Diff(tt.want, series(c)); diff != "" {
					s.Errorf("series (-want +got): %s", diff)
				}
			})
		})
	}
}

// most is how far an idle stream may be behind: poll_interval with its jitter, and the way into the state.
const most = 40

// wantLag checks how far a stream is behind, and that as much of it is not covered, give or take what a
// poll that failed leaves to be re-read.
func (s scene) wantLag(got map[string]float64, stream string, seconds, reread float64) {
	s.Helper()
	behind, uncovered := got["behind_seconds "+stream], got["uncovered_seconds "+stream]
	if behind < seconds || behind > seconds+most {
		s.Errorf("%s stream: %v s behind, want %v to %v", stream, behind, seconds, seconds+most)
	}
	if uncovered < behind || uncovered > behind+reread {
		s.Errorf("%s stream: %v s uncovered and %v s behind", stream, uncovered, behind)
	}
}

// While nothing can be read, for whatever reason, time goes on.
func TestLagGrowsWhileNothingIsRead(t *testing.T) {
	both := []string{"organization", "tenant"}
	fault := func(kind fakeopenai.Kind, streams ...fakeopenai.Stream) func(scene) {
		return func(s scene) { s.server.Inject(fakeopenai.Fault{Kind: kind, When: fakeopenai.When{Streams: streams}}) }
	}
	for _, tt := range []struct {
		name  string
		begin func(scene)
		stuck []string // streams
	}{
		{"nothing is wrong", func(scene) {}, nil},
		{"the key is refused", fault(fakeopenai.Unauthorized), both},
		{"the scope is missing", fault(fakeopenai.Forbidden), both},
		{"the query is refused", fault(fakeopenai.NotFound), both},
		{"the tenant stream is refused", fault(fakeopenai.Forbidden, fakeopenai.TenantStream), []string{"tenant"}},
		{"the API fails", fault(fakeopenai.ServerError), both},
		{"the API throttles", fault(fakeopenai.Throttled), both},
		{"the network is down", fault(fakeopenai.Drop), both},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inScene(t, func(s scene) {
				s.add("org", "login.succeeded", 10, time.Minute)
				c := newCollector(s, s.local, s.fb, nil)
				c.Start()
				run(c, s.fb, 5*time.Minute)
				tt.begin(s)
				const underWay = 10 * time.Second
				run(c, s.fb, underWay)
				before := series(c)
				run(c, s.fb, time.Hour-underWay)
				after := series(c)
				for _, stream := range both {
					stuck := slices.Contains(tt.stuck, stream)
					if stuck {
						s.wantLag(after, stream, 3600, 600)
					} else {
						s.wantLag(after, stream, 0, 0)
					}
					if name := "covered_until_timestamp_seconds " + stream; (after[name] > before[name]) == stuck {
						s.Errorf("%s: %v, before %v", name, after[name], before[name])
					}
				}
				s.stop(c)
			})
		})
	}
}

// An idle stream is at no moment further behind than a poll takes to come and to be taken.
func TestLagOfAnIdleStream(t *testing.T) {
	inScene(t, func(s scene) {
		s.add("org", "login.succeeded", 10, time.Minute)
		c := newCollector(s, s.local, s.fb, nil)
		c.Start()
		run(c, s.fb, 10*time.Second)
		for range 3600 {
			run(c, s.fb, time.Second)
			got := series(c)
			s.wantLag(got, "organization", 0, 0)
			s.wantLag(got, "tenant", 0, 0)
			if s.Failed() {
				break
			}
		}
		s.stop(c)
	})
}

// After a restart the lag counts from what the state file says, before there is any answer.
func TestLagAfterARestart(t *testing.T) {
	inScene(t, func(s scene) {
		properties := map[string]string{"db": filepath.Join(s.TempDir(), "a.db"), "scope": "organization"}
		s.add("org", "login.succeeded", 10, time.Minute)
		s.collect(5*time.Minute, properties)
		s.server.Inject(fakeopenai.Fault{Kind: fakeopenai.Unauthorized})
		time.Sleep(time.Hour)
		c := newCollector(s, s.local, s.fb, properties)
		s.wantLag(series(c), "organization", 3600, 0)
		c.Start()
		run(c, s.fb, time.Hour)
		got := series(c)
		s.wantLag(got, "organization", 7200, 0)
		if at, ok := got["last_poll_timestamp_seconds organization"]; ok {
			s.Errorf("no poll has succeeded since the start, and the last is said to have been at %v", at)
		}
		s.stop(c)
	})
}

// A server that tells no time, and lists no event that would, was not polled in 1970.
func TestNoTimeOfTheLastPoll(t *testing.T) {
	inScene(t, func(s scene) {
		s.server.Inject(fakeopenai.Fault{Kind: fakeopenai.WrongDate, Form: "none"})
		c := newCollector(s, s.local, s.fb, map[string]string{"scope": "organization"})
		c.Start()
		run(c, s.fb, 5*time.Minute)
		for name := range series(c) {
			if strings.Contains(name, "timestamp") && !strings.HasPrefix(name, "last_commit") {
				s.Errorf("there is a %s", name)
			}
		}
		s.stop(c)
	})
}
