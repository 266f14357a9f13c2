package format

import "fluent-bit-openai-audit/internal/record"

// ocsfCompliance writes a record of the compliance logs as an event of OCSF: Authentication, API Activity, or Entity Management
// where the record lacks what an API Activity takes.
func (s *Shaper) ocsfCompliance(h *happening, body []byte, e *record.Event, m record.Metadata) {
	w, x := &s.w, &s.x
	s.ocsfBegin(h.class, h.Severity)
	s.ocsfStatus(h)
	s.ocsfTime(e, m)
	s.complianceMessage(h)
	s.ocsfComplianceMetadata(h, e, m)
	s.ocsfWorkspace(m)
	if h.Name != "" {
		w.key("api")
		w.open()
		w.key("operation")
		w.str(h.Name)
		w.close()
	}
	if text(x.slots[slotAction]) != nil {
		x.use(slotAction)
	} else if text(x.slots[slotEventType]) != nil {
		x.use(slotEventType)
	}
	s.ocsfActor()
	s.ocsfEndpoint()
	s.ocsfObservables()
	switch h.activity.Class() {
	case 3002:
		s.ocsfLogon()
	case 6003:
		s.ocsfResource(h)
	default:
		s.ocsfThing(h)
	}
	s.original(body, "raw_data")
	s.writeRest(false)
	w.close()
}

// ocsfStatus writes how it ended.
func (s *Shaper) ocsfStatus(h *happening) {
	id, name := h.status.OCSF()
	w, x := &s.w, &s.x
	w.key("status_id")
	w.uint(uint64(id))
	w.key("status")
	w.str(name)
	if x.str(slotResult) != nil {
		s.member("status_detail", slotResult)
	}
}

// ocsfComplianceMetadata writes what is known of the record itself.
func (s *Shaper) ocsfComplianceMetadata(h *happening, e *record.Event, m record.Metadata) {
	w, x := &s.w, &s.x
	w.key("metadata")
	w.open()
	w.key("version")
	w.str(s.options.OCSFVersion)
	s.ocsfProduct("ChatGPT")
	s.member("log_name", slotType)
	if e.ID != nil {
		x.use(slotID)
		w.key("uid")
		w.strOf(e.ID)
	}
	if h.Name != "" {
		w.key("event_code")
		w.str(h.Name)
	}
	s.member("tenant_uid", slotPrincipal)
	s.member("original_time", slotTime)
	s.ocsfLabels(m)
	w.close()
}

// ocsfProduct writes the members of metadata that say whose log it is.
func (s *Shaper) ocsfProduct(name string) {
	w := &s.w
	w.key("product")
	w.open()
	w.key("name")
	w.str(name)
	w.key("vendor_name")
	w.str("OpenAI")
	w.close()
	w.key("log_provider")
	w.str("OpenAI")
	w.key("profiles")
	w.array(1)
	w.str("cloud")
}

// ocsfWorkspace writes whose workspace or organization it is.
func (s *Shaper) ocsfWorkspace(m record.Metadata) {
	w, x := &s.w, &s.x
	kind, id := string(text(x.slots[slotPrincipalKind])), x.str(slotPrincipal)
	w.key("cloud")
	w.open()
	w.key("provider")
	w.str("OpenAI")
	switch {
	case id != nil && kind == "API_PLATFORM_ORG":
		x.use(slotPrincipalKind)
		w.key("org")
		w.open()
		w.key("uid")
		w.raw(id)
		w.close()
	case m.Organization != "":
		w.key("org")
		w.open()
		w.key("uid")
		w.str(m.Organization)
		w.close()
	}
	if id != nil && kind == "CHATGPT_WORKSPACE" {
		x.use(slotPrincipalKind)
		w.key("account")
		w.open()
		w.key("uid")
		w.raw(id)
		w.key("type_id")
		w.uint(99)
		w.key("type")
		w.str("ChatGPT Workspace")
		w.close()
	}
	w.close()
}

// ocsfResource writes what an API's activity was about, with its data.
func (s *Shaper) ocsfResource(h *happening) {
	if h.uid == nil && h.name == nil {
		return // its data is kept below unmapped
	}
	w := &s.w
	w.key("resources")
	w.array(1)
	w.open()
	s.subject(h)
	w.key("type")
	if h.other != "" {
		w.str(h.other)
	} else {
		w.str(string(h.Object))
	}
	if h.data != nil {
		w.key("data")
		h.data.used = true
		w.valueAt(h.data.value, len(w.maps)+1) // the array is open, too
	}
	w.close()
}

// subject writes the id and the name of what it is about.
func (s *Shaper) subject(h *happening) {
	w := &s.w
	if h.uid != nil {
		w.key("uid")
		w.raw(h.uid)
	}
	if h.name != nil && h.other == "" {
		w.key("name")
		w.raw(h.name)
	}
}

// ocsfThing writes the entity that it is about, with its data.
func (s *Shaper) ocsfThing(h *happening) {
	w := &s.w
	id, kind, _ := h.Object.Entity()
	w.key("entity")
	w.open()
	s.entityType(id, kind)
	s.subject(h)
	if h.uid == nil && h.name == nil {
		w.key("name")
		w.str("unknown")
	}
	if h.data != nil {
		w.key("data")
		h.data.used = true
		w.value(h.data.value)
	}
	w.close()
}
