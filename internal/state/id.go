package state

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
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

// parseKey is the inverse of Key.bytes, with what lies in the file for the key.
func parseKey(b, value []byte) (k Key, seen uint32, err error) {
	if len(b) != keySize {
		return k, 0, fmt.Errorf("an id's key has %d bytes in place of %d", len(b), keySize)
	}
	k.Time = binary.BigEndian.Uint32(b)
	copy(k.ID[:], b[4:])
	switch {
	case value == nil:
		return k, 0, fmt.Errorf("the id %x is a bucket", k.ID)
	case k.Time != Untimed && len(value) != 0, k.Time == Untimed && len(value) != 4:
		return k, 0, fmt.Errorf("the id %x has a value of %d bytes", k.ID, len(value))
	case k.Time == Untimed:
		seen = binary.BigEndian.Uint32(value)
	}
	return k, seen, nil
}

// Compare orders keys as they lie in the file.
func (k Key) Compare(o Key) int {
	if c := cmp.Compare(k.Time, o.Time); c != 0 {
		return c
	}
	return bytes.Compare(k.ID[:], o.ID[:])
}
