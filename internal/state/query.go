package state

// Current returns those of the streams that belong to the query that was worked on last: those of the
// source and the filters of the stream with the latest poll or sweep. The others are what earlier
// configurations left in the file.
func Current(streams []*Stream) []*Stream {
	var last *Stream
	for _, s := range streams {
		if last == nil || s.worked() > last.worked() {
			last = s
		}
	}
	var out []*Stream
	for _, s := range streams {
		if s.Source == last.Source && s.Filters == last.Filters {
			out = append(out, s)
		}
	}
	return out
}

// worked returns when the stream was last worked on; when it was begun, if it was not polled yet.
func (s *Stream) worked() int64 { return max(s.Polled, s.Swept) }

// Reach returns the time up to which the stream was read: the end of its ledger, or Start when that is
// empty.
func (s *Stream) Reach() int64 {
	if n := len(s.Covered); n > 0 {
		return max(s.Start, s.Covered[n-1].To)
	}
	return s.Start
}

// Holes returns the wanted time that is not covered although later time is, oldest first.
func (s *Stream) Holes() []Span {
	return s.Covered.Holes(Span{From: s.Start, To: s.Reach()})
}

// CompleteUntil reports whether every second before t is covered from the stream's start on. A time that
// the stream does not reach back to is not.
func (s *Stream) CompleteUntil(t int64) bool {
	return s.Start < t && s.Covered.Covers(Span{From: s.Start, To: t})
}
