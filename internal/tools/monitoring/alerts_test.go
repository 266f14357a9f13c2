package monitoring_test

import (
	"fmt"
	"log/slog"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql"

	"fluent-bit-openai-audit/internal/collector"
	"fluent-bit-openai-audit/internal/config"
	"fluent-bit-openai-audit/internal/host"
	"fluent-bit-openai-audit/internal/metrics"
	"fluent-bit-openai-audit/internal/source"
)

func alerts(t *testing.T) []rulefmt.Rule {
	t.Helper()
	text, err := os.ReadFile(alertsFile)
	if err != nil {
		t.Fatal(err)
	}
	groups, errs := rulefmt.Parse(text, false, model.UTF8Validation, newParser(), slog.New(slog.DiscardHandler))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	var rules []rulefmt.Rule
	for _, g := range groups.Groups {
		rules = append(rules, g.Rules...)
	}
	return rules
}

func TestAlertsAreComplete(t *testing.T) {
	t.Parallel()
	c := newCatalog(t)
	seen := map[string]bool{}
	for _, r := range alerts(t) {
		if r.Alert == "" || seen[r.Alert] || !strings.HasPrefix(r.Alert, "OpenAIAudit") {
			t.Errorf("%q is no name for an alert here, or stands twice", r.Alert)
		}
		seen[r.Alert] = true
		if err := c.check(r.Expr); err != nil {
			t.Errorf("%s: %v", r.Alert, err)
		}
		if !slices.Contains([]string{"critical", "warning", "info"}, r.Labels["severity"]) {
			t.Errorf("%s has the severity %q", r.Alert, r.Labels["severity"])
		}
		if keys := slices.Sorted(maps.Keys(r.Annotations)); !slices.Equal(keys, []string{"description", "summary"}) {
			t.Errorf("%s has the annotations %q", r.Alert, keys)
		}
	}
}

// hours is how long the series of a scenario last.
const hours = 26

const points = hours * 60 // and the first, at the epoch

// described is series in Prometheus's notation for tests, one sample a minute from the epoch on, by metric and labels.
type described map[string]string

func (d described) add(metric, more, values string) {
	d[metric+" "+more] = "fluentbit_" + metric + `{job="fluent-bit",instance="collector:2020",name="acme"` + more + "} " + values
}

// newborn is what a collector shows that was just made, histograms left out.
func newborn(t *testing.T) described {
	t.Helper()
	cfg, err := config.ParseMap(map[string]string{"api_key": "sk-admin-0123456789", "db": "off"}, os.LookupEnv)
	if err != nil {
		t.Fatal(err)
	}
	c, err := collector.New(cfg, host.NewPlain("acme", host.Error, t.Output()), source.Options{Version: "1.0.0"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Stop()
	series := described{}
	c.Metrics().Each(func(s metrics.Sample) {
		if s.Kind == metrics.KindHistogram {
			return
		}
		more := ""
		for i, name := range s.LabelNames {
			more += "," + name + `="` + s.LabelValues[i] + `"`
		}
		series.add("input_"+s.Name, more, fmt.Sprintf("%vx%d", s.Value, points))
	})
	return series
}

// healthy is what a collector shows that does what it should. The times of the epoch's clock are minutes of 60 seconds.
func healthy(t *testing.T) described {
	t.Helper()
	series := newborn(t)
	add := series.add
	for _, stream := range []string{"organization", "tenant"} {
		s := `,stream="` + stream + `"`
		add("input_openai_audit_events_total", s+`,class="login"`, "0+5x1560")
		add("input_openai_audit_duplicates_total", s, "0+40x1560")
		add("input_openai_audit_late_events_total", s, "0+0.1x1560")
		add("input_openai_audit_requests_total", s+`,status="200"`, "0+2x1560")
		add("input_openai_audit_requests_total", s+`,status="429"`, "1+0.1x1560")
		add("input_openai_audit_requests_total", s+`,status="503"`, "1x1560")
		add("input_openai_audit_retries_total", s, "0+0.1x1560")
		add("input_openai_audit_received_bytes_total", s, "0+20000x1560")
		add("input_openai_audit_behind_seconds", s, "31x1560")
		add("input_openai_audit_uncovered_seconds", s, "31x1560")
		add("input_openai_audit_covered_until_timestamp_seconds", s, "-31+60x1560")
		add("input_openai_audit_last_poll_timestamp_seconds", s, "-10+60x1560")
		// Nine of ten within 15 seconds, all within ten minutes.
		for le, v := range map[string]string{"5.0": "0x1560", "15.0": "0+9x1560", "600.0": "0+10x1560", "21600.0": "0+10x1560", "43200.0": "0+10x1560", "+Inf": "0+10x1560"} {
			add("input_openai_audit_lateness_seconds_bucket", s+`,le="`+le+`"`, v)
		}
	}
	// A key that was refused and replaced, long ago.
	add("input_openai_audit_requests_total", `,stream="organization",status="401"`, "1+1x3 4x1556")
	add("input_openai_audit_anomalies_total", `,stream="organization",kind="order"`, "2x1560")
	add("input_openai_audit_log_files_total", `,stream="workspace_logs",class="auth_log"`, "0+1x1560")
	add("input_openai_audit_gaps_total", `,stream="workspace_logs",reason="gone"`, "2x1560")
	// Beside them an input that reads the objects each day.
	for _, o := range [][3]string{
		{"requests_total", `,stream="inventory",status="200"`, "6000x1560"}, {"last_snapshot_timestamp_seconds", "", "0x1440 86400x120"},
		{"objects", `,kind="user"`, "2000x1560"}, {"unread_lists", `,kind="user"`, "0x1560"},
	} {
		series["input_"+o[0]+" objects"] = "fluentbit_input_openai_audit_" + o[0] + `{job="fluent-bit",instance="collector:2020",name="objects"` + o[1] + "} " + o[2]
	}
	add("input_openai_audit_malformed_total", `,stream="organization"`, "1x1560")
	add("input_openai_audit_commits_total", "", "0+1x1560")
	add("input_openai_audit_last_commit_timestamp_seconds", "", "-20+60x1560")
	add("input_openai_audit_refused_appends_total", "", "3x1560")
	add("input_openai_audit_key_file_age_seconds", "", "86400+60x1560")
	add("input_ingestion_paused", "", "0x1500 1x10 0x48")
	add("input_records_total", "", "0+10x1560")
	series["input_ingestion_paused tail"] = `fluentbit_input_ingestion_paused{job="fluent-bit",instance="collector:2020",name="tail.0"} 0x1560`
	for _, name := range []string{"proc_records", "retried_records", "dropped_records"} {
		series["output_"+name] = "fluentbit_output_" + name + `_total{job="fluent-bit",instance="collector:2020",name="siem"} 2x1560`
	}
	return series
}

// scenarios say what happens to the healthy collector, and which alerts are to tell of it.
func scenarios() []scenario {
	tenant := func(metric, values string) [2]string { return [2]string{metric + ` ,stream="tenant"`, values} }
	organization := func(metric, values string) [2]string {
		return [2]string{metric + ` ,stream="organization"`, values}
	}
	requests := func(stream, status, values string) [2]string {
		return [2]string{"requests_total ,stream=\"" + stream + "\",status=\"" + status + "\"", values}
	}
	return []scenario{
		{"all is well", nil, nil},
		{"no collector", [][2]string{{"*", "1x1440 _x120"}}, []string{"OpenAIAuditAbsent", "OpenAIAuditInputGone name=acme"}},
		{"no collector for a moment", [][2]string{{"*", "1x1552 _x7"}}, nil},
		{
			"an input was taken out",
			[][2]string{{"*", "1x1440 _x120"}, {`+info ,version="1.0.0"`, "1x1560"}},
			[]string{"OpenAIAuditInputGone name=acme"},
		},
		{"never polled", [][2]string{
			organization("last_poll_timestamp_seconds", "_x1560"), tenant("last_poll_timestamp_seconds", "_x1560"),
		}, []string{"OpenAIAuditNeverPolled name=acme"}},
		{"no tenant's stream", [][2]string{
			tenant("last_poll_timestamp_seconds", "_x1560"), tenant("behind_seconds", "_x1560"), tenant("uncovered_seconds", "_x1560"),
			requests("tenant", "200", "0x1560"), requests("tenant", "403", "1x60 2x120 3x240 4x360 5x776"),
		}, []string{"OpenAIAuditTenantRefused name=acme"}},
		{"silent", [][2]string{
			organization("last_poll_timestamp_seconds", "0+60x1530 91800x30"),
		}, []string{"OpenAIAuditSilent name=acme,stream=organization"}},
		{"silent for a moment", [][2]string{organization("last_poll_timestamp_seconds", "0+60x1545 92700x15")}, nil},
		{"behind", [][2]string{tenant("behind_seconds", "31x1500 31+60x60")}, []string{"OpenAIAuditBehind name=acme,stream=tenant"}},
		{"a stream is not read for hours", [][2]string{
			organization("last_poll_timestamp_seconds", "0+60x1400 84000x160"),
			organization("behind_seconds", "31x1400 31+60x160"), organization("uncovered_seconds", "31x1400 31+60x160"),
		}, []string{"OpenAIAuditSilent name=acme,stream=organization", "OpenAIAuditBehind name=acme,stream=organization"}},
		{"a gap that is read again", [][2]string{
			organization("behind_seconds", "31x1300 31+60x250 31x10"), organization("uncovered_seconds", "31x1300 31+60x250 14000-1400x10"),
		}, nil},
		{"no answer since the start", [][2]string{
			organization("last_poll_timestamp_seconds", "_x1560"), tenant("last_poll_timestamp_seconds", "_x1560"),
			organization("behind_seconds", "31x1500 31+60x60"), organization("uncovered_seconds", "31x1500 31+60x60"),
		}, []string{"OpenAIAuditNeverPolled name=acme", "OpenAIAuditBehind name=acme,stream=organization"}},
		{"a backfill whose stream is not read any more", [][2]string{
			organization("last_poll_timestamp_seconds", "0+60x1470 88200x90"),
			organization("behind_seconds", "31x1470 31+60x90"), organization("uncovered_seconds", "900000-500x1470 165000+60x90"),
		}, []string{
			"OpenAIAuditSilent name=acme,stream=organization", "OpenAIAuditBehind name=acme,stream=organization",
			"OpenAIAuditBackfillStuck name=acme,stream=organization",
		}},
		{"a backfill that runs", [][2]string{organization("uncovered_seconds", "900000-500x1560")}, nil},
		{
			"a backfill that is stuck",
			[][2]string{organization("uncovered_seconds", "900000-500x1400 200000x160")},
			[]string{"OpenAIAuditBackfillStuck name=acme,stream=organization"},
		},
		{"a backfill that rests", [][2]string{organization("uncovered_seconds", "900000-500x1500 150000x60")}, nil},
		{
			"holes that grow",
			[][2]string{organization("uncovered_seconds", "31x1400 31+60x160")},
			[]string{"OpenAIAuditBackfillStuck name=acme,stream=organization"},
		},
		{"the key is refused", [][2]string{
			requests("organization", "429", "1+0.1x1500 151x60"), requests("tenant", "429", "1+0.1x1500 151x60"),
			requests("organization", "200", "0+2x1500 3000x60"), requests("tenant", "200", "0+2x1500 3000x60"),
			requests("organization", "401", "4x1501 5x3 6x3 7x3 8x3 9x3 10x3 11x3 12x3 13x3 14x3 15x3 16x3 17x3 18x6"),
		}, []string{"OpenAIAuditKeyRefused name=acme"}},
		{"the key was refused from the begin", [][2]string{
			requests("organization", "200", "0x1560"), requests("tenant", "200", "0x1560"), requests("organization", "429", "0x1560"),
			requests("tenant", "429", "0x1560"), requests("organization", "401", "0x1540 1x4 2x4 3x4 4x4 5x1"), requests("tenant", "401", "0x1540 1x9 2x10"),
			organization("last_poll_timestamp_seconds", "_x1560"), tenant("last_poll_timestamp_seconds", "_x1560"),
		}, []string{"OpenAIAuditKeyRefused name=acme", "OpenAIAuditNeverPolled name=acme"}},
		{"a key that was replaced", [][2]string{requests("organization", "401", "4x1540 5x20")}, nil},
		{"throttled", [][2]string{requests("organization", "429", "1x1500 1+3x60")}, []string{"OpenAIAuditThrottled name=acme"}},
		{"throttled for a moment", [][2]string{requests("organization", "429", "1x1540 1+3x20")}, nil},
		{"the API fails", [][2]string{
			requests("organization", "503", "1x1500 1+20x60"),
		}, []string{"OpenAIAuditRequestsFail name=acme"}},
		{"no network", [][2]string{
			requests("organization", "network", "0x1500 1+20x59"),
		}, []string{"OpenAIAuditRequestsFail name=acme"}},
		{"an anomaly", [][2]string{
			{`anomalies_total ,stream="organization",kind="order"`, "2x1550 3x10"},
		}, []string{"OpenAIAuditAnomalies kind=order,name=acme,stream=organization"}},
		{"an old anomaly, and scrapes that are missing", [][2]string{
			{`anomalies_total ,stream="organization",kind="order"`, "2x1490 _x10 2x60"},
		}, nil},
		{"an anomaly before the first scrape", [][2]string{
			{`anomalies_total ,stream="tenant",kind="clock"`, "_x1550 1x10"},
		}, []string{"OpenAIAuditAnomalies kind=clock,name=acme,stream=tenant"}},
		{"a gap", [][2]string{
			{`gaps_total ,stream="workspace_logs",reason="gone"`, "2x1550 3x10"},
		}, []string{"OpenAIAuditGaps name=acme,reason=gone,stream=workspace_logs"}},
		{"no snapshot for days", [][2]string{
			{"input_last_snapshot_timestamp_seconds objects", "-200000x1560"},
		}, []string{"OpenAIAuditNoSnapshot name=objects"}},
		{"no snapshot ever", [][2]string{
			{"input_last_snapshot_timestamp_seconds objects", "_x1560"},
		}, []string{"OpenAIAuditNoSnapshot name=objects"}},
		{"a kind that is refused", [][2]string{
			{"input_unread_lists objects", "0x1440 3x120"},
		}, []string{"OpenAIAuditUnreadKinds kind=user,name=objects"}},
		{"a malformed event", [][2]string{
			organization("malformed_total", "1x1550 2x10"),
		}, []string{"OpenAIAuditMalformed name=acme,stream=organization"}},
		{"a malformed event before the first scrape", [][2]string{
			tenant("malformed_total", "_x1550 1x10"),
		}, []string{"OpenAIAuditMalformed name=acme,stream=tenant"}},
		{"many late events", [][2]string{
			organization("late_events_total", "0+1x1560"),
		}, []string{"OpenAIAuditManyLateEvents name=acme,stream=organization"}},
		{"few events, some late", [][2]string{
			organization("late_events_total", "0x1550 9x10"), {`events_total ,stream="organization",class="login"`, "0+0.01x1560"},
		}, nil},
		{"very late events", [][2]string{
			{`lateness_seconds_bucket ,stream="tenant",le="600.0"`, "0+9x1560"},
			{`lateness_seconds_bucket ,stream="tenant",le="21600.0"`, "0+9.5x1560"},
		}, []string{"OpenAIAuditVeryLateEvents name=acme,stream=tenant"}},
		{"refused appends", [][2]string{
			{"refused_appends_total ", "3x1520 3+1x40"},
		}, []string{"OpenAIAuditRefusedAppends name=acme"}},
		{"paused", [][2]string{{"input_ingestion_paused ", "0x1520 1x40"}}, []string{"OpenAIAuditPaused name=acme"}},
		{"paused for a moment", [][2]string{{"input_ingestion_paused ", "0x1545 1x15"}}, nil},
		{"another input is paused", [][2]string{{"input_ingestion_paused tail", "0x1520 1x40"}}, nil},
		{"the state is not written", [][2]string{
			{"last_commit_timestamp_seconds ", "0+60x1530 91800x30"},
		}, []string{"OpenAIAuditStateNotCommitted name=acme"}},
		{"neither polled nor written", [][2]string{
			{"last_commit_timestamp_seconds ", "0+60x1530 91800x30"},
			organization("last_poll_timestamp_seconds", "0+60x1530 91800x30"), tenant("last_poll_timestamp_seconds", "0+60x1530 91800x30"),
		}, []string{"OpenAIAuditSilent name=acme,stream=organization", "OpenAIAuditSilent name=acme,stream=tenant"}},
		{"an output drops records", [][2]string{
			{"output_dropped_records", "2x1555 7x5"},
		}, []string{"OpenAIAuditRecordsDropped name=siem"}},
		{"an old key", [][2]string{
			{"key_file_age_seconds ", "7776000+60x1560"},
		}, []string{"OpenAIAuditKeyOld name=acme"}},
		{"a first start", [][2]string{
			{"*", "_x1540 0x20"},
			{`info ,version="1.0.0"`, "_x1540 1x20"},
			{"last_commit_timestamp_seconds ", "_x1541 92460+60x19"},
			organization("last_poll_timestamp_seconds", "_x1541 92460+60x19"),
			tenant("last_poll_timestamp_seconds", "_x1541 92460+60x19"),
		}, nil},
		{"a restart", [][2]string{
			{`events_total ,stream="organization",class="login"`, "0+5x1500 0+5x60"},
			organization("duplicates_total", "0+40x1500 0+40x60"),
			requests("organization", "200", "0+2x1500 0+2x60"),
			{"refused_appends_total ", "3x1500 0x60"},
			{"commits_total ", "0+1x1500 0+1x60"},
		}, nil},
	}
}

type scenario struct {
	name string
	// changes are metrics, without what all have in common, and their values. "*" is every series, "+" one more input.
	changes [][2]string
	want    []string // alerts, with their labels
}

// store makes the series of the scenario.
func (s scenario) store(t *testing.T) *memory {
	t.Helper()
	series := healthy(t)
	for _, change := range s.changes {
		key, values := change[0], change[1]
		switch {
		case key == "*":
			for k, text := range series {
				name, _, _ := strings.Cut(text, "} ")
				series[k] = name + "} " + values
			}
		case key[0] == '+':
			metric, more, _ := strings.Cut(key[1:], " ")
			series[key] = "fluentbit_input_openai_audit_" + metric + `{job="fluent-bit",instance="collector:2020",name="other"` + more + "} " + values
			series[key+"poll"] = `fluentbit_input_openai_audit_last_poll_timestamp_seconds{job="fluent-bit",instance="collector:2020",name="other",stream="organization"} 0+60x1560`
		case strings.HasPrefix(key, "output_"), strings.HasPrefix(key, "input_"):
			name, _, _ := strings.Cut(series[key], "} ")
			series[key] = name + "} " + values
		default:
			metric, more, _ := strings.Cut(key, " ")
			series.add("input_openai_audit_"+metric, more, values)
		}
	}
	m := &memory{}
	for _, text := range series {
		l, values, err := newParser().ParseSeriesDesc(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		list := make([]float64, len(values))
		for i, v := range values {
			list[i] = v.Value
			if v.Omitted {
				list[i] = math.NaN()
			}
		}
		if len(list) < points || len(list) > points+10 {
			t.Fatalf("%s: these are %d values, not %d", text, len(list), points)
		}
		m.add(l, list)
	}
	return m
}

func TestAlertsFire(t *testing.T) {
	t.Parallel()
	rules := alerts(t)
	engine := newEngine(t)
	fired := map[string]bool{}
	for _, s := range scenarios() {
		t.Run(s.name, func(t *testing.T) {
			for _, got := range s.run(t, engine, rules) {
				name, _, _ := strings.Cut(got, " ")
				fired[name] = true
			}
		})
	}
	for _, r := range rules {
		if !fired[r.Alert] {
			t.Errorf("%s fires in no scenario", r.Alert)
		}
	}
}

// The first anomaly of any kind and the first malformed event fire, since their series were there before them.
func TestTheFirstOneFires(t *testing.T) {
	t.Parallel()
	rules := alerts(t)
	engine := newEngine(t)
	fires := map[string]string{"anomalies_total": "OpenAIAuditAnomalies", "malformed_total": "OpenAIAuditMalformed"}
	seen := map[string]bool{}
	for key, text := range newborn(t) {
		key = strings.TrimPrefix(key, "input_openai_audit_")
		metric, more, _ := strings.Cut(key, " ")
		if fires[metric] == "" {
			continue
		}
		seen[metric] = true
		l, _, err := newParser().ParseSeriesDesc(text)
		if err != nil {
			t.Fatal(err)
		}
		s := scenario{key, [][2]string{{key, "0x1558 1x2"}}, []string{fires[metric] + " " + describe(l)}}
		t.Run(metric+more, func(t *testing.T) { s.run(t, engine, rules) })
	}
	if len(seen) != len(fires) {
		t.Errorf("a new collector has no series but of %v", seen)
	}
}

// run checks which alerts fire, and returns them with their labels.
func (s scenario) run(t *testing.T, engine *promql.Engine, rules []rulefmt.Rule) []string {
	t.Helper()
	m := s.store(t)
	var got []string
	for _, r := range rules {
		for _, l := range firing(t, engine, m, &r) {
			got = append(got, strings.TrimSpace(r.Alert+" "+describe(l)))
		}
	}
	slices.Sort(got)
	want := slices.Sorted(slices.Values(s.want))
	if !slices.Equal(got, want) {
		t.Errorf("these fire:\n  %s\nwanted are:\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
	return got
}

// firing returns the labels for which a rule holds at the end, and has held for as long as it asks.
func firing(t *testing.T, e *promql.Engine, m *memory, r *rulefmt.Rule) []labels.Labels {
	t.Helper()
	const end = points * interval
	var held map[string]labels.Labels
	for at := end - time.Duration(r.For); at <= end; at += interval {
		now := map[string]labels.Labels{}
		for _, s := range query(t, e, m, r.Expr, at) {
			l := labels.NewBuilder(s.Metric).Del(model.MetricNameLabel).Labels()
			if _, before := held[l.String()]; held == nil || before {
				now[l.String()] = l
			}
		}
		held = now
	}
	return slices.Collect(maps.Values(held))
}

// The real scrape, standing still: every rule can be evaluated on it, and those of a moment find what it shows.
func TestAlertsOnARealScrape(t *testing.T) {
	t.Parallel()
	m := &memory{}
	for _, s := range scrape(t) {
		m.add(s.labels, slices.Repeat([]float64{s.value}, points+1))
	}
	engine := newEngine(t)
	var got []string
	for _, r := range alerts(t) {
		for _, s := range query(t, engine, m, r.Expr, points*interval) {
			got = append(got, strings.TrimSpace(r.Alert+" "+describe(s.Metric)))
		}
	}
	slices.Sort(got)
	// What counts what changes sees nothing: a scrape is one moment. The input "broken" has a key that is refused.
	want := []string{"OpenAIAuditNeverPolled name=broken"}
	if !slices.Equal(got, want) {
		t.Errorf("these hold: %q, wanted are %q", got, want)
	}
}
