package state

import (
	"encoding/binary"
	"errors"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// Commit is one transaction: streams as they now stand, ids now delivered, the time whose ids may go, and
// what the sources without a time window keep.
type Commit struct {
	Streams []*Stream
	IDs     []Key
	Seen    uint32 // the server's clock, kept with Untimed ids so that they can leave too

	// Again holds Untimed keys that the API listed again. Those in the file are kept as long as if they had
	// been delivered at Seen; one whose time is less than an hour from that stays as it is, so that a list
	// that is read again every few seconds costs no writing. Keys that are not in the file, or have a time,
	// count for nothing.
	Again []Key

	// Forget holds spans whose ids nobody asks for again. At most ForgetLimit ids leave in one commit,
	// so that its cost stays bounded; the rest leave with later ones.
	Forget      Ledger
	ForgetLimit int

	// Marks holds the marks to be written, by name; nil deletes one. A name is up to 512 bytes of UTF-8
	// without control characters, a value up to 64 MiB.
	Marks map[string][]byte
}

// Commit writes c, whole or not at all. It returns how many ids left. The error is a *FileError, but where c
// holds what Open would refuse to read: then it says what, and the file is as it was.
//
// A file that is no longer at its path is not written: then the error wraps ErrRemoved or ErrReplaced. When
// the very same file is back, so are commits.
func (db *DB) Commit(c Commit) (forgotten int, err error) {
	if err := c.check(); err != nil {
		return 0, err
	}
	err = db.update(func(tx *bolt.Tx) error {
		for _, s := range c.Streams {
			if err := putStream(tx, s); err != nil {
				return err
			}
		}
		if err := putMarks(tx, c.Marks); err != nil {
			return err
		}
		ids := tx.Bucket(bucketIDs)
		ids.FillPercent = 0.8 // ids of one time lie together and are rarely added to later
		var seen [4]byte
		binary.BigEndian.PutUint32(seen[:], c.Seen)
		for _, k := range c.IDs {
			b := k.bytes()
			v := []byte{} // a cursor of this transaction shows nil as a bucket
			if k.Time == Untimed {
				v = seen[:]
			}
			if err := ids.Put(b[:], v); err != nil {
				return fmt.Errorf("write id: %w", err)
			}
		}
		if err := seenAgain(ids, c.Again, c.Seen); err != nil {
			return err
		}
		forgotten, err = dropIDs(ids, c.Forget, c.ForgetLimit)
		return err
	})
	return forgotten, err
}

// check says what of c Open would refuse to read.
func (c *Commit) check() error {
	var bad []error
	for _, s := range c.Streams {
		if err := s.check(); err != nil {
			bad = append(bad, fmt.Errorf("%s stream: %w", s.Name, err))
		}
	}
	for name, value := range c.Marks {
		if err := checkMark(name, len(value)); err != nil {
			bad = append(bad, err)
		}
	}
	if len(bad) > 0 {
		return fmt.Errorf("not written to the state file: %w", errors.Join(bad...))
	}
	return nil
}
