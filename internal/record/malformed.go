package record

import (
	"bytes"
	"strconv"

	"fluent-bit-openai-audit/internal/record/msgpack"
)

// maxMalformed bounds what is kept of a malformed element's text.
const maxMalformed = 64 << 10

// Why an element that is JSON is malformed all the same.
const (
	whyNoObject  = "not a JSON object"
	whyNoID      = `"id" is missing`
	whyIDNoText  = `"id" is not a string`
	whyIDEmpty   = `"id" is empty`
	whyNoTime    = `"effective_at" is missing`
	whyTimeNoNum = `"effective_at" is not a number`
	whyTimeRange = `"effective_at" is not between 0 and 4294967295`
)

// malformed writes the record that takes the place of the malformed element
// body[start:end] to d.out at d.pos, and adds it to the page. The element's
// marks say where its id, type and time stand, as far as it was read.
func (d *Decoder) malformed(start, end int, why string) {
	e := Event{Malformed: why}
	e.ID = d.salvage(d.marks.idText)
	e.Type = d.salvage(d.marks.typeText)
	if i := d.marks.timeText; d.lines {
		e.Untimed = true
		e.stamp(d.salvage(i))
	} else if i >= 0 {
		if text := d.numberAt(i); text != nil {
			e.Time, _ = seconds(text)
		}
	}
	text, cleaned := d.body[start:end], false
	if d.Clean != nil {
		// More than is kept need not be looked at.
		part := text[:min(len(text), maxMalformed)]
		if clean := d.Clean(part); !bytes.Equal(clean, part) {
			text, cleaned = clean, true
		}
	}
	from := d.pos
	if from+slack > len(d.out) {
		d.grow(from, 0)
	}
	d.out[from] = msgpack.FixMap | 2
	p := d.putString(from+1, []byte("_malformed"))
	p, used := d.putValid(p, text, maxMalformed)
	switch {
	case cleaned:
		e.Malformed += "; what must not be shown is cut from the text, which had " + strconv.Itoa(end-start) + " bytes"
	case used < len(text):
		e.Malformed += "; the text is cut to its first " + strconv.Itoa(used) + " of " + strconv.Itoa(len(text)) + " bytes"
	}
	p = d.putString(p, []byte("_error"))
	d.pos = d.putString(p, []byte(e.Malformed))
	e.Body = d.out[from:d.pos:d.pos]
	d.page.Events = append(d.page.Events, e)
}

// salvage writes the content of the string at body[i] to d.out at d.pos, which
// it moves, and returns it; nil if there is none.
func (d *Decoder) salvage(i int) []byte {
	if i < 0 || at(d.body, i) != '"' {
		return nil
	}
	end, written := d.text(i+1, d.pos)
	if end < 0 {
		return nil
	}
	content := strBytes(d.out[d.pos:written])
	d.pos = written
	return content[:len(content):len(content)]
}

// numberAt returns the text of the number at body[i] if it is one that ends
// where a member of an object may end, or nil.
func (d *Decoder) numberAt(i int) []byte {
	if c := at(d.body, i); c-'0' >= 10 && c != '-' {
		return nil
	}
	end, _ := d.checkNumber(i)
	if end < 0 {
		return nil
	}
	if _, c := next(d.body, end); c != ',' && c != '}' {
		return nil
	}
	return d.body[i:end]
}

// elementEnd returns the index after the element that starts at body[i] and is
// not JSON, or -1 if that is in doubt. It looks at nothing but brackets, which
// must match, and strings, in which brackets count for nothing; the element goes
// up to the comma or bracket that can only be the array's own.
func (d *Decoder) elementEnd(i int) int {
	body, nest := d.body, &d.nest
	nest.n = 0
	end := -1 // after the last byte that is not white space
	for i < len(body) {
		switch c := body[i]; c {
		case '"':
			for i++; i < len(body) && body[i] != '"'; i++ {
				if body[i] == '\\' {
					i++
				}
			}
			end = i + 1
		case '{', '[':
			nest.push(c == '{')
			end = i + 1
		case '}', ']':
			if nest.n == 0 {
				if c == '}' {
					return -1
				}
				return end
			}
			if closer(nest.pop()) != c {
				return -1
			}
			end = i + 1
		case ',':
			if nest.n == 0 {
				return end
			}
		case ' ', '\t', '\n', '\r':
		default:
			end = i + 1
		}
		i++
	}
	return -1
}
