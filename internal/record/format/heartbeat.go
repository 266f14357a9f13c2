package format

import (
	"fluent-bit-openai-audit/internal/record"
	"fluent-bit-openai-audit/internal/record/catalog"
)

// Heartbeat is Shape for a heartbeat, which tells of the plugin and not of the organization: in OCSF a base event, in ECS one
// of the kind state, each with what the heartbeat says beside. Nothing of it is redacted: it holds nothing of any event.
func (s *Shaper) Heartbeat(dst []byte, e *record.Event, m record.Metadata) ([]byte, error) {
	from := len(dst)
	s.w.b, s.w.maps, s.w.deep = dst, s.w.maps[:0], false
	var err error
	switch h := head(e.Body, 0); {
	case s.options.Format == Raw:
		err = s.raw(e.Body, nil, m)
	case h.kind != isMap || h.size == 0:
		err = errBody
	case s.options.Format == OCSF:
		s.ocsfHeartbeat(e, m)
	default:
		s.ecsHeartbeat(e, m)
	}
	dst, s.w.b = s.w.b, nil
	s.shrink()
	if err != nil {
		return dst[:from], err
	}
	return dst, nil
}

// heartbeatMessage is what a heartbeat says in a sentence.
const heartbeatMessage = "heartbeat: how far the log is covered"

// ocsfHeartbeat writes a base event.
func (s *Shaper) ocsfHeartbeat(e *record.Event, m record.Metadata) {
	w := &s.w
	base := classBlock(catalog.Unknown, catalog.Unknown.Name())
	w.open()
	w.block(base.members, base.n)
	w.key("severity_id")
	w.uint(uint64(catalog.Info))
	w.key("severity")
	w.str(catalog.Info.String())
	s.ocsfTime(e)
	w.key("message")
	w.str(heartbeatMessage)
	w.key("metadata")
	w.open()
	w.key("version")
	w.str(s.options.OCSFVersion)
	w.key("product")
	w.open()
	w.key("name")
	w.str("openai_audit")
	if v := member(e.Body, "version"); text(v) != nil {
		w.key("version")
		w.raw(v)
	}
	w.close()
	w.key("profiles")
	w.array(1)
	w.str("cloud")
	w.key("uid")
	w.strOf(e.ID)
	w.key("event_code")
	w.strOf(e.Type)
	if m.Organization != "" {
		w.key("tenant_uid")
		w.str(m.Organization)
	}
	s.ocsfLabels(m)
	w.close()
	s.ocsfCloud(m)
	w.key("unmapped")
	w.raw(e.Body)
	w.close()
}

// ecsHeartbeat writes an event of the kind state, in the same data stream as the events.
func (s *Shaper) ecsHeartbeat(e *record.Event, m record.Metadata) {
	w := &s.w
	w.open()
	s.ecsTime(e)
	w.block(ecsBlock, ecsBlockN)
	w.key("event")
	w.open()
	w.block("\xa4kind\xa5state\xa6module\xa6openai\xa7dataset\xacopenai.audit", 3)
	w.key("action")
	w.str(catalog.Action(string(e.Type)))
	w.key("id")
	w.strOf(e.ID)
	w.close()
	w.key("message")
	w.str(heartbeatMessage)
	s.ecsOrganization(m)
	w.key("openai")
	w.open()
	w.key("heartbeat")
	w.raw(e.Body)
	w.close()
	s.ecsOrigin(m)
	w.close()
}
