package record

import (
	"encoding/binary"
	"math/bits"
)

const (
	eachByte = 0x0101010101010101 // times x: x in each byte of a word
	topBits  = eachByte * 0x80
	spaces   = eachByte * ' '
)

// special has the top bit set in the first byte of w, counted from the low end,
// that cannot simply be copied from a JSON string: a quote, a backslash, a
// control character or a part of a character beyond ASCII. It is 0 where there
// is none; above the first one it may have bits set that mean nothing.
func special(w uint64) uint64 {
	return (w | (w - eachByte*' ') | ((w ^ eachByte*'"') - eachByte) | ((w ^ eachByte*'\\') - eachByte)) & topBits
}

// firstByte is the index of the byte that the lowest bit set in m, a result of
// special's, lies in.
func firstByte(m uint64) int { return bits.TrailingZeros64(m) >> 3 }

// plainRun returns the index of the first special byte at or after i, or
// len(b).
func plainRun(b []byte, i int) int {
	for ; i+8 <= len(b); i += 8 {
		if m := special(binary.LittleEndian.Uint64(b[i:])); m != 0 {
			return i + firstByte(m)
		}
	}
	for i < len(b) && b[i]-' ' < 0x80-' ' && b[i] != '"' && b[i] != '\\' {
		i++
	}
	return i
}

// next returns the index of the first byte at or after i that is not white
// space, and that byte; at the end len(b) and 0, which fits nowhere in JSON.
func next(b []byte, i int) (int, byte) {
	if c := at(b, i); c > ' ' {
		return i, c
	}
	return skipSpace(b, i)
}

func skipSpace(b []byte, i int) (int, byte) {
	for i < len(b) {
		switch b[i] {
		case ' ':
			for i+8 <= len(b) && binary.LittleEndian.Uint64(b[i:]) == spaces {
				i += 8
			}
			for i < len(b) && b[i] == ' ' {
				i++
			}
		case '\n', '\r', '\t':
			i++
		default:
			return i, b[i]
		}
	}
	return i, 0
}

// literal returns the index after the word true, false or null at b[i], whose
// first letter is right, or else the index of the first byte that is wrong.
func literal(b []byte, i int) (end int, ok bool) {
	word := "null"
	switch b[i] {
	case 't':
		word = "true"
	case 'f':
		word = "false"
	}
	end = i + len(word)
	if end <= len(b) && string(b[i:end]) == word {
		return end, true
	}
	n := 1
	for at(b, i+n) == word[n] {
		n++
	}
	return i + n, false
}
