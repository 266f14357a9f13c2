package format

import (
	"fluent-bit-openai-audit/internal/record"
	"fluent-bit-openai-audit/internal/record/catalog"
)

// Slots of the organization's objects alone, in the places of those of a payload.
const (
	slotKind slot = slotPayloadID + iota
	slotChange
	slotSnapshot
)

// snapshotObject is what the record that closes a snapshot has for its object.
const snapshotObject = "openai_audit.snapshot"

// inventoryFields is the list of what the shaped formats take from a record of an object.
func inventoryFields() []field {
	return []field{
		{"object", slotObject, "metadata.log_name", ""},
		{"kind", slotKind, "metadata.event_code, entity.type", "event.action"},
		{"id", slotID, "entity.uid", "user.target.id or group.id"},
		{"project.id", slotProjectID, "cloud.account.uid", "cloud.project.id"},
		{"project.name", slotProjectName, "cloud.account.name", "cloud.project.name"},
		{"change", slotChange, "activity_id, status_detail", "event.type"},
		{"snapshot", slotSnapshot, "time, metadata.correlation_uid", "@timestamp"},
	}
}

// inventory shapes a record of an object of the organization, or the one that closes a snapshot.
func (s *Shaper) inventory(body []byte, e *record.Event, m record.Metadata) {
	x := &s.x
	if at, ok := float(x.slots[slotSnapshot]); ok && at >= 0 && at <= maxSecond && m.Time == 0 {
		m.Time = int64(at)
	}
	dated := *e
	dated.Untimed = e.Time == 0
	if object := text(x.slots[slotObject]); string(object) == snapshotObject {
		s.state(&dated, body, m, statement{code: object, message: "snapshot: what there is in the organization was read", key: "inventory"})
		return
	}
	p := s.inventoryPlan(text(x.slots[slotKind]), text(x.slots[slotChange]))
	if s.options.Format == OCSF {
		s.ocsfInventory(p, body, &dated, m)
	} else {
		s.ecsInventory(p, body, &dated, m)
	}
}

// maxSecond is the last second that a record can be dated to.
const maxSecond = 1<<32 - 1

// inventoryPlan returns the plan for a kind of objects and a change.
func (s *Shaper) inventoryPlan(kind, change []byte) *plan {
	s.alike = append(append(append(s.alike[:0], kind...), 0), change...)
	if p := s.guesses[string(s.alike)]; p != nil {
		return p
	}
	if len(s.guesses) >= maxGuesses {
		clear(s.guesses)
	}
	p := s.plan(catalog.Inventory(string(kind), string(change)))
	if s.options.Format == ECS {
		p.event = eventBlock(p.Type, p.Kinds, datasetOf(Organization), p.Status.Outcome())
	}
	s.guesses[string(s.alike)] = p
	return p
}

// thing is what is known of an object from its data.
func thing(data *stray) (name, email []byte) {
	if data == nil {
		return nil, nil
	}
	for _, key := range []string{"name", "title", "group_name", "model", "email"} {
		if v := member(data.value, key); len(text(v)) > 0 {
			name = v
			break
		}
	}
	if v := member(data.value, "email"); len(text(v)) > 0 {
		email = v
	}
	return name, email
}

// ocsfInventory writes an object as the entity of Entity Management: read, or, against the snapshot before, created, updated or
// deleted, by whom is not known.
func (s *Shaper) ocsfInventory(p *plan, body []byte, e *record.Event, m record.Metadata) {
	w, x := &s.w, &s.x
	data := x.stray("data")
	name, email := thing(data)
	s.ocsfBegin(p.class, p.Severity)
	w.block(p.status.members, p.status.n)
	s.member("status_detail", slotChange)
	s.ocsfTime(e, m)
	s.inventoryMessage(name)
	w.key("metadata")
	w.open()
	w.key("version")
	w.str(s.options.OCSFVersion)
	s.ocsfProduct("OpenAI API Platform")
	s.member("log_name", slotObject)
	if x.str(slotKind) != nil {
		w.key("event_code")
		w.raw(x.slots[slotKind])
		x.use(slotKind)
	}
	if v := x.slots[slotSnapshot]; v != nil && text(v) == nil {
		x.use(slotSnapshot)
		w.key("correlation_uid")
		w.jsonOf(v)
	} else {
		s.member("correlation_uid", slotSnapshot)
	}
	if m.Organization != "" {
		w.key("tenant_uid")
		w.str(m.Organization)
	}
	s.ocsfLabels(m)
	w.close()
	s.ocsfCloud(m)
	id, kind, _ := p.Object.Entity()
	group := p.Kinds&catalog.Group != 0
	if group {
		id, kind = 3, "Group"
	} else if p.Object == catalog.ServiceAccount {
		id, kind = 2, "User"
	}
	w.key("entity")
	w.open()
	s.entityType(id, kind)
	s.member("uid", slotID)
	if name != nil {
		w.key("name")
		w.raw(name)
	}
	if x.str(slotID) == nil && name == nil {
		w.key("name")
		w.str("unknown")
	}
	switch {
	case p.Kinds&catalog.Person != 0:
		s.ocsfMemberOf(p, name, email)
	case group && (x.str(slotID) != nil || name != nil):
		w.key("group")
		w.open()
		s.member("uid", slotID)
		if name != nil {
			w.key("name")
			w.raw(name)
		}
		w.close()
	}
	if data != nil {
		data.used = true
		w.key("data")
		w.value(data.value)
	}
	w.close()
	s.original(body, "raw_data")
	s.writeRest(false)
	w.close()
}

// ocsfMemberOf writes the user or service account that an entity is.
func (s *Shaper) ocsfMemberOf(p *plan, name, email []byte) {
	w := &s.w
	if s.x.str(slotID) == nil && name == nil {
		return
	}
	w.key("user")
	w.open()
	s.member("uid", slotID)
	if name != nil {
		w.key("name")
		w.raw(name)
	}
	if isEmail(text(email)) {
		w.key("email_addr")
		w.raw(email)
	}
	if p.Object == catalog.ServiceAccount {
		s.userType(userService)
	} else {
		s.userType(userPerson)
	}
	w.close()
}

// ecsInventory writes an object as an event of the kind asset.
func (s *Shaper) ecsInventory(p *plan, body []byte, e *record.Event, m record.Metadata) {
	w, x := &s.w, &s.x
	name, email := thing(x.stray("data"))
	s.ecsBegin(e, m)
	w.block(p.event.members, p.event.n)
	w.key("severity")
	w.uint(uint64(p.Severity))
	s.original(body, "original")
	w.close()
	s.inventoryMessage(name)
	s.ecsOrganization(m)
	switch {
	case p.Kinds&catalog.Person != 0:
		w.openKey("user")
		w.openKey("target")
		s.member("id", slotID)
		if name != nil {
			w.key("name")
			w.raw(name)
		}
		if email != nil {
			w.key("email")
			w.raw(email)
		}
		w.close()
		w.close()
	case p.Kinds&catalog.Group != 0:
		w.openKey("group")
		s.member("id", slotID)
		if name != nil {
			w.key("name")
			w.raw(name)
		}
		w.close()
	}
	w.key("openai")
	w.open()
	w.key("inventory")
	w.value(body)
	w.close()
	s.ecsOrigin(m)
	w.close()
}

// inventoryMessage writes what is there, or has changed, for a person to read.
func (s *Shaper) inventoryMessage(name []byte) {
	x := &s.x
	m := append(append(append(s.alike[:0], text(x.slots[slotKind])...), ' '), text(x.slots[slotChange])...)
	if name == nil {
		name = x.str(slotID)
	}
	if v := text(name); len(v) > 0 {
		m = append(append(m, ": "...), v...)
	}
	s.alike = m
	s.w.key("message")
	s.w.strOf(m)
}
