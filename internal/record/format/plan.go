package format

import (
	"fluent-bit-openai-audit/internal/record/catalog"
)

// plan is what is known of a type before an event of it is seen.
type plan struct {
	catalog.Type
	activity catalog.Activity // in the version of OCSF
	class    block            // the members that say so: activity_id to type_name
	status   block            // status_id and status
	event    block            // ECS's members of event
	thing    string           // of the compliance logs: the object's words, in lower case, parted by underscores
}

// block is members of a map in msgpack.
type block struct {
	members string
	n       int
}

// plan returns the plan for a type.
func (s *Shaper) plan(t catalog.Type) *plan {
	p := &plan{Type: t}
	s.settle(p, t.Activity)
	return p
}

// settle fills a plan in for an activity.
func (s *Shaper) settle(p *plan, activity catalog.Activity) {
	if s.options.Format == ECS {
		p.event = eventBlock(p.Type, p.Kinds, "openai.audit", p.Status.Outcome())
		return
	}
	p.activity = activity
	if s.old {
		p.activity = activity.In18()
	}
	p.class = classBlock(p.activity, nameOf(p.Type, activity, p.activity))
	p.status = statusBlock(p.Status)
}

// statusBlock returns the members that say how it ended.
func statusBlock(status catalog.Status) block {
	id, name := status.OCSF()
	return members(func(w *writer) {
		w.key("status_id")
		w.uint(uint64(id))
		w.key("status")
		w.str(name)
	})
}

// nameOf returns an activity's name: that of the type's verb, or of what it is in 1.9.0, where the version has
// none.
func nameOf(t catalog.Type, as, in catalog.Activity) string {
	switch {
	case in.ID() != 99:
		return in.Name()
	case t.Verb != "":
		return t.Verb
	default:
		return as.Name()
	}
}

// members returns what do writes as a block.
func members(do func(w *writer)) block {
	var w writer
	w.open()
	do(&w)
	n := w.begun()
	return block{string(w.b[1:]), n}
}

// classBlock returns the members that say of which class and activity an event is.
func classBlock(a catalog.Activity, name string) block {
	return members(func(w *writer) {
		w.key("activity_id")
		w.uint(uint64(a.ID()))
		w.key("activity_name")
		w.str(name)
		category, categoryName := a.Category()
		w.key("category_uid")
		w.uint(uint64(category))
		w.key("category_name")
		w.str(categoryName)
		w.key("class_uid")
		w.uint(uint64(a.Class()))
		w.key("class_name")
		w.str(a.ClassName())
		w.key("type_uid")
		w.uint(uint64(a))
		w.key("type_name")
		w.str(a.ClassName() + ": " + name)
	})
}

// maxGuesses is how many plans for unknown types are kept: their names come from the network.
const maxGuesses = 256

// guess returns the plan for an unknown type.
func (s *Shaper) guess(kind []byte) *plan {
	if p := s.guesses[string(kind)]; p != nil {
		return p
	}
	if len(s.guesses) == maxGuesses {
		clear(s.guesses)
	}
	p := s.plan(catalog.Guess(string(kind)))
	s.guesses[string(kind)] = p
	return p
}

// turn is an activity that a few events of a known type are of, other than the type's.
type turn struct {
	name     string
	activity catalog.Activity
}

// become returns the plan for an event that is of another activity than its type mostly is, and of other kinds.
func (s *Shaper) become(p *plan, activity catalog.Activity, kinds catalog.Kind) *plan {
	key := turn{p.Name, activity}
	if turned := s.turns[key]; turned != nil {
		return turned
	}
	turned := &plan{Type: p.Type}
	turned.Kinds = kinds
	s.settle(turned, activity)
	s.turns[key] = turned
	return turned
}
