package state

import "slices"

// Course is how a stream goes on from a state file.
type Course int

// The courses. Under Same and Narrower the stream goes on where it was; under the others it is begun, and fetched
// from the configured start on.
const (
	Fresh    Course = iota // the file does not know the stream
	OtherLog               // it does not know the log, but another
	Same                   // it knows the query
	Narrower               // it knows one that listed all that this one lists
	Wider                  // it knows others: what they delivered is told by its type, and not delivered again
	Unlike                 // it knows others that do not tell: what has no id any more may be delivered again
)

// Resumption is what a stream goes on with under a query.
type Resumption struct {
	Course  Course
	Stream  *Stream // a copy, to which is added what former queries covered, and owe, that listed all of it
	Earlier []Layer // the former queries of the stream
	Other   string  // the log that the file is about, where that is another
}

// Layer is what a former query on the same log covered. Of time that it owes, Types do not tell whether an event
// was delivered: only its id does.
type Layer struct {
	Stream *Stream
	Types  map[string]bool // those that it listed, where an event's type tells whether it did; else nil
}

// Resume returns how the stream of that name goes on under a query, by all streams of a state file. The error says
// that a stream in the file has filters that cannot be read; it wraps ErrDamaged.
func Resume(all []*Stream, name, source, query string) (Resumption, error) {
	r := Resumption{Stream: &Stream{Name: name, Source: source, Filters: query}}
	var former []*Stream
	for _, s := range all {
		switch {
		case s.Name != name || s.Source != source:
		case s.Filters == query:
			r.Stream = s.Clone()
		default:
			former = append(former, s)
		}
	}
	r.Stream.note(all)
	known := r.Stream.Begun()
	told, err := r.inherit(former)
	if err != nil {
		return Resumption{}, err
	}
	switch {
	case known:
		r.Course = Same
	case r.Stream.Begun():
		r.Course = Narrower
	case !told:
		r.Course = Unlike
	case len(former) > 0:
		r.Course = Wider
	case len(all) > 0 && !slices.ContainsFunc(all, func(s *Stream) bool { return s.Source == source }):
		r.Course, r.Other = OtherLog, all[0].Source
	}
	return r, nil
}

// inherit takes over what former queries covered. Under filters that list all that today's do, that is covered time.
// Under others it says which events were delivered, as far as their type tells; told is unset where it does not.
func (r *Resumption) inherit(former []*Stream) (told bool, err error) {
	today, err := parseFilters(r.Stream.Filters)
	if err != nil {
		return false, err
	}
	told = true
	for _, s := range former {
		then, err := parseFilters(s.Filters)
		if err != nil {
			return false, err
		}
		l := Layer{Stream: s}
		switch {
		case today.includedIn(then):
			r.Stream.takeOver(s)
		case today.sameBesidesTypes(then):
			l.Types = make(map[string]bool)
			for _, t := range then[filterTypes] {
				l.Types[t] = true
			}
		default:
			told = false
		}
		r.Earlier = append(r.Earlier, l)
	}
	return told, nil
}

// note takes over what does not depend on filters, from the records that were worked on last: how late events are
// listed in the stream, and whose log it is.
func (s *Stream) note(all []*Stream) {
	var overlap, identity *Stream
	for _, o := range all {
		if o.Source != s.Source {
			continue
		}
		if o.Name == s.Name && (overlap == nil || o.worked() > overlap.worked()) {
			overlap = o
		}
		if o.Identity != "" && (identity == nil || o.worked() > identity.worked()) {
			identity = o
		}
	}
	if overlap != nil {
		s.Overlap = overlap.Overlap
	}
	if identity != nil {
		s.Identity = identity.Identity
	}
}

// takeOver adds what a former query covered to the stream. What that one owes is owed again, read again or not since:
// its record does not tell. Where ids may have left, reading again would find nothing but what counts as delivered.
func (s *Stream) takeOver(former *Stream) {
	begun := s.Begun()
	if !begun {
		s.Start = former.Start
	}
	s.Start = min(s.Start, former.Start)
	for _, span := range former.Covered {
		s.Covered = s.Covered.Add(span)
	}
	for _, span := range former.Owed {
		s.Owed = s.Owed.Add(span)
	}
	s.Forgotten = max(s.Forgotten, former.Forgotten)
	s.Owed = s.Owed.Remove(Span{To: s.Forgotten})
	s.Newest = max(s.Newest, former.Newest)
	if !begun || former.Polled > s.Polled {
		s.Polled, s.Swept = former.Polled, former.Swept
	}
}
