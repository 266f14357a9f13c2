package collect

import (
	"testing"

	"fluent-bit-openai-audit/internal/state"
)

func TestPending(t *testing.T) {
	t.Parallel()
	var p pending
	key := func(n uint32) state.Key { return state.Key{Time: n} }
	for n := range uint32(10) {
		p.add(key(n), n+1)
		p.turn()
	}
	for n := range uint32(10) {
		if ticket, ok := p.find(key(n)); !ok || ticket != n+1 {
			t.Errorf("find(%d) = %d, %v", n, ticket, ok)
		}
	}
	if _, ok := p.find(key(10)); ok {
		t.Error("a key was found that was never added")
	}
	for n := range uint32(9) {
		p.remove(key(n))
	}
	p.turn()
	if _, ok := p.find(key(3)); ok {
		t.Error("a key was found that was removed")
	}
	if ticket, ok := p.find(key(9)); !ok || ticket != 10 {
		t.Errorf("find(9) = %d, %v", ticket, ok)
	}
	if len(p.generations) != 2 {
		t.Errorf("there are %d generations; want the one with a key left and the new one", len(p.generations))
	}
	p.remove(key(9))
	p.turn()
	p.turn()
	if len(p.generations) != 1 {
		t.Errorf("%d generations are kept though nothing is pending", len(p.generations))
	}
}
