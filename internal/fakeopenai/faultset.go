package fakeopenai

import (
	"hash/maphash"
	"slices"
	"sync"
	"sync/atomic"

	"fluent-bit-openai-audit/internal/fakeopenai/dice"
)

// faultSet holds the faults that are on.
type faultSet struct {
	any   atomic.Bool
	mu    sync.Mutex
	armed []*armedFault
}

type armedFault struct {
	Fault
	kind    FaultKind
	wrong   error // what is wrong with the fault
	met     uint64
	skipped int
	struck  int
}

// strike is a fault that applies to one request.
type strike struct {
	*Fault

	kind *FaultKind
	form string
	dice *dice.Dice // seeded
}

// Inject turns a fault on until remove is called. Several faults apply to a request in the order in which they
// were injected. A Fault that makes no sense shows: every listing is answered with 500 and what is wrong with it.
func (s *Server) Inject(f Fault) (remove func()) {
	f.Streams = slices.Clone(f.Streams)
	a := &armedFault{Fault: f}
	a.kind, a.wrong = f.check()
	set := &s.faults
	set.mu.Lock()
	defer set.mu.Unlock()
	set.armed = append(set.armed, a)
	set.any.Store(true)
	return func() {
		set.mu.Lock()
		defer set.mu.Unlock()
		set.armed = slices.DeleteFunc(set.armed, func(b *armedFault) bool { return b == a })
		set.any.Store(len(set.armed) > 0)
	}
}

// strikes returns the faults that strike the exchange at the stage, and counts them. In place of the answer there is
// one at most.
func (set *faultSet) strikes(x *exchange, at stage) (struck []strike, wrong error) {
	if !set.any.Load() {
		return nil, nil
	}
	set.mu.Lock()
	defer set.mu.Unlock()
	for _, a := range set.armed {
		if a.wrong != nil {
			return nil, a.wrong
		}
		if a.kind.stage != at || !a.meets(x) {
			continue
		}
		form := a.form(&a.kind)
		if !a.kind.canStrike(x, form) || !a.roll() {
			continue
		}
		seed := dice.Dice(dice.Mix(a.Seed + a.met))
		struck = append(struck, strike{&a.Fault, &a.kind, form, &seed})
		x.public.Faults = append(x.public.Faults, a.Kind)
		if at == stageAnswer {
			break
		}
	}
	return struck, nil
}

// roll counts a request that the fault could strike and decides whether it does.
func (a *armedFault) roll() bool {
	a.met++
	if a.Count > 0 && a.struck >= a.Count {
		return false
	}
	if a.Chance > 0 && float64(dice.Mix(dice.Mix(a.Seed+1)+a.met)>>11)/(1<<53) >= a.Chance {
		return false
	}
	if a.skipped < a.Skip {
		a.skipped++
		return false
	}
	a.struck++
	return true
}

// pageNumbers remembers which page of its walk a cursor leads to. It forgets old cursors.
type pageNumbers struct {
	mu       sync.Mutex
	new, old map[uint64]int
	seed     maphash.Seed
}

const pageNumberLimit = 1 << 15

// of returns the number of the page that the query asks for: 1 without a cursor, 0 if unknown.
func (p *pageNumbers) of(q *query) int {
	if q.after == "" && q.before == "" {
		return 1
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.new == nil {
		return 0
	}
	key := p.key(q, q.after+q.before)
	if n, ok := p.new[key]; ok {
		return n
	}
	return p.old[key]
}

// served notes that the query's page of the given number ended in the cursor.
func (p *pageNumbers) served(q *query, number int, cursor string) {
	if number == 0 || cursor == "" {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.new == nil {
		p.seed = maphash.MakeSeed()
	}
	if p.new == nil || len(p.new) >= pageNumberLimit {
		p.old, p.new = p.new, make(map[uint64]int)
	}
	p.new[p.key(q, cursor)] = number + 1
}

func (p *pageNumbers) key(q *query, cursor string) uint64 {
	return maphash.Comparable(p.seed, struct {
		stream   Stream
		from, to int64
		limit    int
		cursor   string
	}{q.Stream, q.from, q.to, q.limit, cursor})
}
