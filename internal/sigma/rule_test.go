package sigma_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
)

// rulesDir is where the rules are.
const rulesDir = "../../conf/sigma"

// rule is a rule or a correlation.
type rule struct {
	Title, ID, Name, Status, Description, Author, Date, Level string
	References, Tags, FalsePositives                          []string

	LogSource   map[string]string
	Detection   map[string]any
	Correlation *correlation

	file     string // without its extension
	matchers map[string]matcher
	finds    expression
}

type correlation struct {
	Type      string
	Rules     []string
	GroupBy   []string `yaml:"group-by"`
	TimeSpan  string   `yaml:"timespan"`
	Condition map[string]any
	span      time.Duration
}

// parse reads a rule, and refuses what the evaluator does not know.
func parse(text []byte) (*rule, error) {
	var r rule
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&r); err != nil {
		return nil, err
	}
	if r.Correlation != nil {
		return &r, r.Correlation.check()
	}
	r.matchers = map[string]matcher{}
	for name, part := range r.Detection {
		if name == "condition" {
			continue
		}
		m, err := newMatcher(part)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		r.matchers[name] = m
	}
	condition, ok := r.Detection["condition"].(string)
	if !ok {
		return nil, fmt.Errorf("the condition is %v", r.Detection["condition"])
	}
	var err error
	r.finds, err = parseCondition(condition, r.matchers)
	return &r, err
}

// check reads the time span, and holds the correlation to what its type asks for.
func (c *correlation) check() error {
	unit := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour}
	if len(c.TimeSpan) < 2 || unit[c.TimeSpan[len(c.TimeSpan)-1]] == 0 {
		return fmt.Errorf("the timespan is %q", c.TimeSpan)
	}
	var n int
	if _, err := fmt.Sscanf(c.TimeSpan[:len(c.TimeSpan)-1], "%d", &n); err != nil || n <= 0 {
		return fmt.Errorf("the timespan is %q", c.TimeSpan)
	}
	c.span = time.Duration(n) * unit[c.TimeSpan[len(c.TimeSpan)-1]]
	_, threshold := c.Condition["gte"].(int)
	_, field := c.Condition["field"].(string)
	switch c.Type {
	case "event_count":
		if !threshold || len(c.Condition) != 1 || len(c.Rules) != 1 {
			return fmt.Errorf("an event_count of %v with the condition %v", c.Rules, c.Condition)
		}
	case "value_count":
		if !threshold || !field || len(c.Condition) != 2 || len(c.Rules) != 1 {
			return fmt.Errorf("a value_count of %v with the condition %v", c.Rules, c.Condition)
		}
	case "temporal_ordered":
		if c.Condition != nil || len(c.Rules) < 2 {
			return fmt.Errorf("a temporal_ordered of %v with the condition %v", c.Rules, c.Condition)
		}
	default:
		return fmt.Errorf("a correlation of type %q", c.Type)
	}
	if len(c.GroupBy) == 0 {
		return fmt.Errorf("there is no group-by")
	}
	return nil
}

// load returns all rules, by name.
func load(t *testing.T) map[string]*rule {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(rulesDir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	rules := map[string]*rule{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		r, err := parse(text)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		r.file = strings.TrimSuffix(filepath.Base(file), ".yml")
		if rules[r.Name] != nil {
			t.Errorf("%s: there is another rule %s", file, r.Name)
		}
		rules[r.Name] = r
	}
	return rules
}
