package format

import (
	"fluent-bit-openai-audit/internal/record"
	"fluent-bit-openai-audit/internal/record/catalog"
)

// ocsf writes the event as one of OCSF's.
func (s *Shaper) ocsf(p *plan, body []byte, e *record.Event, m record.Metadata) {
	w := &s.w
	s.ocsfBegin(p.class, s.severity(p))
	w.block(p.status.members, p.status.n)
	s.ocsfTime(e, m)
	s.message(p)
	s.ocsfMetadata(m, e.ID)
	s.ocsfCloud(m)
	if p.Name != "" {
		w.key("api")
		w.open()
		w.key("operation")
		w.str(p.Name)
		w.close()
	}
	s.ocsfActor()
	s.ocsfEndpoint()
	s.ocsfObservables()
	payloadDone := s.ocsfTarget(p)
	s.original(body, "raw_data")
	s.writeRest(payloadDone)
	w.close()
}

// ocsfBegin begins an event with its class and its severity.
func (s *Shaper) ocsfBegin(class block, severity catalog.Severity) {
	w := &s.w
	w.open()
	w.block(class.members, class.n)
	w.key("severity_id")
	w.uint(uint64(severity))
	w.key("severity")
	w.str(severity.String())
}

// ocsfTime writes when the event was, in milliseconds.
func (s *Shaper) ocsfTime(e *record.Event, m record.Metadata) {
	s.w.key("time")
	s.w.uint(uint64(millis(e, m)))
}

// millis returns when the event was in milliseconds, which is the record's time for one without.
func millis(e *record.Event, m record.Metadata) int64 {
	if e.Time == 0 && (e.Untimed || e.Malformed != "") {
		return m.Time * 1000
	}
	return e.Time*1000 + int64(e.Nano/1e6)
}

// original writes the event's JSON under key, where it is asked for.
func (s *Shaper) original(body []byte, key string) {
	if s.options.IncludeOriginal {
		s.w.key(key)
		s.w.jsonOf(body)
	}
}

// logName is what every event of the audit log has for its "object", and the name of the log.
const logName = "organization.audit_log"

// ocsfMetadata writes what is known of the event itself. id is the event's, which it has.
func (s *Shaper) ocsfMetadata(m record.Metadata, id []byte) {
	w, x := &s.w, &s.x
	w.key("metadata")
	w.open()
	w.key("version")
	w.str(s.options.OCSFVersion)
	w.block(metadataBlock, metadataBlockN)
	if id != nil {
		x.use(slotID)
		w.key("uid")
		w.strOf(id)
	}
	if v := x.str(slotType); v != nil {
		x.use(slotType)
		w.key("event_code")
		w.raw(v)
	}
	if string(text(x.slots[slotObject])) == logName {
		x.use(slotObject)
	}
	if m.Organization != "" {
		w.key("tenant_uid")
		w.str(m.Organization)
	}
	if v := x.slots[slotTime]; v != nil {
		x.use(slotTime)
		w.key("original_time")
		if text(v) != nil {
			w.raw(v)
		} else {
			w.jsonOf(v)
		}
	}
	s.ocsfLabels(m)
	w.close()
}

// The members of metadata that are always the same: product, log_name, log_provider and profiles, in msgpack.
const (
	metadataBlock = "\xa7product\x82\xa4name\xb3OpenAI API Platform\xabvendor_name\xa6OpenAI" +
		"\xa8log_name\xb6organization.audit_log" +
		"\xaclog_provider\xa6OpenAI" +
		"\xa8profiles\x91\xa5cloud"
	metadataBlockN = 4
)

// ocsfLabels writes what a record's metadata says of its origin.
func (s *Shaper) ocsfLabels(m record.Metadata) {
	w, n := &s.w, 0
	if m.Stream != "" {
		n++
	}
	if m.Late {
		n++
	}
	if n == 0 {
		return
	}
	w.key("labels")
	w.array(n)
	if m.Stream != "" {
		s.alike = append(append(s.alike[:0], "stream:"...), m.Stream...)
		w.strOf(s.alike)
	}
	if m.Late {
		w.str("late")
	}
}

// ocsfCloud writes whose organization and project it is.
func (s *Shaper) ocsfCloud(m record.Metadata) {
	w, x := &s.w, &s.x
	w.key("cloud")
	w.open()
	w.key("provider")
	w.str("OpenAI")
	if m.Organization != "" {
		w.key("org")
		w.open()
		w.key("uid")
		w.str(m.Organization)
		w.close()
	}
	id, name := x.str(slotProjectID), x.str(slotProjectName)
	if id != nil || name != nil {
		w.key("account")
		w.open()
		s.member("uid", slotProjectID)
		s.member("name", slotProjectName)
		w.key("type_id")
		w.uint(99)
		w.key("type")
		w.str("Project")
		w.close()
	}
	w.close()
}

// member writes the string of a slot, if there is one.
func (s *Shaper) member(key string, from slot) {
	if v := s.x.str(from); v != nil {
		s.x.use(from)
		s.w.key(key)
		s.w.raw(v)
	}
}

// ocsfMalformed writes an event that could not be read as a base event.
func (s *Shaper) ocsfMalformed(body []byte, e *record.Event, m record.Metadata) error {
	w := &s.w
	s.ocsfBegin(classBlock(catalog.Unknown, catalog.Unknown.Name()), catalog.Unrated)
	s.ocsfTime(e, m)
	w.key("message")
	w.str("malformed event: " + e.Malformed)
	s.ocsfMetadata(m, e.ID)
	s.ocsfCloud(m)
	if s.options.IncludeOriginal {
		w.key("raw_data")
		w.raw(member(body, "_malformed"))
	}
	w.key("unmapped")
	w.raw(body)
	w.close()
	return nil
}
