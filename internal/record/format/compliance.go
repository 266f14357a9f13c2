package format

import (
	"strings"

	"fluent-bit-openai-audit/internal/record"
	"fluent-bit-openai-audit/internal/record/catalog"
)

// Slots of the compliance logs alone, in the places of those of a payload.
const (
	slotPrincipal slot = slotPayloadID + iota
	slotPrincipalKind
	slotActorID
	slotActorName
	slotForeignID
	slotAction
	slotResult
	slotEventType
)

// complianceFields is the list of what the shaped formats take from a record of the compliance logs.
func complianceFields() []field {
	const where = "request_metadata.client_ip_details."
	return []field{
		{"event_id", slotID, "metadata.uid", "event.id"},
		{"type", slotType, "metadata.log_name", ""},
		{"timestamp", slotTime, "time, metadata.original_time", "@timestamp"},
		{"principal.id", slotPrincipal, "metadata.tenant_uid, cloud.account.uid or cloud.org.uid", "cloud.account.id or organization.id"},
		{"principal.type", slotPrincipalKind, "cloud.account.type", ""},
		{"actor.type", slotActorType, "actor.user.type", ""},
		{"actor.user_id", slotUserID, "actor.user.uid", "user.id, related.user"},
		{"actor.user_email", slotUserEmail, "actor.user.name, actor.user.email_addr", "user.email, user.domain, related.user"},
		{"actor.redacted_id", slotKeyID, "actor.user.programmatic_credentials.uid", ""},
		{"actor.id", slotActorID, "actor.user.uid", "user.id, related.user"},
		{"actor.name", slotActorName, "actor.user.name", ""},
		{"actor.provider_user_id", slotForeignID, "actor.user.uid", "user.id, related.user"},
		{"action", slotAction, "metadata.event_code, api.operation", "event.action"},
		{"action_result", slotResult, "status, status_detail", "event.outcome"},
		{"event_type", slotEventType, "metadata.event_code, api.operation", "event.action"},
		{"request_metadata.client_ip", slotIP, "src_endpoint.ip", "source.ip, related.ip"},
		{"request_metadata.client_user_agent", slotUserAgent, "http_request.user_agent", "user_agent.original"},
		{"request_metadata.client_ja3", slotJA3, "src_endpoint.fingerprints", "tls.client.ja3"},
		{"request_metadata.client_ja4", slotJA4, "src_endpoint.fingerprints", ""},
		{where + "country", slotCountry, "src_endpoint.location.country", "source.geo.country_iso_code"},
		{where + "city", slotCity, "src_endpoint.location.city", "source.geo.city_name"},
		{where + "region", slotRegion, "src_endpoint.location.desc", "source.geo.region_name"},
		{where + "region_code", slotRegionCode, "src_endpoint.location.region", "source.geo.region_iso_code"},
		{where + "asn", slotASN, "src_endpoint.autonomous_system.number", "source.as.number"},
		{where + "latitude", slotLatitude, "src_endpoint.location.lat", "source.geo.location.lat"},
		{where + "longitude", slotLongitude, "src_endpoint.location.long", "source.geo.location.lon"},
	}
}

// complianceActor is actor for the compliance logs.
func (s *Shaper) complianceActor() (id, email slot, kind int) {
	x := &s.x
	id, email, kind = slotUserID, slotUserEmail, userPerson
	switch string(text(x.slots[slotActorType])) {
	case "AGENT":
		kind = userAgent
	case "SYSTEM":
		kind = userSystem
	}
	if x.str(id) == nil {
		if id = slotActorID; x.str(id) == nil {
			id = slotForeignID
		}
	}
	return id, email, kind
}

// happening is what is known of a record of the compliance logs before it is written.
type happening struct {
	*plan
	action    []byte // the text; nil where there is none
	status    catalog.Status
	data      *stray // the member with what is particular to the action, or nil
	uid, name []byte // of what it is about, as far as is told
	other     string // what kind of thing uid is, where it is not the plan's; no name is known then
}

// compliance shapes a record of the compliance logs.
func (s *Shaper) compliance(body []byte, e *record.Event, m record.Metadata) {
	x := &s.x
	var h happening
	for _, key := range []string{"action_data", "event_details", "payload"} {
		if h.data = x.stray(key); h.data != nil {
			break
		}
	}
	for _, from := range []slot{slotAction, slotEventType} {
		if v := x.str(from); v != nil && h.action == nil {
			h.action = text(v)
		}
	}
	if h.data != nil {
		if v := text(member(h.data.value, "action")); len(v) > 0 && h.action == nil {
			h.action = v
		}
	}
	id, email, _ := s.actor()
	known := x.str(id) != nil || x.str(email) != nil || x.str(slotKeyID) != nil
	h.plan = s.compliancePlan(e.Type, h.action, known && x.str(slotIP) != nil && len(e.Type)+len(h.action) > 0)
	s.about(&h)
	h.status = h.Status
	if v := text(x.slots[slotResult]); v != nil {
		switch string(v) {
		case "SUCCESS":
			h.status = catalog.Success
		case "BLOCKED", "ERROR":
			h.status = catalog.Failure
		default:
			h.status = catalog.Undecided
		}
	}
	if s.options.Format == OCSF {
		s.ocsfCompliance(&h, body, e, m)
	} else {
		s.ecsCompliance(&h, body, e, m)
	}
}

// compliancePlan returns the plan for an action, of an API's activity or not.
func (s *Shaper) compliancePlan(kind, action []byte, api bool) *plan {
	s.alike = append(append(append(s.alike[:0], kind...), 0), action...)
	if api {
		s.alike = append(s.alike, 0)
	}
	if p := s.guesses[string(s.alike)]; p != nil {
		return p
	}
	if len(s.guesses) >= maxGuesses {
		clear(s.guesses)
	}
	p := &plan{Type: catalog.Compliance(string(kind), string(action))}
	p.activity = p.Activity
	p.thing = strings.ReplaceAll(strings.ToLower(string(p.Object)), " ", "_")
	if api && p.Activity.Class() == 3004 {
		p.activity = p.Activity.OfAPI()
	}
	p.class = classBlock(p.activity, nameOf(p.Type, p.Activity, p.activity))
	p.event = eventBlock(p.Type, p.Kinds, datasetOf(ComplianceLogs), "")
	s.guesses[string(s.alike)] = p
	return p
}

// about finds the id and the name of what the action is about: the members of its data, or else of the record itself, that are
// called like it, app_id for an App. An API's activity may be about something else that has an id, which is then called by
// that id's own name.
func (s *Shaper) about(h *happening) {
	if h.data == nil {
		for i := range s.x.rest {
			if r := &s.x.rest[i]; r.node == nodeRoot {
				s.consider(h, r.key, r.value)
			}
		}
		return
	}
	v := h.data.value
	n := head(v, 0)
	if n.kind != isMap {
		return
	}
	i := n.size
	for range n.n / 2 {
		key, at := keyAt(v, i)
		if at < 0 {
			return
		}
		end, _ := skip(v, at, 0)
		if end < 0 {
			return
		}
		s.consider(h, key, v[at:end])
		i = end
	}
}

// consider takes a member for the id or the name of what the action is about, if it is called so.
func (s *Shaper) consider(h *happening, key, value []byte) {
	if len(text(value)) == 0 {
		return
	}
	if of, ok := named(key, "id"); ok {
		own := ends(h.thing, of)
		switch {
		case own && (h.uid == nil || h.other != ""):
			h.uid, h.other = value, ""
		case h.uid == nil && h.activity.Class() == 6003 && string(of) != "workspace":
			h.uid, h.other = value, s.wordsOf(of)
		}
	} else if of, ok := named(key, "name"); ok && h.name == nil && ends(h.thing, of) {
		h.name = value
	}
}

// wordsOf returns the words of a name, and remembers them.
func (s *Shaper) wordsOf(name []byte) string {
	if words, ok := s.words[string(name)]; ok {
		return words
	}
	if len(s.words) >= maxGuesses {
		clear(s.words)
	}
	words := catalog.ObjectName(string(name))
	s.words[string(name)] = words
	return words
}

// named returns what a key says to be the word of: app for app_id, nothing for id.
func named(key []byte, word string) (of []byte, ok bool) {
	n := len(key) - len(word)
	switch {
	case n < 0 || string(key[n:]) != word:
		return nil, false
	case n == 0:
		return nil, true
	case n > 1 && key[n-1] == '_':
		return key[:n-1], true
	}
	return nil, false
}

// ends reports whether a thing, its words parted by underscores, ends with some words, or is them.
func ends(thing string, words []byte) bool {
	n := len(thing) - len(words)
	return n >= 0 && thing[n:] == string(words) && (n == 0 || len(words) == 0 || thing[n-1] == '_')
}

// complianceMessage writes what happened, for a person to read.
func (s *Shaper) complianceMessage(h *happening) {
	x := &s.x
	m := s.alike[:0]
	id, email, _ := s.actor()
	who := x.str(email)
	for _, from := range []slot{slotActorName, id, slotKeyID} {
		if who == nil {
			who = x.str(from)
		}
	}
	if who == nil {
		m = append(m, "somebody"...)
	}
	m = append(append(m, text(who)...), ": "...)
	m = append(m, h.Name...)
	if about := h.name; (about != nil || h.uid != nil) && h.activity.Class() != 3002 {
		if about == nil {
			about = h.uid
		}
		m = append(append(m, ' '), text(about)...)
	}
	if v := text(x.slots[slotResult]); len(v) > 0 && h.status != catalog.Success {
		m = append(append(append(m, " ("...), v...), ')')
	}
	s.alike = m
	s.w.key("message")
	s.w.strOf(m)
}
