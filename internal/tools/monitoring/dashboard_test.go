package monitoring_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// dashboard is what is looked at of the dashboard.
type dashboard struct {
	Title, UID    string
	SchemaVersion int
	Templating    struct {
		List []struct{ Name, Type, Definition string }
	}
	Panels []panel
}

type panel struct {
	ID                       int
	Type, Title, Description string
	Datasource               struct{ UID string }
	GridPos                  struct{ X, Y, W, H int }
	Targets                  []struct {
		RefID, Expr, Format string
		Datasource          struct{ UID string }
	}
	Panels []panel
}

func readDashboard(t *testing.T) dashboard {
	t.Helper()
	text, err := os.ReadFile(dashboardFile)
	if err != nil {
		t.Fatal(err)
	}
	var d dashboard
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// filled replaces Grafana's variables as Grafana does when all is chosen.
func filled(expr string) string {
	return strings.NewReplacer(
		"$__rate_interval", "5m", "$__interval", "1m", "$__range", "6h", "$instance", ".*", "$name", ".*",
	).Replace(expr)
}

func TestDashboardIsWhole(t *testing.T) {
	t.Parallel()
	d := readDashboard(t)
	if d.Title == "" || d.UID == "" || d.SchemaVersion < 38 {
		t.Errorf("title %q, uid %q, schema %d", d.Title, d.UID, d.SchemaVersion)
	}
	ids := map[int]bool{}
	taken := map[[2]int]string{}
	for _, p := range d.Panels {
		if ids[p.ID] || p.Title == "" {
			t.Errorf("panel %d %q has no id of its own, or no title", p.ID, p.Title)
		}
		ids[p.ID] = true
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				if other, ok := taken[[2]int{x, y}]; ok {
					t.Fatalf("%q lies upon %q", p.Title, other)
				}
				taken[[2]int{x, y}] = p.Title
			}
		}
		if p.GridPos.W < 1 || p.GridPos.H < 1 || p.GridPos.X+p.GridPos.W > 24 {
			t.Errorf("%q does not fit: %+v", p.Title, p.GridPos)
		}
		if p.Type == "row" {
			continue
		}
		if p.Description == "" || len(p.Targets) == 0 || p.Datasource.UID != "${datasource}" {
			t.Errorf("%q lacks a description, a query or the data source", p.Title)
		}
		refs := map[string]bool{}
		for _, q := range p.Targets {
			if refs[q.RefID] || q.Datasource.UID != "${datasource}" {
				t.Errorf("%q: query %s stands twice, or has another data source", p.Title, q.RefID)
			}
			refs[q.RefID] = true
		}
	}
}

func TestDashboardExpressions(t *testing.T) {
	t.Parallel()
	c := newCatalog(t)
	used := map[string]bool{}
	d := readDashboard(t)
	names := []string{"__rate_interval", "__interval", "__range"}
	for _, v := range d.Templating.List {
		names = append(names, v.Name)
		if v.Type == "datasource" {
			continue
		}
		m := regexp.MustCompile(`^label_values\((.+), (\w+)\)$`).FindStringSubmatch(v.Definition)
		if m == nil {
			t.Errorf("variable %s: %q lists no values of a label", v.Name, v.Definition)
			continue
		}
		if err := c.check(filled("count by (" + m[2] + ") (" + m[1] + ")")); err != nil {
			t.Errorf("variable %s: %v", v.Name, err)
		}
	}
	for _, p := range d.Panels {
		for _, q := range p.Targets {
			for _, v := range regexp.MustCompile(`\$\{?(\w+)`).FindAllStringSubmatch(q.Expr, -1) {
				if !slices.Contains(names, v[1]) {
					t.Errorf("%s: there is no variable %s", p.Title, v[1])
				}
			}
			if err := c.check(filled(q.Expr)); err != nil {
				t.Errorf("%s: %v", p.Title, err)
			}
			for _, name := range regexp.MustCompile(`fluentbit_\w+`).FindAllString(q.Expr, -1) {
				used[name] = true
			}
		}
	}
	// Whatever the plugin counts is to be seen, save what is seen in another form.
	for name := range c {
		if strings.HasPrefix(name, prefix+"openai_audit_") && !used[name] && !strings.HasSuffix(name, "_sum") && !strings.HasSuffix(name, "_count") {
			t.Errorf("no panel shows %s", name)
		}
	}
}

// Every query finds something of a collector that has shown everything once.
func TestDashboardShowsSomething(t *testing.T) {
	t.Parallel()
	m := scenario{}.store(t)
	engine := newEngine(t)
	for _, p := range readDashboard(t).Panels {
		for _, q := range p.Targets {
			result := query(t, engine, m, filled(q.Expr), points*interval)
			if len(result) == 0 {
				t.Errorf("%s: %s finds nothing", p.Title, q.Expr)
			}
			if q.Format == "heatmap" && len(result) < 3 {
				t.Errorf("%s: %d buckets are found", p.Title, len(result))
			}
			for _, s := range result {
				if math.IsNaN(s.F) {
					t.Errorf("%s: %s is no number", p.Title, describe(s.Metric))
				}
			}
		}
	}
}

// What the overview says of the real scrape, as far as it shows at one moment.
func TestDashboardOnARealScrape(t *testing.T) {
	t.Parallel()
	m := &memory{}
	at := time.Duration(0)
	for _, s := range scrape(t) {
		m.add(s.labels, []float64{s.value})
	}
	engine := newEngine(t)
	got := map[string]string{}
	for _, p := range readDashboard(t).Panels {
		if p.Type != "stat" && p.Type != "table" {
			continue
		}
		var parts []string
		for _, s := range query(t, engine, m, filled(p.Targets[0].Expr), at) {
			parts = append(parts, strings.TrimSpace(fmt.Sprintf("%s %.0f", describe(s.Metric), s.F)))
		}
		slices.Sort(parts)
		got[p.Title] = strings.Join(parts, "; ")
	}
	for title, want := range map[string]string{
		"Covered until": "1795305194000", "Behind": "2", "Still to be read": "0", "Key file": "297",
		"Inputs": "name=acme,stream=organization,version=unknown 1795305194000; name=acme,stream=tenant,version=unknown 1795305194000",
	} {
		if got[title] != want {
			t.Errorf("%s: %q, want %q", title, got[title], want)
		}
	}
}
