package format

// Kinds of users in OCSF.
const (
	userUnknown = 0
	userPerson  = 1
	userSystem  = 3
	userService = 4
	userAgent   = 99
)

// userType writes what kind of user it is.
func (s *Shaper) userType(id int) {
	w := &s.w
	w.key("type_id")
	w.uint(uint64(id))
	w.key("type")
	switch id {
	case userPerson:
		w.str("User")
	case userSystem:
		w.str("System")
	case userService:
		w.str("Service")
	case userAgent:
		w.str("Agent")
	default:
		w.str("Unknown")
	}
}

// ocsfActor writes who did it, where the event says so.
func (s *Shaper) ocsfActor() {
	x := &s.x
	id, email, kind := s.actor()
	if x.str(id) == nil && (email == noSlot || x.str(email) == nil) && x.str(slotKeyID) == nil {
		return
	}
	s.w.key("actor")
	s.w.open()
	s.ocsfActing("user", id, email, kind)
	s.w.close()
}

// ocsfActing writes a user of whom an id, an e-mail address and an API key may be known.
func (s *Shaper) ocsfActing(key string, id, email slot, kind int) {
	w, x := &s.w, &s.x
	w.key(key)
	w.open()
	s.member("uid", id)
	if email != noSlot {
		s.email(email)
	}
	if s.options.Source == ComplianceLogs && x.str(email) == nil {
		s.member("name", slotActorName)
	}
	if w.begun() == 0 {
		w.key("name")
		w.str("unknown")
		kind = userUnknown
	}
	s.userType(kind)
	// What they say is said by the kind of the user, and by whether there is a key.
	for _, from := range []slot{slotActorType, slotKeyType} {
		switch string(text(x.slots[from])) {
		case "session", "api_key", "user", "service_account", "ACCOUNT_USER", "API_KEY", "AGENT", "SYSTEM":
			x.use(from)
		}
	}
	if v := x.str(slotKeyID); v != nil {
		w.key("programmatic_credentials")
		w.array(1)
		w.open()
		s.member("uid", slotKeyID)
		w.key("type")
		w.str("API Key")
		w.close()
	}
	w.close()
}

// email writes the e-mail address of a user, whose id is written. One that is none, because it was hashed, is
// another id.
func (s *Shaper) email(from slot) {
	w, v := &s.w, s.x.str(from)
	if v == nil {
		return
	}
	s.x.use(from)
	address, identified := text(v), w.begun() > 0
	valid, at := isEmail(address), false
	for _, c := range address {
		at = at || c == '@'
	}
	if valid || at || !identified {
		w.key("name")
		w.raw(v)
	}
	if valid {
		w.key("email_addr")
		w.raw(v)
	}
	if !at && identified {
		w.key("uid_alt")
		w.raw(v)
	}
}

// ocsfEndpoint writes where the request came from, and with what.
func (s *Shaper) ocsfEndpoint() {
	w, x := &s.w, &s.x
	if ip := x.str(slotIP); ip != nil {
		x.use(slotIP)
		w.key("src_endpoint")
		w.open()
		if x.place.ip {
			w.key("ip")
		} else {
			w.key("uid")
		}
		w.raw(ip)
		s.ocsfLocation()
		if x.place.asn {
			x.use(slotASN)
			w.key("autonomous_system")
			w.open()
			w.key("number")
			w.uint(x.place.number)
			w.close()
		}
		s.ocsfFingerprints()
		w.close()
	}
	if x.str(slotUserAgent) != nil {
		w.key("http_request")
		w.open()
		s.member("user_agent", slotUserAgent)
		w.close()
	}
}

// ocsfLocation writes where the address is, if more than coordinates is known of it.
func (s *Shaper) ocsfLocation() {
	w, x := &s.w, &s.x
	w.openKey("location")
	s.member("country", slotCountry)
	s.member("city", slotCity)
	if x.str(slotRegionCode) != nil {
		s.member("region", slotRegionCode)
		s.member("desc", slotRegion)
	} else {
		s.member("region", slotRegion)
	}
	if w.begun() > 0 {
		if x.place.lat {
			x.use(slotLatitude)
			w.key("lat")
			w.float(x.place.latitude)
		}
		if x.place.lon {
			x.use(slotLongitude)
			w.key("long")
			w.float(x.place.longitude)
		}
	}
	w.close()
}

// ocsfFingerprints writes those of the client's TLS.
func (s *Shaper) ocsfFingerprints() {
	w, x, n := &s.w, &s.x, 0
	for _, from := range []slot{slotJA3, slotJA4} {
		if x.str(from) != nil {
			n++
		}
	}
	if n == 0 {
		return
	}
	w.key("fingerprints")
	w.array(n)
	for _, f := range []struct {
		from slot
		name string
	}{{slotJA3, "JA3"}, {slotJA4, "JA4"}} {
		if x.str(f.from) == nil {
			continue
		}
		w.open()
		w.key("algorithm_id")
		w.uint(99)
		w.key("algorithm")
		w.str(f.name)
		s.member("value", f.from)
		w.close()
	}
}

// ocsfObservables lists what an analyst looks for across events: addresses of the network and of people.
func (s *Shaper) ocsfObservables() {
	w, x := &s.w, &s.x
	_, email, _ := s.actor()
	ip, address := x.str(slotIP), []byte(nil)
	if email != noSlot {
		address = x.str(email)
	}
	hasIP, hasEmail, n := x.place.ip, isEmail(text(address)), 0
	if hasIP {
		n++
	}
	if hasEmail {
		n++
	}
	if n == 0 {
		return
	}
	w.key("observables")
	w.array(n)
	if hasIP {
		w.open()
		w.block("\xa4name\xafsrc_endpoint.ip\xa7type_id\x02\xa4type\xaaIP Address\xa5value", 4)
		w.raw(ip)
		w.close()
	}
	if hasEmail {
		w.open()
		w.block("\xa4name\xb5actor.user.email_addr\xa7type_id\x05\xa4type\xadEmail Address\xa5value", 4)
		w.raw(address)
		w.close()
	}
}
