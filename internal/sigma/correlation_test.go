package sigma_test

import (
	"fmt"
	"slices"
	"time"
)

// hit is what a rule has found: an event, or, for a correlation, the last of those that it took.
type hit struct {
	at    time.Time
	event any
}

// find returns what a rule finds in a sequence of events, in the order of their times.
func find(rules map[string]*rule, r *rule, events []any) []hit {
	var hits []hit
	if r.Correlation == nil {
		for _, event := range events {
			if r.finds(event) {
				hits = append(hits, hit{timeOf(event), event})
			}
		}
		sortHits(hits)
		return hits
	}
	c := r.Correlation
	groups := map[string][][]hit{} // per group and rule
	for i, name := range c.Rules {
		for _, h := range find(rules, rules[name], events) {
			group, ok := groupOf(h.event, c.GroupBy)
			if !ok {
				continue
			}
			if groups[group] == nil {
				groups[group] = make([][]hit, len(c.Rules))
			}
			groups[group][i] = append(groups[group][i], h)
		}
	}
	for _, found := range groups {
		if c.Type == "temporal_ordered" {
			hits = append(hits, ordered(found, c.span)...)
		} else {
			hits = append(hits, counted(c, found[0])...)
		}
	}
	sortHits(hits)
	return hits
}

func sortHits(hits []hit) {
	slices.SortStableFunc(hits, func(a, b hit) int { return a.at.Compare(b.at) })
}

// groupOf returns the values of the fields by which hits are grouped; without one of them a hit is in no group.
func groupOf(event any, fields []string) (string, bool) {
	var values []any
	for _, field := range fields {
		found := lookup(event, field)
		if len(found) != 1 || found[0] == nil {
			return "", false
		}
		values = append(values, found[0])
	}
	return fmt.Sprint(values), true
}

// counted returns the hits with which a window holds as many, or as many values, as the condition asks for.
func counted(c *correlation, found []hit) (hits []hit) {
	threshold, _ := c.Condition["gte"].(int)
	field, _ := c.Condition["field"].(string)
	for i, last := range found {
		n, values := 0, map[string]bool{}
		for _, h := range found[:i+1] {
			if last.at.Sub(h.at) > c.span {
				continue
			}
			n++
			for _, v := range lookup(h.event, field) {
				values[fmt.Sprint(v)] = true
			}
		}
		if c.Type == "value_count" {
			n = len(values)
		}
		if n >= threshold {
			hits = append(hits, last)
		}
	}
	return hits
}

// ordered returns the hits of the last rule before which, within the span, the others had theirs in their order.
func ordered(found [][]hit, span time.Duration) (hits []hit) {
	for _, last := range found[len(found)-1] {
		before, complete := last.at, true
		for i := len(found) - 2; i >= 0 && complete; i-- {
			complete = false
			for _, h := range slices.Backward(found[i]) {
				if !h.at.After(before) && last.at.Sub(h.at) <= span {
					before, complete = h.at, true
					break
				}
			}
		}
		if complete {
			hits = append(hits, last)
		}
	}
	return hits
}

// timeOf returns when an event was.
func timeOf(event any) time.Time {
	m, _ := event.(map[string]any)
	if seconds, ok := m["effective_at"].(float64); ok {
		return time.Unix(int64(seconds), 0)
	}
	stamp, _ := m["timestamp"].(string)
	at, err := time.Parse(time.RFC3339, stamp)
	if err != nil {
		panic(err)
	}
	return at
}
