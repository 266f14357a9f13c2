package format

import (
	"bytes"

	"fluent-bit-openai-audit/internal/record/catalog"
)

// target is what an event is about, as msgpack values of the event; nil where it does not say.
type target struct {
	uid, name, email, role []byte
	uidSlot, nameSlot      slot
	roleSlot               slot
	assigned               []byte // the id of the role that was assigned, a part of the payload's id
	service                bool   // the target is a service account
	person                 bool   // the target is a user, as far as is known
	group                  bool   // the target is a group
}

// aim finds out what the event is about, and returns the plan for it: p, or that of a turn of p's type.
func (s *Shaper) aim(p *plan) *plan {
	x, t := &s.x, &s.target
	*t = target{}
	t.uidSlot, t.uid = x.first(slotPayloadID)
	t.nameSlot, t.name = x.first(slotName, slotDataName, slotDataTitle, slotDataGroupName, slotRoleName)
	t.roleSlot, t.role = x.first(slotDataRole, slotNewRole)
	t.service = p.Object == catalog.ServiceAccount
	t.person = p.Object == catalog.User
	switch p.Activity {
	case catalog.UserAssignRoles, catalog.UserRemoveRoles:
		if p.Object == catalog.Role {
			return s.aimAssignment(p)
		}
		if t.role == nil {
			return s.become(p, catalog.UserUpdate, p.Kinds)
		}
	case catalog.RoleAssignResources, catalog.RoleRemoveResources:
		t.uidSlot, t.uid = x.first(slotRoleID)
	case catalog.EntityActivate, catalog.EntityDeactivate:
		s.aimList()
	}
	if p.Object == catalog.Invite {
		t.nameSlot, t.email = x.first(slotDataEmail)
		t.name = t.email
	}
	return p
}

// aimList has the first of a list of certificates or allow lists stand for all.
func (s *Shaper) aimList() {
	t := &s.target
	for _, from := range []slot{slotCertificates, slotConfigs} {
		list := s.x.slots[from]
		first := true
		each(list, func(element []byte) {
			if !first {
				return
			}
			first = false
			if id := member(element, "id"); text(id) != nil && t.uid == nil {
				t.uid = id
			}
			if name := member(element, "name"); text(name) != nil && t.name == nil {
				t.name = name
			}
		})
	}
}

// aimAssignment reads the assignment of a role, whose principal may be a group.
func (s *Shaper) aimAssignment(p *plan) *plan {
	x, t := &s.x, &s.target
	t.assigned = roleOf(text(x.slots[slotPayloadID]))
	t.uidSlot, t.uid = x.first(slotPrincipalID)
	t.name = nil
	switch string(text(x.slots[slotPrincipalType])) {
	case "group":
		activity := catalog.GroupAssignRoles
		if p.Activity == catalog.UserRemoveRoles {
			activity = catalog.GroupRemoveRoles
		}
		return s.become(p, activity, p.Kinds&^catalog.Person|catalog.Group)
	case "service_account":
		t.service = true
	case "user":
		t.person = true
	}
	return p
}

// roleOf returns the role's id within the id of an assignment, role_assignment_ROLE__RESOURCE, or nil.
func roleOf(assignment []byte) []byte {
	rest, ok := bytes.CutPrefix(assignment, []byte("role_assignment_"))
	if !ok {
		return nil
	}
	role, _, ok := bytes.Cut(rest, []byte("__"))
	if !ok || len(role) == 0 {
		return nil
	}
	return role
}

// actor returns who did it: an id and an e-mail address, with their slots, and what kind of user that is in OCSF.
func (s *Shaper) actor() (id, email slot, kind int) {
	x := &s.x
	switch {
	case s.options.Source == ComplianceLogs:
		return s.complianceActor()
	case x.str(slotServiceAccount) != nil:
		return slotServiceAccount, noSlot, userService
	case x.str(slotKeyUserID) != nil || x.str(slotKeyUserEmail) != nil:
		return slotKeyUserID, slotKeyUserEmail, userPerson
	default:
		return slotUserID, slotUserEmail, userPerson
	}
}
