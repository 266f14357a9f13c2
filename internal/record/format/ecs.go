package format

import (
	"fluent-bit-openai-audit/internal/record"
	"fluent-bit-openai-audit/internal/record/catalog"
)

// datasetOf names a source's data in Elastic's terms.
func datasetOf(source Source) string {
	switch source {
	case ComplianceLogs:
		return "openai.compliance"
	case Organization:
		return "openai.inventory"
	default:
		return "openai.audit" // as Elastic's own integration has it
	}
}

// ecsBlock returns what each record in ECS begins with: of which schema and data stream it is, and whose product was watched.
// Elastic's own integration writes the same.
func ecsBlock(dataset string) block {
	return members(func(w *writer) {
		w.key("ecs")
		w.open()
		w.key("version")
		w.str("9.3.0")
		w.close()
		w.key("data_stream")
		w.open()
		w.key("type")
		w.str("logs")
		w.key("dataset")
		w.str(dataset)
		w.close()
		w.key("observer")
		w.open()
		w.key("vendor")
		w.str("OpenAI")
		w.key("product")
		w.str("OpenAI")
		w.close()
	})
}

// eventBlock returns what ECS's event says of a type; without an outcome, that is the caller's to write.
func eventBlock(t catalog.Type, kinds catalog.Kind, dataset, outcome string) block {
	return members(func(w *writer) {
		w.key("kind")
		if dataset == datasetOf(Organization) {
			w.str("asset")
		} else {
			w.str("event")
		}
		w.key("category")
		w.strs(t.Categories.Names())
		w.key("type")
		w.strs(kinds.Names())
		if outcome != "" {
			w.key("outcome")
			w.str(outcome)
		}
		moduleMembers(w, dataset)
		if t.Name != "" {
			w.key("action")
			w.str(catalog.Action(t.Name))
		}
	})
}

// moduleMembers writes which module's data it is.
func moduleMembers(w *writer, dataset string) {
	w.key("module")
	w.str("openai")
	w.key("dataset")
	w.str(dataset)
}

// ecs writes the event in the fields of ECS.
func (s *Shaper) ecs(p *plan, body []byte, e *record.Event, m record.Metadata) {
	w := &s.w
	s.ecsBegin(e, m)
	w.block(p.event.members, p.event.n)
	s.member("id", slotID)
	if severity := s.severity(p); severity != catalog.Unrated {
		w.key("severity")
		w.uint(uint64(severity))
	}
	s.member("reason", slotErrorMessage)
	s.original(body, "original")
	w.close()
	w.openKey("error")
	s.member("code", slotErrorCode)
	w.close()
	s.message(p)
	s.ecsOrganization(m)
	s.ecsUser(p)
	s.ecsSource()
	s.ecsRelated(p)
	w.key("openai")
	w.open()
	w.key("audit")
	s.ecsCopy(nodeRoot, body, e)
	w.close()
	s.ecsOrigin(m)
	w.close()
}

// ecsBegin begins a record with what all have, and leaves its event open.
func (s *Shaper) ecsBegin(e *record.Event, m record.Metadata) {
	w := &s.w
	w.open()
	w.key("@timestamp")
	s.ecsStamp(millis(e, m))
	w.block(s.head.members, s.head.n)
	w.key("event")
	w.open()
}

// ecsStamp writes a time as a date of ECS.
func (s *Shaper) ecsStamp(ms int64) {
	if s.stampOf != ms || len(s.stamp) == 0 {
		s.stamp, s.stampOf = appendTime(s.stamp[:0], ms), ms
	}
	s.w.strOf(s.stamp)
}

// ecsOrganization writes whose organization and project it is.
func (s *Shaper) ecsOrganization(m record.Metadata) {
	w := &s.w
	if m.Organization != "" {
		w.key("organization")
		w.open()
		w.key("id")
		w.str(m.Organization)
		w.close()
	}
	w.openKey("cloud")
	w.openKey("project")
	s.member("id", slotProjectID)
	s.member("name", slotProjectName)
	w.close()
	w.close()
}

// ecsOrigin writes, beside the event, from where it was read, and what ECS and the mapping of Elastic's
// integration have no place for.
func (s *Shaper) ecsOrigin(m record.Metadata) {
	w := &s.w
	w.openKey(metadataKey)
	if m.Stream != "" {
		w.key("stream")
		w.str(m.Stream)
	}
	if m.Late {
		w.key("late")
		w.bool(true)
	}
	if len(s.misfits) > 0 {
		w.key("unmapped")
		w.longArray(len(s.misfits))
		for _, v := range s.misfits {
			s.alike = append(append(s.path(s.alike[:0], v.node), v.key...), '=')
			if t := text(v.value); t != nil {
				s.alike = append(s.alike, t...)
			} else {
				s.alike = appendJSON(s.alike, v.value)
			}
			w.strOf(s.alike)
		}
	}
	w.close()
}

// path appends the path of a node, with a dot at its end.
func (s *Shaper) path(dst []byte, at int) []byte {
	if at == nodeRoot {
		return dst
	}
	n := &s.x.nodes[at]
	return append(append(s.path(dst, n.parent), n.key...), '.')
}

// ecsMalformed writes an event that could not be read as one of the kind that ECS has for that.
func (s *Shaper) ecsMalformed(body []byte, e *record.Event, m record.Metadata) error {
	w := &s.w
	s.ecsBegin(e, m)
	w.key("kind")
	w.str("pipeline_error")
	moduleMembers(w, datasetOf(s.options.Source))
	if e.ID != nil {
		w.key("id")
		w.strOf(e.ID)
	}
	w.key("original")
	w.raw(member(body, "_malformed"))
	w.close()
	w.key("error")
	w.open()
	w.key("message")
	w.str("malformed event: " + e.Malformed)
	w.close()
	s.ecsOrganization(m)
	s.ecsOrigin(m)
	w.close()
	return nil
}
