package format

import "fluent-bit-openai-audit/internal/record/catalog"

// ocsfEntity writes the entity with the whole payload, and what it is changed to.
func (s *Shaper) ocsfEntity(p *plan) {
	w, x, t := &s.w, &s.x, &s.target
	id, kind, sort := p.Object.Entity()
	payload := x.objects[nodePayload]
	w.key("entity")
	w.open()
	s.entityType(id, kind)
	if t.uid != nil {
		w.key("uid")
		w.raw(t.uid)
	}
	name := t.name
	if p.Object == catalog.Organization {
		name = nil
	}
	if name != nil {
		w.key("name")
		w.raw(name)
	}
	if t.uid == nil && name == nil {
		w.key("name")
		w.str("unknown")
	}
	s.entitySort(p, sort)
	if payload != nil {
		w.key("data")
		w.value(payload)
	}
	w.close()
	if changes := x.objects[x.nodeChanges]; changes != nil && !empty(changes) && p.activity == catalog.EntityUpdate {
		s.ocsfUpdated(id, kind, changes)
	}
}

func (s *Shaper) entityType(id int, kind string) {
	w := &s.w
	w.key("type_id")
	w.uint(uint64(id))
	w.key("type")
	w.str(kind)
}

// entitySort writes the object within an entity that its kind has.
func (s *Shaper) entitySort(p *plan, sort string) {
	w, t := &s.w, &s.target
	switch {
	case p.Object == catalog.Organization && t.uid != nil:
		w.openKey("org")
		w.key("uid")
		w.raw(t.uid)
		w.close()
	case p.Object == catalog.User && t.uid != nil:
		w.openKey("user")
		w.key("uid")
		w.raw(t.uid)
		w.close()
	case p.Object == catalog.Invite && isEmail(text(t.email)):
		w.openKey("user")
		w.key("name")
		w.raw(t.email)
		w.key("email_addr")
		w.raw(t.email)
		s.userType(userUnknown)
		w.close()
	case p.Object == catalog.Policy || sort != "":
		w.openKey("policy")
		if t.uid != nil {
			w.key("uid")
			w.raw(t.uid)
		}
		if sort != "" {
			w.key("type")
			w.str(sort)
		}
		if w.begun() > 0 && (p.Activity == catalog.EntityActivate || p.Activity == catalog.EntityDeactivate) {
			w.key("is_applied")
			w.bool(p.Activity == catalog.EntityActivate)
		}
		w.close()
	}
}

// ocsfUpdated writes what the entity is to become.
func (s *Shaper) ocsfUpdated(id int, kind string, changes []byte) {
	w, x, t := &s.w, &s.x, &s.target
	if s.old {
		w.key("entity_result")
	} else {
		w.key("updated_entity")
	}
	w.open()
	s.entityType(id, kind)
	if t.uid != nil {
		w.key("uid")
		w.raw(t.uid)
	}
	_, name := x.first(slotNewName, slotNewTitle, slotNewGroupName, slotNewRoleName)
	switch {
	case name != nil:
		w.key("name")
		w.raw(name)
	case t.uid == nil:
		w.key("name")
		w.str("unknown")
	}
	w.key("data")
	w.value(changes)
	w.close()
}
