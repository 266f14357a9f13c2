package format

import (
	"fluent-bit-openai-audit/internal/record"
	"fluent-bit-openai-audit/internal/record/catalog"
)

// ecsCompliance writes a record of the compliance logs in the fields of ECS.
func (s *Shaper) ecsCompliance(h *happening, body []byte, e *record.Event, m record.Metadata) {
	w, x := &s.w, &s.x
	s.ecsBegin(e, m)
	w.block(h.event.members, h.event.n)
	w.key("outcome")
	w.str(h.status.Outcome())
	s.member("id", slotID)
	if h.Severity != catalog.Unrated {
		w.key("severity")
		w.uint(uint64(h.Severity))
	}
	s.original(body, "original")
	w.close()
	s.complianceMessage(h)
	kind, id := string(text(x.slots[slotPrincipalKind])), x.str(slotPrincipal)
	w.openKey("organization")
	switch {
	case id != nil && kind == "API_PLATFORM_ORG":
		w.key("id")
		w.raw(id)
	case m.Organization != "":
		w.key("id")
		w.str(m.Organization)
	}
	w.close()
	if id != nil && kind == "CHATGPT_WORKSPACE" {
		w.key("cloud")
		w.open()
		w.key("account")
		w.open()
		w.key("id")
		w.raw(id)
		w.close()
		w.close()
	}
	s.ecsUser(h.plan)
	s.ecsSource()
	s.ecsRelated(h.plan)
	w.key("openai")
	w.open()
	w.key("compliance")
	w.value(body)
	w.close()
	s.ecsOrigin(m)
	w.close()
}
