package format

import (
	"fluent-bit-openai-audit/internal/record"
	"fluent-bit-openai-audit/internal/record/catalog"
)

// maxScratch bounds what each buffer of a Shaper keeps from one event to the next.
const maxScratch = 1 << 20

// A Shaper shapes events, one at a time. It is not safe for concurrent use: each worker has one of its own, by Clone.
type Shaper struct {
	options  Options
	redactor *redactor        // nil where nothing is redacted
	plans    map[string]*plan // of the known types; all clones have the same, which never changes
	guesses  map[string]*plan // of unknown types
	turns    map[turn]*plan
	words    map[string]string // of what ids in the compliance logs are called
	old      bool              // OCSF 1.8.0
	head     block             // what each record in ECS begins with

	x        index
	w        writer
	redacted []byte // the event without what is redacted
	alike    []byte // scratch
	stamp    []byte // the last time as a date, and which that was
	stampOf  int64
	target   target
	misfits  []stray // what ECS's copy of the event could not hold
}

// New returns a Shaper, or all that is wrong with the options, which carries no key.
func New(o Options) (*Shaper, error) {
	rules, err := o.validate()
	if err != nil {
		return nil, err
	}
	s := &Shaper{options: o.withDefaults()}
	s.prepare(rules)
	if s.options.Format == Raw || s.options.Source != AuditLogs {
		return s, nil
	}
	types := catalog.Types()
	s.plans = make(map[string]*plan, len(types))
	for _, t := range types {
		s.plans[t.Name] = s.plan(t)
	}
	return s, nil
}

// Clone returns a Shaper that does the same, for another goroutine.
func (s *Shaper) Clone() *Shaper {
	c := &Shaper{options: s.options, plans: s.plans}
	var rules []rule
	if s.redactor != nil {
		rules = s.redactor.rules
	}
	c.prepare(rules)
	return c
}

// prepare makes what each Shaper has of its own.
func (s *Shaper) prepare(rules []rule) {
	s.old = s.options.OCSFVersion == OCSF18
	if len(rules) > 0 {
		s.redactor = newRedactor(rules, s.options.RedactKey)
	}
	if s.options.Format != Raw {
		s.head = ecsBlock(datasetOf(s.options.Source))
		s.x = *newIndex(fieldsOf(s.options.Source))
		s.guesses, s.turns, s.words = map[string]*plan{}, map[turn]*plan{}, map[string]string{}
	}
}

// Shape appends e's body in the format to dst: one msgpack map. e comes from a Decoder and is not changed; m is
// what is known of it beside. The only error is that of a body that no Decoder wrote, for which dst is returned
// as it was: nothing that the API sends makes one.
func (s *Shaper) Shape(dst []byte, e *record.Event, m record.Metadata) ([]byte, error) {
	from := len(dst)
	s.w.b, s.w.maps = dst, s.w.maps[:0]
	err := s.shape(e, m)
	dst, s.w.b = s.w.b, nil
	s.shrink()
	if err != nil {
		return dst[:from], err
	}
	return dst, nil
}

func (s *Shaper) shape(e *record.Event, m record.Metadata) error {
	body := e.Body
	if e.Malformed != "" {
		return s.malformed(e, m)
	}
	if s.redactor != nil {
		var err error
		if s.redacted, err = s.redactor.redact(s.redacted[:0], body); err != nil {
			return err
		}
		body = s.redacted
	}
	kind := e.Type // the payload's key
	if s.options.Source != AuditLogs {
		kind = nil
	}
	if s.options.Format == Raw {
		return s.raw(body, kind, m)
	}
	if err := s.x.fill(body, kind); err != nil {
		return err
	}
	// A shape puts what it copies at most two levels deeper.
	s.w.deep = s.x.deepest+2 > maxOpen
	switch s.options.Source {
	case ComplianceLogs:
		s.compliance(body, e, m)
	case Organization:
		s.inventory(body, e, m)
	default:
		s.audit(body, e, m)
	}
	return nil
}

// audit shapes an event of the audit log.
func (s *Shaper) audit(body []byte, e *record.Event, m record.Metadata) {
	p := s.plans[string(e.Type)]
	if p == nil {
		p = s.guess(e.Type)
	}
	p = s.aim(p)
	if s.options.Format == OCSF {
		s.ocsf(p, body, e, m)
	} else {
		s.ecs(p, body, e, m)
	}
}

// malformed shapes what stands for an event that could not be read.
func (s *Shaper) malformed(e *record.Event, m record.Metadata) error {
	body := e.Body
	if s.redactor != nil {
		body = s.withheld(e)
	}
	switch s.options.Format {
	case OCSF:
		return s.ocsfMalformed(body, e, m)
	case ECS:
		return s.ecsMalformed(body, e, m)
	default:
		return s.raw(body, nil, m)
	}
}

// withheld returns what stands for a malformed event whose text may hold what is to be redacted.
func (s *Shaper) withheld(e *record.Event) []byte {
	w := writer{b: s.redacted[:0], maps: s.w.maps[:0]}
	w.open()
	w.key("_malformed")
	w.str("(withheld, because redact is set)")
	w.key("_error")
	w.str(e.Malformed)
	w.close()
	s.redacted = w.b
	return w.b
}

// shrink lets go of the event, which belongs to a Decoder, and of what an unusually large one has left.
func (s *Shaper) shrink() {
	s.x.reset()
	s.target = target{}
	clear(s.misfits)
	s.misfits = s.misfits[:0]
	for _, b := range []*[]byte{&s.redacted, &s.w.json, &s.alike} {
		if cap(*b) > maxScratch {
			*b = nil
		}
	}
}
