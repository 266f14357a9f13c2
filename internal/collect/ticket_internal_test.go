package collect

import (
	"math/rand/v2"
	"slices"
	"testing"

	"fluent-bit-openai-audit/internal/state"
)

// Whatever is added and removed, a ticket and the pending ones hold what a plain set holds.
func TestPending(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	random := func() state.Key {
		k := state.Key{Time: 1000 + rng.Uint32N(40), ID: state.ID{byte(rng.IntN(8))}}
		if rng.IntN(20) == 0 {
			k.Time = state.Untimed
		}
		return k
	}
	var p pending
	tickets := []*ticket{new(ticket), new(ticket), new(ticket)}
	held := make(map[state.Key]*ticket)
	for range 2000 {
		of := tickets[rng.IntN(len(tickets))]
		var keys []state.Key
		for range 1 + rng.IntN(6) {
			keys = append(keys, random())
		}
		slices.SortFunc(keys, compareKeys)
		keys = slices.Compact(keys)
		near := p.near(keys)
		for _, k := range keys {
			if got, want := holder(near, k), held[k]; got != want {
				t.Fatalf("holder of %v: %p, want %p", k, got, want)
			}
		}
		if rng.IntN(2) == 0 {
			keys = slices.DeleteFunc(keys, func(k state.Key) bool { return held[k] != nil })
			if len(keys) > 0 {
				p.add(of, slices.Clone(keys))
			}
			for _, k := range keys {
				held[k] = of
			}
			continue
		}
		for _, k := range keys {
			if held[k] == of {
				delete(held, k)
			}
		}
		of.remove(keys)
		p.sweep()
		for i, of := range tickets {
			var want []state.Key
			for k, holder := range held {
				if holder == of {
					want = append(want, k)
				}
			}
			got := slices.SortedFunc(of.keys(), compareKeys)
			slices.SortFunc(want, compareKeys)
			if !slices.Equal(got, want) {
				t.Fatalf("ticket %d has the keys %v, want %v", i, got, want)
			}
			if is := slices.Contains(p, of); is != (len(want) > 0) {
				t.Fatalf("ticket %d with %d keys is pending: %v", i, len(want), is)
			}
		}
	}
}
