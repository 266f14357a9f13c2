package format

import (
	"bytes"

	"fluent-bit-openai-audit/internal/record/catalog"
)

// ecsUser writes who did it, and the user or group to whom it was done.
func (s *Shaper) ecsUser(p *plan) {
	w, x := &s.w, &s.x
	id, email, kind := s.actor()
	w.openKey("user")
	s.member("id", id)
	if email != noSlot {
		s.member("email", email)
		if _, domain, ok := bytes.Cut(text(x.str(email)), []byte{'@'}); ok && len(domain) > 0 {
			w.key("domain")
			w.strOf(domain)
		}
	}
	s.ecsTarget(p)
	w.close()
	if kind == userService {
		w.key("service")
		w.open()
		s.member("id", id)
		w.close()
	}
	s.ecsGroup(p)
}

// isPerson reports whether the event is about a user or a service account.
func (s *Shaper) isPerson(p *plan) bool {
	switch p.Activity.Class() {
	case 3007:
		return p.Kinds&catalog.Group == 0
	case 3004:
		return p.Object == catalog.User || p.Object == catalog.Invite && s.target.email != nil
	default:
		return false
	}
}

// ecsTarget writes the user whom the event is about.
func (s *Shaper) ecsTarget(p *plan) {
	if !s.isPerson(p) {
		return
	}
	w, t := &s.w, &s.target
	w.openKey("target")
	if t.email != nil {
		w.key("email")
		w.raw(t.email)
	}
	if t.uid != nil && p.Object != catalog.Invite {
		w.key("id")
		w.raw(t.uid)
	}
	switch {
	case t.assigned != nil:
		w.key("roles")
		w.array(1)
		w.strOf(t.assigned)
	case t.role != nil:
		w.key("roles")
		w.array(1)
		w.raw(t.role)
	}
	w.close()
}

// ecsGroup writes the group that the event is about.
func (s *Shaper) ecsGroup(p *plan) {
	w, x, t := &s.w, &s.x, &s.target
	if p.Kinds&catalog.Group == 0 || p.Activity == catalog.GroupAddUser || p.Activity == catalog.GroupRemoveUser {
		return
	}
	w.openKey("group")
	if t.uid != nil {
		w.key("id")
		w.raw(t.uid)
	}
	if _, name := x.first(slotDataGroupName, slotNewGroupName); name != nil {
		w.key("name")
		w.raw(name)
	}
	w.close()
}

// ecsSource writes where the request came from, and with what.
func (s *Shaper) ecsSource() {
	w, x := &s.w, &s.x
	w.openKey("source")
	if ip := x.str(slotIP); ip != nil {
		if x.place.ip {
			w.key("ip")
		} else {
			w.key("address")
		}
		w.raw(ip)
	}
	s.ecsGeo()
	if x.place.asn {
		w.key("as")
		w.open()
		w.key("number")
		w.uint(x.place.number)
		w.close()
	}
	w.close()
	w.openKey("user_agent")
	s.member("original", slotUserAgent)
	w.close()
	if x.str(slotJA3) != nil {
		w.key("tls")
		w.open()
		w.key("client")
		w.open()
		s.member("ja3", slotJA3)
		w.close()
		w.close()
	}
}

// ecsGeo writes where the address is.
func (s *Shaper) ecsGeo() {
	w, x := &s.w, &s.x
	w.openKey("geo")
	s.member("country_iso_code", slotCountry)
	s.member("city_name", slotCity)
	s.member("region_name", slotRegion)
	// ISO 3166-2: the country's code, and the region's within it.
	country, region := text(x.str(slotCountry)), text(x.str(slotRegionCode))
	if len(country) == 2 && len(region) > 0 && len(region) <= 3 {
		s.alike = append(append(append(s.alike[:0], country...), '-'), region...)
		w.key("region_iso_code")
		w.strOf(s.alike)
	}
	if x.place.lat && x.place.lon {
		w.key("location")
		w.open()
		w.key("lat")
		w.float(x.place.latitude)
		w.key("lon")
		w.float(x.place.longitude)
		w.close()
	}
	w.close()
}

// ecsRelated lists whom and which addresses the event names, each once.
func (s *Shaper) ecsRelated(p *plan) {
	w, x, t := &s.w, &s.x, &s.target
	var list [4][]byte
	n := 0
	add := func(v []byte) {
		if v == nil {
			return
		}
		for _, have := range list[:n] {
			if bytes.Equal(have, v) {
				return
			}
		}
		list[n] = v
		n++
	}
	id, email, _ := s.actor()
	if email != noSlot {
		add(x.str(email))
	}
	add(x.str(id))
	if s.isPerson(p) {
		add(t.email)
		if p.Object != catalog.Invite {
			add(t.uid)
		}
	}
	w.openKey("related")
	if n > 0 {
		w.key("user")
		w.array(n)
		for _, v := range list[:n] {
			w.raw(v)
		}
	}
	if x.place.ip {
		w.key("ip")
		w.array(1)
		w.raw(x.slots[slotIP])
	}
	w.close()
}
