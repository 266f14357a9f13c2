package fakeopenai

const (
	base62   = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	idPrefix = "audit_log-"
	idDigits = 24
	idLength = len(idPrefix) + idDigits
	wordSize = 11 // base62 digits of 64 bits
)

// mix scrambles 64 bits, one to one.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// unmix is the inverse of mix.
func unmix(x uint64) uint64 {
	x = (x ^ x>>31 ^ x>>62) * 0x319642b2d24d8ec3
	x = (x ^ x>>27 ^ x>>54) * 0x96de1b173f119089
	return x ^ x>>30 ^ x>>60
}

// appendID appends the id of a lane's n-th event: random in looks, without order, and readable by idNumber.
func appendID(dst []byte, key, n uint64) []byte {
	number := mix(n ^ key)
	check := mix(number + key)
	dst = append(dst, idPrefix...)
	dst = appendBase62(dst, check, wordSize)
	dst = appendBase62(dst, number, wordSize)
	return appendBase62(dst, mix(check+key), idDigits-2*wordSize)
}

// idNumber returns the n of an id that appendID made with the key. For any other id it returns nonsense: the caller
// compares the id of n.
func idNumber(key uint64, id string) (n uint64, ok bool) {
	if len(id) != idLength || id[:len(idPrefix)] != idPrefix {
		return 0, false
	}
	digits := id[len(idPrefix)+wordSize:][:wordSize]
	var number uint64
	for i := wordSize - 1; i >= 0; i-- {
		d, ok := base62Value(digits[i])
		if !ok {
			return 0, false
		}
		number = number*62 + d
	}
	return unmix(number) ^ key, true
}

// appendBase62 appends the n lowest base62 digits of x, the lowest first.
func appendBase62(dst []byte, x uint64, n int) []byte {
	for range n {
		dst = append(dst, base62[x%62])
		x /= 62
	}
	return dst
}

func base62Value(c byte) (uint64, bool) {
	switch {
	case 'A' <= c && c <= 'Z':
		return uint64(c - 'A'), true
	case 'a' <= c && c <= 'z':
		return uint64(c-'a') + 26, true
	case '0' <= c && c <= '9':
		return uint64(c-'0') + 52, true
	}
	return 0, false
}
