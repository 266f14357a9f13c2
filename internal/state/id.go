package state

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
)

// Untimed is the time of a key whose event has no usable effective_at.
const Untimed = math.MaxUint32

// ID stands for an event's id: the first 16 bytes of its SHA-256, so that ids of any length cost the
// same and two ids are never taken for one.
type ID [16]byte

// IDOf returns the ID of an event's id as the API sent it, unescaped.
func IDOf(id []byte) ID {
	sum := sha256.Sum256(id)
	return ID(sum[:16])
}

// Key names one event: its effective_at in Unix seconds, or Untimed, and its ID. Keys of one time lie
// together in the file, so that what a poll writes touches few pages.
type Key struct {
	Time uint32
	ID   ID
}

const keySize = 4 + 16

func (k Key) bytes() [keySize]byte {
	var b [keySize]byte
	binary.BigEndian.PutUint32(b[:4], k.Time)
	copy(b[4:], k.ID[:])
	return b
}
