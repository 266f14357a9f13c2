package record

import (
	"encoding/binary"
	"strconv"

	"fluent-bit-openai-audit/internal/record/msgpack"
)

// documents reads the whole body and reports whether it is what it should be.
func (d *Decoder) documents() bool {
	i, c := d.begin(0)
	if i == len(d.body) {
		d.fault = fault{i, msgEmpty}
		return false
	}
	for i < len(d.body) {
		switch c {
		case '{':
		case '<':
			d.fail(i, msgHTML)
			return false
		default:
			d.fail(i, msgNoObject)
			return false
		}
		d.page.Documents++
		if i = d.document(i); i < 0 {
			return false
		}
		i, c = d.begin(i)
	}
	return true
}

// document reads the envelope at body[i], an object, and returns the index after
// it.
func (d *Decoder) document(i int) int {
	start, body, page := i, d.body, &d.page
	page.HasMore, page.MoreUnknown, page.LastID = false, true, ""
	before := len(page.Events)
	var env envelope
	i, c := next(body, i+1)
	for first := true; ; first = false {
		if first && c == '}' {
			break
		}
		if c != '"' {
			return d.fail(i, msgKey)
		}
		var name []byte
		if name, i = d.stringAt(i); i < 0 {
			return i
		}
		key := envelopeKey(name)
		if i, c = next(body, i); c != ':' {
			return d.fail(i, msgColon)
		}
		i, c = next(body, i+1)
		switch key {
		case keyData:
			env.data = true
			switch c {
			case '[':
				i = d.elements(i)
			case 'n':
				page.Odd |= OddData
				i = d.check(i, 1)
			default:
				return d.fail(i, msgDataNoArray)
			}
		case keyHasMore:
			page.HasMore, page.MoreUnknown = c == 't', c != 't' && c != 'f'
			i = d.check(i, 1)
		case keyError:
			env.failed = c != 'n'
			i = d.check(i, 1)
		case keyObject:
			if env.list = false; c != '"' {
				i = d.check(i, 1)
				break
			}
			var object []byte
			if object, i = d.stringAt(i); i >= 0 {
				env.list = string(object) == "list"
			}
		case keyFirstID, keyLastID:
			var id string
			if id, i = d.cursor(i, c); i < 0 {
				return i
			}
			if key == keyLastID {
				page.LastID = id
			} else if page.Documents == 1 {
				page.FirstID = id
			}
		default:
			i = d.check(i, 1)
		}
		if i < 0 {
			return i
		}
		if i, c = next(body, i); c == '}' {
			break
		}
		if c != ',' {
			return d.fail(i, msgObjectNext)
		}
		i, c = next(body, i+1)
	}
	if msg := env.judge(page, len(page.Events)-before); msg != "" {
		return d.fail(start, msg)
	}
	return i + 1
}

// stringAt returns the content of the string at body[i], in memory that the next
// thing written takes over, and the index after it.
func (d *Decoder) stringAt(i int) (content []byte, end int) {
	end, _ = d.text(i+1, d.pos)
	if end < 0 {
		return nil, end
	}
	return strBytes(d.out[d.pos:]), end
}

// cursor returns the string at body[i], or "" for a value of another kind, and
// the index after it. c is body[i].
func (d *Decoder) cursor(i int, c byte) (id string, end int) {
	if c != '"' {
		return "", d.check(i, 1)
	}
	content, end := d.stringAt(i)
	return string(content), end
}

// elements reads the array at body[i], adds its elements to the page, and
// returns the index after it.
func (d *Decoder) elements(i int) int {
	body := d.body
	i, c := next(body, i+1)
	if c == ']' {
		return i + 1
	}
	for {
		if len(d.page.Events) == maxElements {
			return d.fail(i, msgTooMany)
		}
		if i = d.element(i, c); i < 0 {
			return i
		}
		if i, c = next(body, i); c == ']' {
			return i + 1
		}
		i, c = next(body, i+1)
	}
}

// element adds the element at body[i], which is c, to the page, and returns the
// index after it. What follows it is a comma or the bracket that ends the array.
func (d *Decoder) element(i int, c byte) int {
	start := i
	d.marks = noMarks()
	from := d.pos
	why := ""
	if c == '{' {
		i = d.event(i)
	} else {
		i, why = d.check(i, 2), whyNoObject
	}
	end := i
	if i >= 0 {
		if i, c = next(d.body, i); c != ',' && c != ']' {
			i = d.fail(i, msgAfterElement)
		}
	}
	if i < 0 {
		return d.broken(start, from)
	}
	if why == "" {
		why = d.complete(from)
	}
	if why != "" {
		d.pos = from
		d.malformed(start, end, why)
	}
	return end
}

// broken adds the element at body[start], which is not JSON, to the page as a
// malformed one, and returns the index after it.
func (d *Decoder) broken(start, from int) int {
	fault := d.fault
	end := d.elementEnd(start)
	if end < 0 {
		d.fault = fault
		return -1
	}
	d.pos = from
	d.malformed(start, end, "invalid JSON at byte "+strconv.Itoa(fault.at-start)+": "+fault.msg)
	return end
}

// complete adds the event written to d.out from from on to the page, or returns
// why it can't.
func (d *Decoder) complete(from int) (why string) {
	m := &d.marks
	e := Event{Body: d.out[from:d.pos:d.pos]}
	switch {
	case m.idText < 0:
		return whyNoID
	case d.body[m.idText] != '"':
		return whyIDNoText
	}
	if e.ID = d.content(m.idOut); len(e.ID) == 0 {
		return whyIDEmpty
	}
	if m.typeText >= 0 && d.body[m.typeText] == '"' {
		e.Type = d.content(m.typeOut)
	}
	if m.timeText < 0 {
		return whyNoTime
	}
	if d.out[m.timeOut] == msgpack.Uint32 { // of a number: a string starts otherwise
		e.Time = int64(binary.BigEndian.Uint32(d.out[m.timeOut+1:]))
	} else if text := d.numberAt(m.timeText); text == nil {
		return whyTimeNoNum
	} else if e.Time, why = seconds(text); why != "" {
		return why
	}
	d.page.Events = append(d.page.Events, e)
	return ""
}

// content returns the content of the string written to d.out at p.
func (d *Decoder) content(p int) []byte {
	content := strBytes(d.out[p:])
	return content[:len(content):len(content)]
}
