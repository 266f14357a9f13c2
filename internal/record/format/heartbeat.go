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
	default:
		s.state(e, e.Body, m, statement{code: e.Type, message: "heartbeat: how far the log is covered", key: "heartbeat"})
	}
	dst, s.w.b = s.w.b, nil
	s.shrink()
	if err != nil {
		return dst[:from], err
	}
	return dst, nil
}

// statement is what the plugin says of its own: a heartbeat, or that a snapshot is closed.
type statement struct {
	code    []byte // its type
	message string
	key     string // below openai in ECS
}

// state writes a statement, with its body beside.
func (s *Shaper) state(e *record.Event, body []byte, m record.Metadata, say statement) {
	if s.options.Format == OCSF {
		s.ocsfState(e, body, m, say)
	} else {
		s.ecsState(e, body, m, say)
	}
}

// ocsfState writes a base event.
func (s *Shaper) ocsfState(e *record.Event, body []byte, m record.Metadata, say statement) {
	w := &s.w
	s.ocsfBegin(classBlock(catalog.Unknown, catalog.Unknown.Name()), catalog.Info)
	s.ocsfTime(e, m)
	w.key("message")
	w.str(say.message)
	w.key("metadata")
	w.open()
	w.key("version")
	w.str(s.options.OCSFVersion)
	w.key("product")
	w.open()
	w.key("name")
	w.str("openai_audit")
	if v := member(body, "version"); text(v) != nil {
		w.key("version")
		w.raw(v)
	}
	w.close()
	w.key("profiles")
	w.array(1)
	w.str("cloud")
	if e.ID != nil {
		w.key("uid")
		w.strOf(e.ID)
	}
	w.key("event_code")
	w.strOf(say.code)
	if m.Organization != "" {
		w.key("tenant_uid")
		w.str(m.Organization)
	}
	s.ocsfLabels(m)
	w.close()
	s.ocsfCloud(m)
	w.key("unmapped")
	w.value(body)
	w.close()
}

// ecsState writes an event of the kind state, in the same data stream as the events.
func (s *Shaper) ecsState(e *record.Event, body []byte, m record.Metadata, say statement) {
	w := &s.w
	s.ecsBegin(e, m)
	w.key("kind")
	w.str("state")
	moduleMembers(w, datasetOf(s.options.Source))
	w.key("action")
	w.str(catalog.Action(string(say.code)))
	if e.ID != nil {
		w.key("id")
		w.strOf(e.ID)
	}
	w.close()
	w.key("message")
	w.str(say.message)
	s.ecsOrganization(m)
	w.key("openai")
	w.open()
	w.key(say.key)
	w.value(body)
	w.close()
	s.ecsOrigin(m)
	w.close()
}
