package record

// maxNesting is how many containers of the text may be open at once, the
// envelope's own included: encoding/json's limit.
const maxNesting = 10000

// bitStack is a stack of single bits.
type bitStack struct {
	words []uint64
	n     int
}

func (s *bitStack) push(bit bool) {
	if s.n>>6 == len(s.words) {
		s.words = append(s.words, 0)
	}
	mask := uint64(1) << (s.n & 63)
	if bit {
		s.words[s.n>>6] |= mask
	} else {
		s.words[s.n>>6] &^= mask
	}
	s.n++
}

func (s *bitStack) pop() bool {
	s.n--
	return s.words[s.n>>6]>>(s.n&63)&1 != 0
}

// shrink empties the stack, and lets go of it where it has grown beyond what
// maxNesting asks for.
func (s *bitStack) shrink() {
	s.n = 0
	if len(s.words) > maxNesting/64+1 {
		s.words = nil
	}
}

// check returns the index after the value at body[i], which it holds to the
// grammar without writing anything. depth is how many containers are open
// around it.
func (d *Decoder) check(i, depth int) int {
	body, nest := d.body, &d.nest
	nest.n = 0
	isMap := false // the innermost open container is an object
	var c byte
	for {
		// A value, after its key if it is an object's member.
		i, c = next(body, i)
		switch {
		case c == '"':
			i = d.checkString(i + 1)
		case c == '{' || c == '[':
			if depth+nest.n == maxNesting {
				return d.fail(i, msgNesting)
			}
			nest.push(isMap)
			isMap = c == '{'
			i, c = next(body, i+1)
			if c != closer(isMap) {
				if isMap {
					if i = d.checkKey(i, c); i < 0 {
						return i
					}
				}
				continue
			}
			isMap = nest.pop()
			i++
		case c-'0' < 10 || c == '-':
			i, _ = d.checkNumber(i)
		case c == 't' || c == 'f' || c == 'n':
			end, ok := literal(body, i)
			if !ok {
				return d.fail(end, msgLiteral)
			}
			i = end
		default:
			return d.fail(i, msgValue)
		}
		if i < 0 {
			return i
		}
		// What may follow it.
		for {
			if nest.n == 0 {
				return i
			}
			i, c = next(body, i)
			if c != closer(isMap) {
				break
			}
			isMap = nest.pop()
			i++
		}
		if c != ',' {
			return d.fail(i, msgAfter(isMap))
		}
		i++
		if isMap {
			i, c = next(body, i)
			if i = d.checkKey(i, c); i < 0 {
				return i
			}
		}
	}
}

// checkKey returns the index after the key at body[i], which is c, and the
// colon that follows it.
func (d *Decoder) checkKey(i int, c byte) int {
	if c != '"' {
		return d.fail(i, msgKey)
	}
	if i = d.checkString(i + 1); i < 0 {
		return i
	}
	if i, c = next(d.body, i); c != ':' {
		return d.fail(i, msgColon)
	}
	return i + 1
}

// closer is the bracket that ends an object or an array.
func closer(isMap bool) byte {
	if isMap {
		return '}'
	}
	return ']'
}

// msgAfter is what is wrong where something else follows a member.
func msgAfter(isMap bool) string {
	if isMap {
		return msgObjectNext
	}
	return msgArrayNext
}

// checkString returns the index after the string whose text starts at body[i].
func (d *Decoder) checkString(i int) int {
	body := d.body
	for {
		i = plainRun(body, i)
		if i >= len(body) {
			return d.fail(i, msgCut)
		}
		switch c := body[i]; {
		case c == '"':
			return i + 1
		case c == '\\':
			if _, i = d.escape(i); i < 0 {
				return i
			}
		case c < ' ':
			return d.fail(i, msgControl)
		default:
			i++
		}
	}
}
