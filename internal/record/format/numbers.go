package format

import (
	"encoding/binary"
	"math"

	"fluent-bit-openai-audit/internal/record/msgpack"
)

// float returns the number that v is, as near as a float64 comes to it.
func float(v []byte) (float64, bool) {
	h := head(v, 0)
	if h.size == 0 || h.kind != isScalar {
		return 0, false
	}
	c := v[0]
	switch {
	case c < msgpack.FixMap:
		return float64(c), true
	case c >= msgpack.NegFix:
		return float64(int8(c)), true
	case c == msgpack.Float64:
		return math.Float64frombits(binary.BigEndian.Uint64(v[1:])), true
	case c >= msgpack.Uint8 && c <= msgpack.Int64:
		var word [8]byte
		width := h.size - 1
		copy(word[8-width:], v[1:h.size])
		u := binary.BigEndian.Uint64(word[:])
		if c <= msgpack.Uint64 {
			return float64(u), true
		}
		unused := 64 - 8*width
		return float64(int64(u) << unused >> unused), true
	}
	return 0, false
}

// appendTime appends the millisecond ms, up to that of the second 4294967295, in ISO 8601.
func appendTime(dst []byte, ms int64) []byte {
	t, ms := ms/1000, ms%1000
	days, rest := t/86400, t%86400
	// Days since 1970 to a date of the Gregorian calendar, whose years begin in March here.
	z := days + 719468
	era := z / 146097
	doe := z % 146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	day, month, year := doy-(153*mp+2)/5+1, mp+3, yoe+era*400
	if month > 12 {
		month, year = month-12, year+1
	}
	dst = append(twoDigits(twoDigits(dst, year/100), year%100), '-')
	dst = append(twoDigits(dst, month), '-')
	dst = append(twoDigits(dst, day), 'T')
	dst = append(twoDigits(dst, rest/3600), ':')
	dst = append(twoDigits(dst, rest/60%60), ':')
	dst = append(twoDigits(dst, rest%60), '.', '0'+byte(ms/100))
	return append(twoDigits(dst, ms%100), 'Z')
}

func twoDigits(dst []byte, n int64) []byte { return append(dst, '0'+byte(n/10), '0'+byte(n%10)) }
