package fakeopenai

// fragment is a piece of JSON that many events share. Its number is unique within its organization.
type fragment struct {
	text   []byte
	number int32
}

// pageBuffer collects a body. It remembers where fragments stand in it, because a compressor that is told of repeats
// need not search for them.
type pageBuffer struct {
	body  []byte
	marks []mark
	owner *Organization // of the fragments; nil when none stand here
	mixed bool          // fragments of several organizations: marks are no use
}

type mark struct {
	start  int
	number int32
	length int32
}

func (p *pageBuffer) reset() {
	p.body, p.marks, p.owner, p.mixed = p.body[:0], p.marks[:0], nil, false
}

func (p *pageBuffer) literal(b []byte) { p.body = append(p.body, b...) }

func (p *pageBuffer) text(s string) { p.body = append(p.body, s...) }

func (p *pageBuffer) fragment(owner *Organization, f *fragment) {
	if p.owner != owner {
		p.mixed = p.mixed || p.owner != nil
		p.owner = owner
	}
	p.marks = append(p.marks, mark{len(p.body), f.number, int32(len(f.text))})
	p.body = append(p.body, f.text...)
}
