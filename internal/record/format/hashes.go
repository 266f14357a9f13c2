package format

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"hash/maphash"
)

const (
	// hashSets is how many pairs of hashes are remembered, and maxHashed the longest text of which one is.
	hashSets  = 1024
	maxHashed = 47
)

// hashes are the keyed hashes of texts. The same people and addresses occur again and again, and a hash takes longer than all
// else that is done to an event: so the last ones are remembered, in memory that does not grow.
type hashes struct {
	mac  hash.Hash // nil where nothing is hashed
	seed maphash.Seed
	sets [][2]remembered // a text has its place in one of a pair, the last one that was looked for first
	sum  []byte
	long hashText
}

// hashText is a hash in hexadecimal digits.
type hashText [2 * sha256.Size]byte

// remembered is a text with its hash; n is 0 where there is none.
type remembered struct {
	n    uint8
	text [maxHashed]byte
	hash hashText
}

// newHashes returns the hashes with a key; where nothing is hashed it is empty.
func newHashes(key Key) hashes {
	if key.isZero() {
		return hashes{}
	}
	return hashes{mac: hmac.New(sha256.New, []byte(*key.text)), seed: maphash.MakeSeed(), sets: make([][2]remembered, hashSets)}
}

// of returns the hash of s, which is not empty, in hexadecimal digits. They are good until the next call.
func (h *hashes) of(s []byte) []byte {
	if len(s) > maxHashed {
		h.compute(&h.long, s)
		return h.long[:]
	}
	set := &h.sets[maphash.Bytes(h.seed, s)%hashSets]
	if set[0].is(s) {
		return set[0].hash[:]
	}
	set[0], set[1] = set[1], set[0]
	if !set[0].is(s) {
		h.compute(&set[0].hash, s)
		set[0].n = uint8(copy(set[0].text[:], s))
	}
	return set[0].hash[:]
}

func (r *remembered) is(s []byte) bool { return string(r.text[:r.n]) == string(s) }

func (h *hashes) compute(to *hashText, s []byte) {
	h.mac.Reset()
	h.mac.Write(s)
	h.sum = h.mac.Sum(h.sum[:0])
	hex.Encode(to[:], h.sum)
}
