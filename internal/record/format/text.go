package format

import (
	"math"
	"net/netip"
	"strconv"
)

// isIP reports whether s is an address as the schemas' types for one want it: without a zone, and no longer
// than 40 bytes.
func isIP(s []byte) bool {
	if len(s) < 2 || len(s) > 40 {
		return false
	}
	if v4, sure := isIPv4(s); sure {
		return v4
	}
	addr, err := netip.ParseAddr(string(s))
	return err == nil && addr.Zone() == ""
}

// isIPv4 reports whether s is four numbers with dots; sure is false where it may be an IPv6 address.
func isIPv4(s []byte) (v4, sure bool) {
	parts, n, digits := 1, 0, 0
	for _, c := range s {
		switch {
		case c == ':':
			return false, false
		case c == '.':
			if digits == 0 {
				return false, true
			}
			parts, n, digits = parts+1, 0, 0
		case c-'0' < 10:
			if digits > 0 && n == 0 {
				return false, true
			}
			if n, digits = n*10+int(c-'0'), digits+1; n > 255 {
				return false, true
			}
		default:
			return false, true
		}
	}
	return parts == 4 && digits > 0, true
}

// isEmail reports whether s is an address in the form that OCSF's email_t has.
func isEmail(s []byte) bool {
	at := -1
	for i, c := range s {
		if c == '@' {
			at = i
			break
		}
		if !emailByte(c) {
			return false
		}
	}
	if at <= 0 {
		return false
	}
	label, dots := 0, 0
	for _, c := range s[at+1:] {
		switch {
		case c == '.' && dots == 0:
			if label == 0 {
				return false
			}
			dots, label = 1, 0
		case c == '.' || hostByte(c):
			label++
		default:
			return false
		}
	}
	return dots > 0 && label > 0
}

// emailByte reports whether c may stand before the @ of an address.
func emailByte(c byte) bool {
	switch c {
	case '!', '#', '$', '%', '&', '\'', '*', '+', ',', '-', '.', '/', '=', '?', '^', '_', '`', '{', '|', '}', '~':
		return true
	}
	return c-'0' < 10 || c|0x20-'a' < 26
}

// hostByte reports whether c may stand in a host's label.
func hostByte(c byte) bool { return c-'0' < 10 || c|0x20-'a' < 26 || c == '-' }

// number returns the integer from 0 to 4294967295 that v is or spells, as AS numbers are.
func number(v []byte) (uint64, bool) {
	s := text(v)
	if s == nil {
		f, ok := float(v)
		return uint64(max(f, 0)), ok && f >= 0 && f <= math.MaxUint32 && f == math.Trunc(f)
	}
	if len(s) == 0 || len(s) > 10 {
		return 0, false
	}
	var n uint64
	for _, c := range s {
		if c-'0' >= 10 {
			return 0, false
		}
		n = n*10 + uint64(c-'0')
	}
	return n, n <= math.MaxUint32
}

// degrees returns the number of at most so many degrees, either way, that v is or spells.
func degrees(v []byte, limit float64) (float64, bool) {
	f, ok := float(v)
	if s := text(v); s != nil {
		if len(s) == 0 || len(s) > 32 {
			return 0, false
		}
		for _, c := range s {
			if c-'0' >= 10 && c != '.' && c != '-' {
				return 0, false
			}
		}
		var err error
		f, err = strconv.ParseFloat(string(s), 64)
		ok = err == nil
	}
	return f, ok && f >= -limit && f <= limit
}
