package monitoring_test

import (
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
	"github.com/prometheus/prometheus/promql/parser"

	"fluent-bit-openai-audit/internal/metrics"
)

const (
	alertsFile    = "../../../conf/prometheus-alerts.yaml"
	dashboardFile = "../../../conf/grafana-dashboard.json"
	scrapeFile    = "testdata/scrape.txt"

	// prefix is what Fluent Bit puts before the names of an input's metrics.
	prefix = "fluentbit_input_"
)

func newParser() parser.Parser { return parser.NewParser(parser.Options{}) }

// catalog is every metric that there is, with its labels.
type catalog map[string][]string

// newCatalog takes the plugin's metrics from its table, and Fluent Bit's own from a scrape.
func newCatalog(t *testing.T) catalog {
	t.Helper()
	c := catalog{}
	add := func(name string, names ...string) {
		for _, label := range append(names, "job", "instance") {
			if !slices.Contains(c[name], label) {
				c[name] = append(c[name], label)
			}
		}
	}
	for _, s := range scrape(t) {
		name := s.labels.Get(model.MetricNameLabel)
		if strings.HasPrefix(name, prefix+"openai_audit") {
			continue
		}
		s.labels.Range(func(l labels.Label) {
			if l.Name != model.MetricNameLabel {
				add(name, l.Name)
			}
		})
		add(name)
	}
	set := metrics.New()
	fields := reflect.ValueOf(set).Elem()
	for i := range fields.NumField() {
		if !fields.Type().Field(i).IsExported() {
			continue
		}
		if vec, ok := fields.Field(i).Interface().(*metrics.Vec); ok {
			vec.With() // without labels, it is enough for Each to tell of the metric
		}
	}
	set.Each(func(s metrics.Sample) {
		name := prefix + s.Name
		all := append([]string{"name"}, s.LabelNames...)
		if s.Kind != metrics.KindHistogram {
			add(name, all...)
			return
		}
		add(name+"_bucket", append(all, "le")...)
		add(name+"_sum", all...)
		add(name+"_count", all...)
	})
	if len(c[prefix+"openai_audit_events_total"]) == 0 {
		t.Fatal("the table of metrics was not read")
	}
	return c
}

// check returns what is wrong with an expression.
func (c catalog) check(text string) error {
	expr, err := newParser().ParseExpr(text)
	if err != nil {
		return fmt.Errorf("parse: %w", err)
	}
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		if err == nil {
			err = c.checkNode(node)
		}
		return nil
	})
	return err
}

func (c catalog) checkNode(node parser.Node) error {
	switch n := node.(type) {
	case *parser.VectorSelector:
		known, ok := c[n.Name]
		if !ok {
			return fmt.Errorf("there is no metric %q", n.Name)
		}
		for _, m := range n.LabelMatchers {
			if m.Name != model.MetricNameLabel && !slices.Contains(known, m.Name) {
				return fmt.Errorf("%s has no label %s, but %s", n.Name, m.Name, known)
			}
		}
	case *parser.AggregateExpr:
		return c.checkLabels(n, n.Grouping)
	case *parser.BinaryExpr:
		if n.VectorMatching != nil {
			return c.checkLabels(n, append(slices.Clone(n.VectorMatching.MatchingLabels), n.VectorMatching.Include...))
		}
	}
	return nil
}

// checkLabels checks that each label is one of some metric below the node.
func (c catalog) checkLabels(node parser.Node, names []string) error {
	known := map[string]bool{}
	parser.Inspect(node, func(node parser.Node, _ []parser.Node) error {
		if s, ok := node.(*parser.VectorSelector); ok {
			for _, name := range c[s.Name] {
				known[name] = true
			}
		}
		return nil
	})
	for _, name := range names {
		if !known[name] {
			return fmt.Errorf("no metric of %s has the label %s; there are %s", node, name, slices.Sorted(maps.Keys(known)))
		}
	}
	return nil
}

// The check is worth something only if it finds what is wrong.
func TestCheck(t *testing.T) {
	t.Parallel()
	c := newCatalog(t)
	const events = "fluentbit_input_openai_audit_events_total"
	for _, tt := range []struct{ expr, want string }{
		{`sum by (class) (rate(` + events + `{name="a",stream="tenant",job="x"}[5m]))`, ""},
		{`histogram_quantile(0.9, sum by (le) (fluentbit_input_openai_audit_lateness_seconds_bucket))`, ""},
		{`fluentbit_output_dropped_records_total`, ""},
		{`rate(` + events + `)`, "parse: 1:6: parse error: expected type range vector in call to function \"rate\", got instant vector"},
		{`openai_audit_events_total`, `there is no metric "openai_audit_events_total"`},
		{`fluentbit_input_openai_audit_lateness_seconds`, `there is no metric "fluentbit_input_openai_audit_lateness_seconds"`},
		{`1 + sum(rate(` + events + `{status="200"}[5m]))`, events + " has no label status, but [name stream class job instance]"},
		{
			`sum by (status) (` + events + `)`,
			"no metric of sum by (status) (" + events + ") has the label status; there are [class instance job name stream]",
		},
		{
			events + ` and on (host) ` + events,
			"no metric of " + events + " and on (host) " + events + " has the label host; there are [class instance job name stream]",
		},
	} {
		got := ""
		if err := c.check(tt.expr); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.expr, got, tt.want)
		}
	}
}

// sample is one value of a scrape.
type sample struct {
	labels labels.Labels
	value  float64
}

// scrape reads the real scrape, with the labels that Prometheus adds.
func scrape(t *testing.T) []sample {
	t.Helper()
	text, err := os.ReadFile(scrapeFile)
	if err != nil {
		t.Fatal(err)
	}
	p, err := textparse.New(text, "text/plain; version=0.0.4", labels.NewSymbolTable(), textparse.ParserOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var samples []sample
	for {
		entry, err := p.Next()
		if err != nil {
			break // io.EOF, or what the count below tells
		}
		if entry != textparse.EntrySeries {
			continue
		}
		_, _, value := p.Series()
		var l labels.Labels
		p.Labels(&l)
		b := labels.NewBuilder(l)
		b.Set("job", "fluent-bit")
		b.Set("instance", "collector:2020")
		samples = append(samples, sample{b.Labels(), value})
	}
	if lines := sampleLines(string(text)); len(samples) != lines {
		t.Fatalf("%d samples were read of %d", len(samples), lines)
	}
	return samples
}

func sampleLines(text string) int {
	n := 0
	for line := range strings.Lines(text) {
		if line[0] != '#' && line[0] != '\n' {
			n++
		}
	}
	return n
}
