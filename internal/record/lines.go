package record

import (
	"bytes"
	"time"

	"fluent-bit-openai-audit/internal/record/msgpack"
)

// maxLines is how many records one call of Lines returns at most.
const maxLines = keepEvents

// nearEnd is how many bytes before the end of a text that goes on a fault may be one of that end alone: no literal and
// no escape is longer.
const nearEnd = 16

// Lines reads records from the text of a log file: JSON values one after another, on a line each or with nothing in
// between. It returns what it read and how much of text that was; the next call goes on from there. Where more says that
// the file goes on beyond text, a value at its end that may not be whole is left for a call with more of it. Without
// more, and with used < len(text), there is just more to be read by the next call.
//
// Every object is a record as it came, known by its event_id and dated by its timestamp (RFC 3339); one that lacks them
// has a nil ID or is Untimed, and is no less a record. What is no object, or not JSON, is a malformed record. A value
// that is not JSON ends with its line, or before that where its brackets match: what follows reads as if nothing were
// wrong.
func (d *Decoder) Lines(text []byte, more bool) (page *Page, used int) {
	d.reset(text)
	d.lines = true
	defer func() { d.body, d.lines = nil, false }()
	for len(d.page.Events) < maxLines {
		i, c := d.begin(used)
		if i == len(text) {
			return &d.page, i
		}
		from, before := d.pos, len(d.page.Events)
		end := d.line(i, c)
		switch {
		case more && (end < 0 && d.fault.at+nearEnd >= len(text) || end == len(text) && c != '{'):
			d.page.Events = d.page.Events[:before] // it may go on
			return &d.page, i
		case end < 0:
			var whole bool
			if end, whole = lineEnd(text, i); !whole && more {
				return &d.page, i
			}
			d.pos = from
			d.malformed(i, end, "invalid JSON: "+d.fault.msg)
		}
		d.page.Events[len(d.page.Events)-1].Text = text[i:end:end]
		used = end
	}
	return &d.page, used
}

// line adds the value at body[i], which is c, to the page, and returns the index after it, or -1 if it is not JSON: then
// nothing is added.
func (d *Decoder) line(i int, c byte) (end int) {
	from := d.pos
	d.marks = noMarks()
	if c != '{' {
		if end = d.check(i, 1); end >= 0 {
			d.malformed(i, end, whyNoObject)
		}
		return end
	}
	if end = d.event(i); end < 0 {
		return end
	}
	m := &d.marks
	e := Event{Body: d.out[from:d.pos:d.pos], Untimed: true}
	if m.idText >= 0 && d.body[m.idText] == '"' {
		e.ID = d.content(m.idOut)
	}
	if m.typeText >= 0 && d.body[m.typeText] == '"' {
		e.Type = d.content(m.typeOut)
	}
	if m.timeText >= 0 && d.body[m.timeText] == '"' {
		e.stamp(d.content(m.timeOut))
	}
	d.page.Events = append(d.page.Events, e)
	return end
}

// stamp dates the event by a timestamp, if it is one that a record can carry.
func (e *Event) stamp(text []byte) {
	t, err := time.Parse(time.RFC3339Nano, string(text))
	if s := t.Unix(); err == nil && s >= 0 && s < maxTime {
		e.Time, e.Nano, e.Untimed = s, uint32(t.Nanosecond()), false
	}
}

// lineEnd returns where the value at text[i], which is not JSON, ends: where its brackets match, if that is in its line
// and another value or nothing follows there, or else with its line. whole says that this end was seen.
func lineEnd(text []byte, i int) (end int, whole bool) {
	line := text[i:]
	n := bytes.IndexByte(line, '\n')
	if n >= 0 {
		line = line[:n]
	}
	if m := matching(line); m > 0 {
		if j, c := next(line, m); c == '{' || j == len(line) && n >= 0 {
			return i + m, true
		}
	}
	return i + len(line), n >= 0
}

// matching returns the index after the bracket that matches the one that line begins with; 0 where there is none. In
// strings brackets count for nothing.
func matching(line []byte) int {
	depth := 0
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case '"':
			for i++; i < len(line) && line[i] != '"'; i++ {
				if line[i] == '\\' {
					i++
				}
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
			if depth < 0 {
				return 0
			}
		default:
			if depth == 0 {
				return 0
			}
		}
	}
	return 0
}

// markLine is mark for the keys of a log file's records.
func (d *Decoder) markLine(key []byte, i, p int) {
	switch key[0] {
	case msgpack.FixStr | byte(len("event_id")):
		if string(key[1:9]) == "event_id" {
			d.marks.idText, d.marks.idOut = i, p
		}
	case msgpack.FixStr | byte(len("type")):
		if string(key[1:5]) == "type" {
			d.marks.typeText, d.marks.typeOut = i, p
		}
	case msgpack.FixStr | byte(len("timestamp")):
		if string(key[1:10]) == "timestamp" {
			d.marks.timeText, d.marks.timeOut = i, p
		}
	}
}
