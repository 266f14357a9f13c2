// Package dice makes the simulator's random numbers. It is a generator of its own, since the standard library's may
// give other numbers with the next version of Go: here, a seed means the same events and the same faults everywhere
// and for good.
package dice

import (
	"fmt"
	"strings"
)

// Dice is a generator. Its value is the seed.
type Dice uint64

// Mix scrambles 64 bits, one to one.
func Mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// Unmix is the inverse of Mix.
func Unmix(x uint64) uint64 {
	x = (x ^ x>>31 ^ x>>62) * 0x319642b2d24d8ec3
	x = (x ^ x>>27 ^ x>>54) * 0x96de1b173f119089
	return x ^ x>>30 ^ x>>60
}

// Roll returns the next 64 random bits.
func (d *Dice) Roll() uint64 {
	*d += 0x9e3779b97f4a7c15
	return Mix(uint64(*d))
}

// Intn returns a number from 0 to n-1.
func (d *Dice) Intn(n int) int { return int(d.Roll() % uint64(n)) }

// Pick returns one of the texts.
func (d *Dice) Pick(from ...string) string { return from[d.Intn(len(from))] }

// Token returns n letters and digits.
func (d *Dice) Token(n int) string {
	b := make([]byte, 0, n)
	for len(b) < n {
		b = AppendBase62(b, d.Roll(), min(Digits, n-len(b)))
	}
	return string(b)
}

// Hex returns n hexadecimal digits.
func (d *Dice) Hex(n int) string {
	var b strings.Builder
	for b.Len() < n {
		fmt.Fprintf(&b, "%016x", d.Roll())
	}
	return b.String()[:n]
}

// Digits is how many base62 digits hold 64 bits.
const Digits = 11

const base62 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

// AppendBase62 appends the n lowest base62 digits of x, the lowest first.
func AppendBase62(dst []byte, x uint64, n int) []byte {
	for range n {
		dst = append(dst, base62[x%62])
		x /= 62
	}
	return dst
}

// ParseBase62 reads the digits that AppendBase62 wrote; ok is false where there are others.
func ParseBase62(digits string) (x uint64, ok bool) {
	for i := len(digits) - 1; i >= 0; i-- {
		d := strings.IndexByte(base62, digits[i])
		if d < 0 {
			return 0, false
		}
		x = x*62 + uint64(d)
	}
	return x, true
}
