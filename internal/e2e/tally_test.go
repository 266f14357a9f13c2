//go:build linux

package e2e_test

import (
	"testing"

	"fluent-bit-openai-audit/internal/fakeopenai"
)

// tally compares what was delivered with what the API listed.
type tally struct {
	events, lost, repeated, foreign int
}

// count counts ids.
func count(want []fakeopenai.Event, got []string) tally {
	n := tally{events: len(want)}
	times := make(map[string]int, len(got))
	for _, id := range got {
		times[id]++
	}
	for _, e := range want {
		if times[e.ID] == 0 {
			n.lost++
		} else {
			n.repeated += times[e.ID] - 1
		}
		delete(times, e.ID)
	}
	n.foreign = len(times)
	return n
}

// wantEach fails the test unless every event was delivered exactly once, and nothing else was.
func wantEach(t *testing.T, want []fakeopenai.Event, got []string) {
	t.Helper()
	n := count(want, got)
	t.Logf("%d events: %d lost, %d repeated", n.events, n.lost, n.repeated)
	if n != (tally{events: len(want)}) || n.events == 0 {
		t.Errorf("of %d events %d are lost and %d repeated, and %d are in no list of the API", n.events, n.lost, n.repeated, n.foreign)
	}
}
