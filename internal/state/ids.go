package state

import (
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
