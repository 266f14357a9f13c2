package record

import (
	"math"
	"strconv"
)

// checkNumber returns the index after the number at body[i], which starts with
// a digit or a minus sign, and whether it has neither fraction nor exponent.
func (d *Decoder) checkNumber(i int) (end int, integer bool) {
	body := d.body
	if body[i] == '-' {
		i++
	}
	switch c := at(body, i); {
	case c == '0':
		i++
	case c-'0' < 10:
		i = digits(body, i)
	default:
		return d.fail(i, msgNumber), false
	}
	integer = true
	if at(body, i) == '.' {
		integer = false
		if i++; at(body, i)-'0' >= 10 {
			return d.fail(i, msgNumber), false
		}
		i = digits(body, i)
	}
	if at(body, i)|0x20 == 'e' {
		integer = false
		if i++; at(body, i) == '+' || at(body, i) == '-' {
			i++
		}
		if at(body, i)-'0' >= 10 {
			return d.fail(i, msgNumber), false
		}
		i = digits(body, i)
	}
	return i, integer
}

// at is b[i], or 0 beyond the end.
func at(b []byte, i int) byte {
	if uint(i) < uint(len(b)) {
		return b[i]
	}
	return 0
}

// digits returns the index of the first byte at or after i that is no digit.
func digits(b []byte, i int) int {
	for i < len(b) && b[i]-'0' < 10 {
		i++
	}
	return i
}

// number writes the number at body[i] to out at p, which has room for nine
// bytes, and returns the index after it and the end of what is written.
func (d *Decoder) number(i, p int) (int, int) {
	body := d.body
	// Up to 18 digits, the way of nearly every number, need no second look.
	start, negative := i, body[i] == '-'
	if negative {
		i++
	}
	first, u := i, uint64(0)
	for i < len(body) {
		c := body[i] - '0'
		if c >= 10 {
			break
		}
		u = u*10 + uint64(c)
		i++
	}
	n := i - first
	if c := at(body, i); n-1 < 18 && n > 0 && (n == 1 || body[first] != '0') && c != '.' && c|0x20 != 'e' {
		if negative {
			return i, putInt(d.out, p, -int64(u))
		}
		return i, putUint(d.out, p, u)
	}
	end, integer := d.checkNumber(start)
	if end < 0 {
		return end, p
	}
	return end, d.putNumber(body[start:end], integer, p)
}

// putNumber writes the number that text spells to out at p.
func (d *Decoder) putNumber(text []byte, integer bool, p int) int {
	const longest = len("-9223372036854775808") // also of the unsigned ones
	switch {
	case integer && len(text) <= longest:
		if v, err := strconv.ParseInt(string(text), 10, 64); err == nil {
			return putInt(d.out, p, v)
		}
		if v, err := strconv.ParseUint(string(text), 10, 64); err == nil {
			return putUint(d.out, p, v)
		}
	case !integer:
		if v, err := strconv.ParseFloat(string(text), 64); err == nil {
			return putFloat(d.out, p, v)
		}
	}
	return d.putString(p, text)
}

// maxTime is the last second that a Fluent Bit time stamp can hold.
const maxTime = math.MaxUint32

// seconds is the number that text spells, a fraction dropped, or why that is no
// time a record can carry.
func seconds(text []byte) (t int64, why string) {
	n := digits(text, 0)
	if n > 0 && n <= len("4294967295") && (n == len(text) || text[n] == '.' && digits(text, n+1) == len(text)) {
		for _, c := range text[:n] {
			t = t*10 + int64(c-'0')
		}
		if t > maxTime {
			return 0, whyTimeRange
		}
		return t, ""
	}
	v, err := strconv.ParseFloat(string(text), 64)
	v = math.Floor(v)
	if err != nil || v < 0 || v > maxTime {
		return 0, whyTimeRange
	}
	return int64(v), ""
}
