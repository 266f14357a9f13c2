package record

import (
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"

	"fluent-bit-openai-audit/internal/record/msgpack"
)

// text writes the string whose text starts at body[i] to d.out at p, makes room
// for it, and returns the index after its closing quote and the end of what is
// written.
//
// Most strings of the API are short and plain: at most 31 bytes, without escapes
// or characters beyond ASCII. Those are copied word by word while their end is
// looked for. Of the last word a part may lie beyond the string; whatever is
// written next goes over that.
func (d *Decoder) text(i, p int) (end, written int) {
	body, out := d.body, d.out
	if len(body)-i < 32 || len(out)-p < 33 {
		return d.longText(i, i, p)
	}
	src, dst := (*[32]byte)(body[i:]), (*[33]byte)(out[p:])
	n := 0
	w := binary.LittleEndian.Uint64(src[0:8])
	binary.LittleEndian.PutUint64(dst[1:9], w)
	m := special(w)
	if m == 0 {
		n = 8
		w = binary.LittleEndian.Uint64(src[8:16])
		binary.LittleEndian.PutUint64(dst[9:17], w)
		m = special(w)
		if m == 0 {
			n = 16
			w = binary.LittleEndian.Uint64(src[16:24])
			binary.LittleEndian.PutUint64(dst[17:25], w)
			m = special(w)
			if m == 0 {
				n = 24
				w = binary.LittleEndian.Uint64(src[24:32])
				binary.LittleEndian.PutUint64(dst[25:33], w)
				m = special(w)
				if m == 0 {
					return d.longText(i, i+32, p)
				}
			}
		}
	}
	n += firstByte(m)
	if src[n&31] != '"' {
		return d.longText(i, i+n, p)
	}
	dst[0] = msgpack.FixStr | byte(n)
	return i + n + 1, p + n + 1
}

// longText is text for any string. Up to body[j] it is plain.
func (d *Decoder) longText(i, j, p int) (end, written int) {
	body := d.body
	// Nearly always it can be copied as it stands.
	for {
		j = plainRun(body, j)
		c := at(body, j)
		if c == '"' {
			return j + 1, d.putString(p, body[i:j])
		}
		if c < utf8.RuneSelf {
			break
		}
		r, size := utf8.DecodeRune(body[j:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		j += size
	}
	// Its length is known only at its end, so that is where its head is written.
	dst := append(d.openString(p), body[i:j]...)
	dst, end = d.unquote(dst, j)
	d.out = dst[:cap(dst)]
	if end < 0 {
		return end, p
	}
	return end, d.closeString(p, len(dst))
}

// openString returns what is written up to p, with room for the longest head of
// a string, for the content to be appended to.
func (d *Decoder) openString(p int) []byte {
	if p+slack > len(d.out) {
		d.grow(p, 0)
	}
	return d.out[:p+maxStrHead]
}

// closeString writes the head of the string whose content is in d.out from
// p+maxStrHead to end, moves the content up to it, and returns the new end.
func (d *Decoder) closeString(p, end int) int {
	content := d.out[p+maxStrHead : end]
	p = strHead(d.out, p, len(content))
	p += copy(d.out[p:], content)
	if p+slack > len(d.out) {
		d.grow(p, 0)
	}
	return p
}

// unquote appends what the rest of a string, from body[i] to its closing quote,
// stands for, and returns the index after that quote. It replaces what is not
// UTF-8, byte by byte.
func (d *Decoder) unquote(dst []byte, i int) ([]byte, int) {
	body := d.body
	for {
		j := plainRun(body, i)
		dst = append(dst, body[i:j]...)
		i = j
		if i >= len(body) {
			return dst, d.fail(i, msgCut)
		}
		switch c := body[i]; {
		case c == '"':
			return dst, i + 1
		case c == '\\':
			var r rune
			if r, i = d.escape(i); i < 0 {
				return dst, i
			}
			dst = utf8.AppendRune(dst, r)
		case c < ' ':
			return dst, d.fail(i, msgControl)
		default:
			r, size := utf8.DecodeRune(body[i:])
			dst = utf8.AppendRune(dst, r)
			i += size
		}
	}
}

// escape returns what the escape at body[i] stands for and the index after it.
// Half of a surrogate pair without the other stands for U+FFFD.
func (d *Decoder) escape(i int) (rune, int) {
	body := d.body
	switch at(body, i+1) {
	case '"', '\\', '/':
		return rune(body[i+1]), i + 2
	case 'b':
		return '\b', i + 2
	case 'f':
		return '\f', i + 2
	case 'n':
		return '\n', i + 2
	case 'r':
		return '\r', i + 2
	case 't':
		return '\t', i + 2
	case 'u':
		r, bad := hex4(body, i+2)
		if bad >= 0 {
			return 0, d.fail(bad, msgEscape)
		}
		i += 6
		if !utf16.IsSurrogate(r) {
			return r, i
		}
		if at(body, i) == '\\' && at(body, i+1) == 'u' {
			if low, bad := hex4(body, i+2); bad < 0 {
				if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
					return pair, i + 6
				}
			}
		}
		return utf8.RuneError, i
	default:
		return 0, d.fail(i+1, msgEscape)
	}
}

// hex4 returns the number that the four hexadecimal digits at b[i] spell, or the
// index of the first byte that is none, which otherwise is -1.
func hex4(b []byte, i int) (r rune, bad int) {
	for end := i + 4; i < end; i++ {
		c := at(b, i)
		switch {
		case c-'0' < 10:
			c -= '0'
		case c|0x20-'a' < 6:
			c = c | 0x20 - 'a' + 10
		default:
			return 0, i
		}
		r = r<<4 | rune(c)
	}
	return r, -1
}

// putValid writes text to d.out at p, makes room for it, and returns the end of
// it and how much of text it holds: what fits into limit bytes. Every byte that
// is not part of valid UTF-8 is replaced by U+FFFD.
func (d *Decoder) putValid(p int, text []byte, limit int) (written, used int) {
	if len(text) <= limit && utf8.Valid(text) {
		return d.putString(p, text), len(text)
	}
	dst := d.openString(p)
	for used < len(text) {
		r, size := utf8.DecodeRune(text[used:])
		if limit -= utf8.RuneLen(r); limit < 0 {
			break
		}
		dst = utf8.AppendRune(dst, r)
		used += size
	}
	d.out = dst[:cap(dst)]
	return d.closeString(p, len(dst)), used
}
