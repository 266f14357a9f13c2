package probe_test

import (
	"math"
	"testing"
	"time"

	"fluent-bit-openai-audit/internal/fakeopenai"
	"fluent-bit-openai-audit/internal/probe"
)

func TestEstimate(t *testing.T) {
	t.Parallel()
	const latency = 200 * time.Millisecond
	slow := fakeopenai.Options{Latency: latency}
	failing := []fakeopenai.Fault{{Kind: fakeopenai.ServerError, When: fakeopenai.When{Skip: 2}}}
	for _, tt := range []struct {
		name  string
		scene scene
		want  probe.Estimate
		there int // events that there are, when they are not all counted
		off   float64
	}{
		{
			"all on the page",
			scene{events: 10, api: slow},
			probe.Estimate{Events: 10, Exact: true, Pages: 1, Latency: latency, Cost: probe.Cost{Requests: 1, Time: latency}},
			10, 0,
		},
		{
			"a part of the page",
			scene{events: 90, properties: map[string]string{"start_from": "30m"}},
			probe.Estimate{Events: 30, Exact: true, Pages: 1, Cost: probe.Cost{Requests: 1}},
			30, 0,
		},
		{
			"now",
			scene{events: 900, properties: map[string]string{"start_from": "now"}},
			probe.Estimate{Exact: true, Pages: 1, Cost: probe.Cost{Requests: 1}},
			0, 0,
		},
		{
			"none",
			scene{properties: map[string]string{"start_from": "beginning"}},
			probe.Estimate{Exact: true, Pages: 1, Cost: probe.Cost{Requests: 1}},
			0, 0,
		},
		{
			"log begins after the start",
			scene{events: 300, api: slow},
			probe.Estimate{Events: 300, Pages: 2, Latency: latency, Cost: probe.Cost{Requests: 3, Time: 3 * latency}},
			300, 0,
		},
		{
			"even",
			scene{events: 10_000, api: slow, properties: map[string]string{"start_from": "5d", "page_size": "50"}},
			probe.Estimate{Pages: 5, Latency: latency, Cost: probe.Cost{Requests: 144, Time: 144 * latency / 4}},
			7200, 0.01,
		},
		{
			"cap on requests",
			scene{events: 10_000, properties: map[string]string{"start_from": "5d", "max_requests_per_minute": "6"}},
			probe.Estimate{Pages: 5, Cost: probe.Cost{Requests: 72, Time: 12 * time.Minute}},
			7200, 0.01,
		},
		{
			"from the beginning",
			scene{events: 10_000, properties: map[string]string{"start_from": "beginning"}},
			probe.Estimate{Pages: 7, Cost: probe.Cost{Requests: 90}},
			10_000, 0.1,
		},
		{
			"a failure on the way",
			scene{events: 10_000, properties: map[string]string{"start_from": "5d"}, faults: failing},
			probe.Estimate{Pages: 2, Cost: probe.Cost{Requests: 72}},
			7200, 0.01,
		},
		{
			"from the beginning, with a failure",
			scene{events: 10_000, properties: map[string]string{"start_from": "beginning"}, faults: failing},
			probe.Estimate{Pages: 2, AtLeast: true, Cost: probe.Cost{Requests: 15}},
			1440, 0.03,
		},
		{
			"from elsewhere",
			scene{events: 10_000, options: probe.Options{
				From: map[string]int64{probe.Organization: bubbleStart - 3*24*3600},
			}},
			probe.Estimate{Pages: 5, Cost: probe.Cost{Requests: 44}},
			4320, 0.01,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := tt.scene
			s.options.Estimate, s.options.NoPower, s.options.Limit = true, true, 100
			if s.properties == nil {
				s.properties = map[string]string{}
			}
			s.properties["scope"] = "organization"
			report, _ := s.run(t)
			if len(report.Streams) != 1 {
				t.Fatalf("found\n%s", lines(report.Findings))
			}
			got := *report.Streams[0].Estimate
			if off := math.Abs(float64(got.Events) - float64(tt.there)); off > tt.off*float64(tt.there) {
				t.Errorf("%d events are estimated, and there are %d", got.Events, tt.there)
			}
			if tt.off > 0 {
				tt.want.Events = got.Events
				if math.Abs(got.PerDay-1440) > 40 {
					t.Errorf("%.1f events a day are estimated, and there are 1440", got.PerDay)
				}
			}
			tt.want.Start, tt.want.PerDay = got.Start, got.PerDay
			if got != tt.want {
				t.Errorf("the estimate is\n%+v\nwant\n%+v", got, tt.want)
			}
		})
	}
}

// bubbleStart is the time at which a synctest bubble begins.
const bubbleStart = 946684800

// A busy hour at the end of a quiet day is not taken for the whole day.
func TestEstimateOfABurst(t *testing.T) {
	t.Parallel()
	var events []fakeopenai.Event
	add := func(n int, every time.Duration, before time.Time) time.Time {
		for range n {
			before = before.Add(-every)
			events = append(events, fakeopenai.Event{ID: "id-" + before.String(), Type: "login.succeeded", EffectiveAt: before.Unix()})
		}
		return before
	}
	begin := add(600, time.Second, time.Unix(bubbleStart, 0))
	add(3000, time.Minute, begin)
	report, _ := scene{
		more: events, properties: map[string]string{"scope": "organization"},
		options: probe.Options{Estimate: true, Limit: 100},
	}.run(t)
	const there = 600 + 23*60 + 50
	if got := report.Streams[0].Estimate.Events; got < there/2 || got > there*3/2 {
		t.Errorf("%d events are estimated, and there are %d", got, there)
	}
}

func TestPage(t *testing.T) {
	t.Parallel()
	report, _ := scene{
		events: 8, tenants: 1, options: probe.Options{Limit: 5, NoPower: true},
		faults: []fakeopenai.Fault{{Kind: fakeopenai.Malformed, Form: "no_id", When: inTenant}},
	}.run(t)
	if len(report.Streams) != 2 {
		t.Fatalf("found\n%s", lines(report.Findings))
	}
	page := report.Streams[0].Page
	if page.Events != 5 || !page.More || page.Newest != bubbleStart-60 || page.Oldest != bubbleStart-300 || page.Malformed != 0 ||
		len(page.Types) != 2 || page.Types[0] != (probe.TypeCount{Type: "login.succeeded", Count: 4}) ||
		page.Types[1] != (probe.TypeCount{Type: "logout.succeeded", Count: 1}) {
		t.Errorf("the page is %+v", page)
	}
	if page := report.Streams[1].Page; page.Events != 2 || page.Malformed != 1 || page.More {
		t.Errorf("the tenant's page is %+v", page)
	}
}
