package format

import "fluent-bit-openai-audit/internal/record/catalog"

// ocsfTarget writes what the event is about, as its class has it. It reports whether all of the payload is
// written with it.
func (s *Shaper) ocsfTarget(p *plan) (payloadDone bool) {
	switch p.activity.Class() {
	case 3002:
		s.ocsfLogon()
	case 3001, 3007:
		s.ocsfUser(p)
	case 3005:
		s.ocsfUser(p)
		s.ocsfPrivileges()
	case 3006:
		s.ocsfGroup(p)
	case 3008:
		s.ocsfRole(p)
	default:
		s.ocsfEntity(p)
		return true
	}
	return false
}

// ocsfLogon writes who signed in or out, and why that failed.
func (s *Shaper) ocsfLogon() {
	w := &s.w
	id, email, kind := s.actor()
	s.ocsfActing("user", id, email, kind)
	w.key("service")
	w.open()
	w.key("name")
	w.str("OpenAI")
	w.close()
	w.key("is_remote")
	w.bool(true)
	s.member("status_code", slotErrorCode)
	s.member("status_detail", slotErrorMessage)
}

// ocsfUser writes the user whose account or access changes, and the role.
func (s *Shaper) ocsfUser(p *plan) {
	w, x, t := &s.w, &s.x, &s.target
	w.key("user")
	w.open()
	kind := userUnknown
	if t.uid == nil {
		w.key("name")
		w.str("unknown")
	} else {
		x.use(t.uidSlot)
		w.key("uid")
		w.raw(t.uid)
		switch {
		case t.service:
			kind = userService
		case t.person:
			kind = userPerson
		}
	}
	s.userType(kind)
	w.close()
	if t.service || t.person {
		switch string(text(x.slots[slotPrincipalType])) {
		case "user", "service_account":
			x.use(slotPrincipalType)
		}
	}
	s.resources(slotResourceID, slotResourceType, noSlot)
	if p.activity.Class() == 3007 {
		s.ocsfRoles()
	}
}

// ocsfRoles writes the role that a user or group gets or loses.
func (s *Shaper) ocsfRoles() {
	w, t := &s.w, &s.target
	switch {
	case t.assigned != nil:
		w.key("iam_roles")
		w.array(1)
		w.open()
		w.key("uid")
		w.strOf(t.assigned)
		w.close()
	case t.role != nil:
		s.x.use(t.roleSlot)
		w.key("iam_roles")
		w.array(1)
		w.open()
		w.key("name")
		w.raw(t.role)
		w.close()
	}
}

// ocsfPrivileges writes the role as a privilege, which 1.8.0 wants instead, and wants always.
func (s *Shaper) ocsfPrivileges() {
	w, t := &s.w, &s.target
	w.key("privileges")
	w.array(1)
	switch {
	case t.assigned != nil:
		w.strOf(t.assigned)
	case t.role != nil:
		s.x.use(t.roleSlot)
		w.raw(t.role)
	default:
		w.str("unknown")
	}
}

// ocsfGroup writes the group, its new name, and the role that it gets or loses.
func (s *Shaper) ocsfGroup(p *plan) {
	w, x, t := &s.w, &s.x, &s.target
	t.group = true
	newName := x.str(slotNewGroupName)
	members := p.Activity == catalog.GroupAddUser || p.Activity == catalog.GroupRemoveUser
	w.key("group")
	w.open()
	// Of a change of members no payload is documented: its id may be the group's or the member's.
	if t.uid != nil && !members {
		x.use(t.uidSlot)
		w.key("uid")
		w.raw(t.uid)
	}
	switch {
	case t.name != nil:
		x.use(t.nameSlot)
		w.key("name")
		w.raw(t.name)
	case newName != nil && s.old:
		s.member("name", slotNewGroupName)
	case w.begun() == 0:
		w.key("name")
		w.str("unknown")
	}
	w.close()
	if newName != nil && !s.old {
		w.key("updated_group")
		w.open()
		if t.uid != nil {
			w.key("uid")
			w.raw(t.uid)
		}
		s.member("name", slotNewGroupName)
		w.close()
	}
	switch p.activity {
	case catalog.GroupAssignRoles, catalog.GroupRemoveRoles:
		s.ocsfRoles()
	case catalog.GroupAssignPrivileges, catalog.GroupRevokePrivileges:
		s.ocsfPrivileges()
	default:
		return
	}
	x.use(slotPrincipalType)
	s.resources(slotResourceID, slotResourceType, noSlot)
}

// ocsfRole writes the role, and what it is changed to.
func (s *Shaper) ocsfRole(p *plan) {
	w, x, t := &s.w, &s.x, &s.target
	w.key("iam_role")
	w.open()
	if t.uid != nil {
		x.use(t.uidSlot)
		w.key("uid")
		w.raw(t.uid)
	}
	if t.name != nil {
		x.use(t.nameSlot)
		w.key("name")
		w.raw(t.name)
	}
	if w.begun() == 0 {
		w.key("name")
		w.str("unknown")
	}
	s.texts("privileges", slotPermissions)
	w.close()
	if p.Activity == catalog.RoleUpdate && (x.str(slotNewRoleName) != nil || s.areTexts(slotPermissionsAdded)) {
		w.key("updated_role")
		w.open()
		if t.uid != nil {
			w.key("uid")
			w.raw(t.uid)
		}
		s.member("name", slotNewRoleName)
		if w.begun() == 0 {
			w.key("name")
			w.str("unknown")
		}
		s.texts("privileges", slotPermissionsAdded)
		w.close()
	}
	if x.str(slotResourceID) != nil || x.str(slotConnectorName) != nil {
		s.resources(slotResourceID, slotResourceType, slotConnectorName)
	} else {
		s.resources(slotNewResourceID, slotNewResourceType, noSlot)
	}
}

// resources writes the one resource that the event is about, if it has an id or a name. Groups have only room
// for one in 1.8.0.
func (s *Shaper) resources(id, kind, name slot) {
	w, x := &s.w, &s.x
	if x.str(id) == nil && (name == noSlot || x.str(name) == nil) {
		return
	}
	if s.old && s.target.group {
		w.key("resource")
	} else {
		w.key("resources")
		w.array(1)
	}
	w.open()
	s.member("uid", id)
	if name != noSlot {
		s.member("name", name)
	}
	s.member("type", kind)
	w.close()
}

// texts writes the array of strings in a slot, if it is one.
func (s *Shaper) texts(key string, from slot) {
	if s.areTexts(from) {
		s.x.use(from)
		s.w.key(key)
		s.w.value(s.x.slots[from])
	}
}

// areTexts reports whether a slot holds an array of strings.
func (s *Shaper) areTexts(from slot) bool {
	all := true
	return each(s.x.slots[from], func(element []byte) { all = all && text(element) != nil }) && all
}
