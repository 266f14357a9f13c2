package collect

import (
	"slices"

	"fluent-bit-openai-audit/internal/state"
)

// pending holds the keys that were found but are not in the file yet, each with its ticket's number:
// numbers, since pointers would cost the garbage collector a look at each.
//
// The keys of some time lie in a map of their own, which goes as a whole: one map, from which as many keys
// are taken as are added, grows to several times what it holds.
type pending struct {
	generations []map[state.Key]uint32 // the last one takes what is added
}

// find returns the number of a key's ticket.
func (p *pending) find(k state.Key) (ticket uint32, ok bool) {
	for i := len(p.generations) - 1; i >= 0; i-- {
		if ticket, ok = p.generations[i][k]; ok {
			return ticket, true
		}
	}
	return 0, false
}

// add enters a key that is not held.
func (p *pending) add(k state.Key, ticket uint32) {
	if len(p.generations) == 0 {
		p.turn()
	}
	p.generations[len(p.generations)-1][k] = ticket
}

// remove takes a key out.
func (p *pending) remove(k state.Key) {
	for _, g := range p.generations {
		delete(g, k)
	}
}

// turn begins a generation, and lets go of those that are used up. (Without a hint at its size, a map grows
// in small steps, and not by doubling.)
func (p *pending) turn() {
	if len(p.generations) == 1 && len(p.generations[0]) == 0 {
		return
	}
	usedUp := func(g map[state.Key]uint32) bool { return len(g) == 0 }
	p.generations = slices.DeleteFunc(p.generations, usedUp)
	p.generations = append(p.generations, make(map[state.Key]uint32))
}
