package organization

import "fluent-bit-openai-audit/internal/fakeopenai/dice"

const (
	idPrefix = "audit_log-"
	idDigits = 24
	idLength = len(idPrefix) + idDigits
)

// appendID appends the id of a log's n-th event: it looks random, is in no order, and idNumber reads it.
func appendID(dst []byte, key, n uint64) []byte {
	number := dice.Mix(n ^ key)
	check := dice.Mix(number + key)
	dst = append(dst, idPrefix...)
	dst = dice.AppendBase62(dst, check, dice.Digits)
	dst = dice.AppendBase62(dst, number, dice.Digits)
	return dice.AppendBase62(dst, dice.Mix(check+key), idDigits-2*dice.Digits)
}

// idNumber returns the n of an id that appendID made with the key. For any other id it returns any number: the caller
// makes the id of that number and compares.
func idNumber(key uint64, id string) (n uint64, ok bool) {
	if len(id) != idLength || id[:len(idPrefix)] != idPrefix {
		return 0, false
	}
	number, ok := dice.ParseBase62(id[len(idPrefix)+dice.Digits:][:dice.Digits])
	return dice.Unmix(number) ^ key, ok
}
