package record

import (
	"math"

	"fluent-bit-openai-audit/internal/record/msgpack"
)

// MaxDepth is how many msgpack containers of a record may be open at once, the
// record's own array included: what lies deeper is written as a string of its
// JSON text. The decoder in Fluent Bit holds 32; one that meets more loses the
// rest of its buffer too. Two are left for what outputs put around a record, as
// the forward protocol does.
const MaxDepth = 30

// maxOpen is how many of them an event itself may have.
const maxOpen = MaxDepth - 1

// frame is a container that is being written.
type frame struct {
	head  int // where in out its head is
	count int // members so far
	isMap bool
}

// marks says where in the text and in out the values of an event's own keys
// stand: the last one of each, or -1.
type marks struct {
	idText, typeText, timeText int
	idOut, typeOut, timeOut    int
}

// noMarks are those of an event without keys.
func noMarks() marks { return marks{idText: -1, typeText: -1, timeText: -1} }

// move follows what is written by n bytes.
func (m *marks) move(n int) {
	m.idOut += n
	m.typeOut += n
	m.timeOut += n
}

// mark notes that the value of the event's key that is written at the start of
// key follows at body[i] and goes to out at p.
func (d *Decoder) mark(key []byte, i, p int) {
	if d.lines {
		d.markLine(key, i, p)
		return
	}
	switch key[0] {
	case msgpack.FixStr | byte(len("id")):
		if string(key[1:3]) == "id" {
			d.marks.idText, d.marks.idOut = i, p
		}
	case msgpack.FixStr | byte(len("type")):
		if string(key[1:5]) == "type" {
			d.marks.typeText, d.marks.typeOut = i, p
		}
	case msgpack.FixStr | byte(len("effective_at")):
		if string(key[1:13]) == "effective_at" {
			d.marks.timeText, d.marks.timeOut = i, p
		}
	}
}

// event writes the object at body[i] to out at d.pos, which it moves, notes its
// marks, and returns the index after it.
//
// Nearly all the time that a page takes is spent here and in text. So the two
// lines with skipSpace stand where next would, which is too large to be inlined.
func (d *Decoder) event(i int) int {
	body, p := d.body, d.pos
	if p+slack > len(d.out) {
		d.grow(p, 0)
	}
	d.marks = noMarks()
	var c byte
	if i, c = next(body, i+1); c == '}' {
		d.out[p] = msgpack.FixMap
		d.pos = p + 1
		return i + 1
	}
	// f is the innermost of the open containers, the others are on the stack.
	f, open := frame{head: p, isMap: true}, 1
	p++
	for {
		// c is the first byte of a member. Of what is written below, only long
		// strings ask for more room, and they leave some.
		if p+slack > len(d.out) {
			d.grow(p, 0)
		}
		if f.isMap {
			if c != '"' {
				return d.fail(i, msgKey)
			}
			key := p
			if i, p = d.text(i+1, p); i < 0 {
				return i
			}
			if c = at(body, i); c <= ' ' {
				i, c = skipSpace(body, i)
			}
			if c != ':' {
				return d.fail(i, msgColon)
			}
			i++
			if c = at(body, i); c <= ' ' {
				i, c = skipSpace(body, i)
			}
			if open == 1 {
				d.mark(d.out[key:], i, p)
			}
		}
		switch {
		case c == '"':
			if i, p = d.text(i+1, p); i < 0 {
				return i
			}
		case c == '{' || c == '[':
			if open == maxOpen {
				if i, p = d.deep(i, p); i < 0 {
					return i
				}
				break
			}
			isMap := c == '{'
			i++
			if c = at(body, i); c <= ' ' {
				i, c = skipSpace(body, i)
			}
			if c == closer(isMap) {
				d.out[p] = head(isMap, 0)
				i++
				p++
				break
			}
			d.stack[open] = f
			open++
			f = frame{head: p, isMap: isMap}
			p++
			continue
		case c-'0' < 10 || c == '-':
			if i, p = d.number(i, p); i < 0 {
				return i
			}
		case c == 't' || c == 'f' || c == 'n':
			end, ok := literal(body, i)
			if !ok {
				return d.fail(end, msgLiteral)
			}
			d.out[p] = literalByte(c)
			i = end
			p++
		default:
			return d.fail(i, msgValue)
		}
		for {
			f.count++
			if c = at(body, i); c <= ' ' {
				i, c = skipSpace(body, i)
			}
			if c == ',' {
				break
			}
			if c != closer(f.isMap) {
				return d.fail(i, msgAfter(f.isMap))
			}
			i++
			if f.count <= maxFixMap {
				d.out[f.head] = head(f.isMap, f.count)
			} else {
				end := d.wideHead(f.head, p, f.count, f.isMap)
				if open == 1 {
					d.marks.move(end - p)
				}
				p = end
			}
			open--
			if open == 0 {
				d.pos = p
				return i
			}
			f = d.stack[open]
		}
		i++
		if c = at(body, i); c <= ' ' {
			i, c = skipSpace(body, i)
		}
	}
}

// head is the one-byte head of a container.
func head(isMap bool, count int) byte {
	if isMap {
		return msgpack.FixMap | byte(count)
	}
	return msgpack.FixArray | byte(count)
}

// literalByte is the msgpack value of the word that starts with c.
func literalByte(c byte) byte {
	switch c {
	case 't':
		return msgpack.True
	case 'f':
		return msgpack.False
	}
	return msgpack.Nil
}

// deep writes the container at body[i], which lies deeper than a record may
// have it, to d.out at p as a string of its text, and returns the index after it
// and the end of what is written.
func (d *Decoder) deep(i, p int) (end, written int) {
	// The envelope and its array lie around what is open in the event.
	end = d.check(i, 2+maxOpen)
	if end < 0 {
		return end, p
	}
	written, _ = d.putValid(p, d.body[i:end], math.MaxInt)
	return end, written
}
