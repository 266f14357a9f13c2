//go:build cgo

package main

import (
	"maps"
	"slices"
	"sync"

	"fluent-bit-openai-audit/internal/storage"
)

// instances are the instances that live. They are a variable, since the host knows an
// instance by a number at most, and the library stays loaded over a hot reload.
var instances registry //nolint:gochecknoglobals // see above

// theProcess returns what all instances share of this process, for as long as the library is loaded.
var theProcess = sync.OnceValue(storage.NewHost) //nolint:gochecknoglobals // likewise

// registry finds an instance by its number or by the thread that the host runs it on. The zero value
// is empty. Numbers are never used twice, so that a stale one finds nothing.
type registry struct {
	mu   sync.Mutex
	last uintptr
	live map[uintptr]*instance
}

// add makes in known and returns its number, which is never 0.
func (r *registry) add(in *instance) uintptr {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.live == nil {
		r.live = make(map[uintptr]*instance)
	}
	r.last++
	r.live[r.last] = in
	return r.last
}

// remove forgets in.
func (r *registry) remove(in *instance) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, known := range r.live {
		if known == in {
			delete(r.live, id)
		}
	}
}

// count returns how many instances live.
func (r *registry) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.live)
}

// all returns the instances that live, in no order.
func (r *registry) all() []*instance {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Collect(maps.Values(r.live))
}

// find returns the instance with a number, or nil.
func (r *registry) find(id uintptr) *instance {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.live[id]
}

// on returns the instances that a callback without a number may be meant for, when it comes on the
// given thread. The host runs each instance on a thread of its own, which makes it exactly one; when
// no instance, or more than one, is known on the thread, it is all of them and exact is false.
func (r *registry) on(thread int) (found []*instance, exact bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := slices.Collect(maps.Values(r.live))
	for _, in := range all {
		if in.host.thread == thread {
			found = append(found, in)
		}
	}
	if len(found) == 1 {
		return found, true
	}
	return all, len(all) == 1
}
