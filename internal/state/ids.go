package state

import (
	"encoding/binary"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// idsIn calls f for at most limit ids of the given time, in ascending order: those with a time in it, and
// Untimed ones that were seen in it.
func idsIn(ids *bolt.Bucket, time Ledger, limit int, f func(key []byte)) error {
	c := ids.Cursor()
	walk := func(span Span) error {
		from := Key{Time: uint32(span.From)}.bytes() //nolint:gosec // between 0 and Untimed
		for b, v := c.Seek(from[:]); b != nil && limit > 0; b, v = c.Next() {
			k, seen, err := parseKey(b, v)
			switch {
			case err != nil:
				return fmt.Errorf("%w: %w", ErrDamaged, err)
			case int64(k.Time) >= span.To:
				return nil
			case k.Time == Untimed && !time.Contains(int64(seen)):
				continue
			}
			f(b)
			limit--
		}
		return nil
	}
	for _, span := range time {
		if span = span.Intersect(Span{To: Untimed}); span.Empty() {
			continue
		}
		if err := walk(span); err != nil {
			return err
		}
	}
	return walk(Span{From: Untimed, To: Untimed + 1})
}

// dropIDs deletes at most limit ids of the given time, some at a time: a cursor does not survive what is deleted
// under it. It returns how many.
func dropIDs(ids *bolt.Bucket, time Ledger, limit int) (n int, err error) {
	const atOnce = 10_000
	var gone [][keySize]byte
	for n < limit {
		gone = gone[:0]
		err := idsIn(ids, time, min(atOnce, limit-n), func(k []byte) { gone = append(gone, [keySize]byte(k)) })
		if err != nil {
			return n, err
		}
		for i := range gone {
			if err := ids.Delete(gone[i][:]); err != nil {
				return n, fmt.Errorf("delete id: %w", err)
			}
			n++
		}
		if len(gone) < atOnce {
			break
		}
	}
	return n, nil
}

// seenStep is how far the time of an Untimed id may be from the present before it is written anew.
const seenStep = 3600

// seenAgain gives those of the keys that are Untimed and in the file a new time. A time that lies ahead, by
// a clock that was wrong, is taken back too.
func seenAgain(ids *bolt.Bucket, keys []Key, now uint32) error {
	for _, k := range keys {
		if k.Time != Untimed {
			continue
		}
		b := k.bytes()
		v := ids.Get(b[:])
		if v == nil {
			continue
		}
		_, seen, err := parseKey(b[:], v)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		if age := int64(now) - int64(seen); -seenStep < age && age < seenStep {
			continue
		}
		if err := ids.Put(b[:], binary.BigEndian.AppendUint32(nil, now)); err != nil {
			return fmt.Errorf("write id: %w", err)
		}
	}
	return nil
}
