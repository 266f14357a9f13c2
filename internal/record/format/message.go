package format

// message writes what happened, for a person to read: who did what, to what.
func (s *Shaper) message(p *plan) {
	w, x := &s.w, &s.x
	m := s.alike[:0]
	id, email, _ := s.actor()
	who := text(x.str(id))
	if email != noSlot && x.str(email) != nil {
		who = text(x.str(email))
	}
	if who == nil {
		who = text(x.str(slotKeyID))
	}
	if p.Known() {
		if who == nil {
			who = []byte("somebody")
		}
		m = append(append(append(m, who...), ' '), p.Says...)
	} else {
		name := p.Name
		if name == "" {
			name = "event without a type"
		}
		m = append(m, name...)
		if who != nil {
			m = append(append(m, " by "...), who...)
		}
	}
	if role := s.target.assigned; role != nil {
		m = append(append(m, ", "...), role...)
	}
	about := s.target.name
	if about == nil {
		about = s.target.uid
	}
	if p.Activity.Class() == 3002 {
		about = x.str(slotErrorMessage)
	}
	if about := text(about); len(about) > 0 {
		m = append(append(m, ": "...), about...)
	}
	s.alike = m
	w.key("message")
	w.strOf(m)
}
