package sigma_test

import (
	"encoding/json"
	"strings"
	"testing"
)

// The evaluator itself: what it finds, and what it refuses.
func TestEvaluator(t *testing.T) {
	const event = `{"type":"A.b","x.y":{"z":["one","Two"],"n":7,"yes":true,"no":null,"list":[{"k":"v"}]},"s":"abc"}`
	for _, tt := range []struct {
		detection string // as YAML, without the indent
		want      bool
	}{
		{"a: {type: a.B}\ncondition: a", true},
		{"a: {type: a}\ncondition: a", false},
		{"a: {type: [q, a.b]}\ncondition: a", true},
		{"a: {type: a.b, s: q}\ncondition: a", false},
		{"a: [{type: q}, {s: abc}]\ncondition: a", true},
		{"a: {x.y.z: two}\ncondition: a", true},
		{"a: {x.y.z|startswith: tw}\ncondition: a", true},
		{"a: {x.y.z|endswith: ne}\ncondition: a", true},
		{"a: {x.y.z|endswith: tw}\ncondition: a", false},
		{"a: {x.y.z|contains: [q, n]}\ncondition: a", true},
		{"a: {x.y.list.k: v}\ncondition: a", true},
		{"a: {x.y.n: 7}\ncondition: a", true},
		{"a: {x.y.n|gte: 7}\ncondition: a", true},
		{"a: {x.y.n|gt: 7}\ncondition: a", false},
		{"a: {x.y.n|lt: 8}\ncondition: a", true},
		{"a: {x.y.z|lt: 8}\ncondition: a", false},
		{"a: {x.y.yes: true}\ncondition: a", true},
		{"a: {x.y.no: null}\ncondition: a", true},
		{"a: {x.y.gone: null}\ncondition: a", true},
		{"a: {s: null}\ncondition: a", false},
		{"a: {x.y: abc}\ncondition: a", false},
		{"a: {s: abc}\nb: {s: q}\ncondition: a and not b", true},
		{"a: {s: abc}\nb: {s: q}\ncondition: b or a and b", false},
		{"a: {s: abc}\nb: {s: q}\ncondition: (a or b) and not (a and b)", true},
		{"a1: {s: abc}\na2: {s: q}\ncondition: 1 of a*", true},
		{"a1: {s: abc}\na2: {s: q}\ncondition: all of a*", false},
	} {
		r, err := parse([]byte("detection:\n    " + strings.ReplaceAll(tt.detection, "\n", "\n    ")))
		if err != nil {
			t.Errorf("%s: %v", tt.detection, err)
			continue
		}
		var e any
		if err := json.Unmarshal([]byte(event), &e); err != nil {
			t.Fatal(err)
		}
		if got := r.finds(e); got != tt.want {
			t.Errorf("%s: found is %v", tt.detection, got)
		}
	}
	for _, bad := range []string{
		"detection: {a: {x: y}}", "detection: {a: {x: y}, condition: b}", "detection: {a: {x: y}, condition: a b}", "detection: {a: {x: y}, condition: (a}",
		"detection: {a: {x: y}, b: {x: z}, condition: a}", "detection: {a: {x: y}, condition: 1 of them}", "detection: {a: {x: y}, condition: 1 of b*}",
		"detection: {a: {x: y}, condition: a and}", "detection: {a: {x|re: y}, condition: a}", "detection: {a: {x|contains|all: y}, condition: a}",
		"detection: {a: {x: [y, null]}, condition: a}", "detection: {a: {x: []}, condition: a}", "detection: {a: {x: 'y*'}, condition: a}",
		"detection: {a: [y], condition: a}", "detection: {a: {x|gte: y}, condition: a}", "odd: 1",
		"correlation: {type: event_count, rules: [a], group-by: [b], timespan: 10, condition: {gte: 1}}",
		"correlation: {type: event_count, rules: [a], group-by: [b], timespan: 10m}", "correlation: {type: event_count, rules: [a], timespan: 10m, condition: {gte: 1}}",
		"correlation: {type: value_count, rules: [a], group-by: [b], timespan: 10m, condition: {gte: 1}}",
		"correlation: {type: temporal_ordered, rules: [a], group-by: [b], timespan: 10m}", "correlation: {type: value_sum, rules: [a], group-by: [b], timespan: 10m}",
	} {
		if _, err := parse([]byte(bad)); err == nil {
			t.Errorf("%s: accepted", bad)
		}
	}
}
