package state

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"slices"

	bolt "go.etcd.io/bbolt"
)

// ErrNoStream says that the file has no current stream of that name.
var ErrNoStream = errors.New("no such stream in the state file")

// Discard says which time is to count as never fetched, so that its events are fetched and delivered
// again.
type Discard struct {
	Streams []string // names of the current query's streams
	Time    Ledger
}

// Discarded is what a Discard comes to.
type Discarded struct {
	Streams []DiscardedStream // of the current query
	IDs     int               // leave the file, Untimed ones included

	changed []*Stream // those of earlier queries too
}

// DiscardedStream is a stream before and after.
type DiscardedStream struct{ Before, After *Stream }

// Uncovered returns how many seconds are no longer covered.
func (d DiscardedStream) Uncovered() int64 {
	return d.Before.Covered.Seconds() - d.After.Covered.Seconds()
}

// Nothing reports whether the Discard changes nothing.
func (d *Discarded) Nothing() bool { return d.IDs == 0 && len(d.changed) == 0 }

// PlanDiscard returns what Discard would come to. The error is a *FileError; it wraps ErrNoStream when
// a name is not in the file.
func (s *Snapshot) PlanDiscard(d Discard) (out *Discarded, err error) {
	err = s.db.do((*bolt.DB).View, func(tx *bolt.Tx) error {
		out, err = planDiscard(tx, d)
		return err
	})
	return out, err
}

// Discard takes the time out of the ledgers of the streams, covered and owed, moves the start of those of the current query
// back to its begin where that lies before, and drops every id of the span: the ids do not tell of which
// stream they are. An earlier query on the same log loses the span too, since the current one may go by
// it. All is written in one transaction.
func (db *DB) Discard(d Discard) (out *Discarded, err error) {
	err = db.update(func(tx *bolt.Tx) error {
		if out, err = planDiscard(tx, d); err != nil {
			return err
		}
		for _, s := range out.changed {
			if err := putStream(tx, s); err != nil {
				return err
			}
		}
		_, err := dropIDs(tx.Bucket(bucketIDs), d.Time, math.MaxInt)
		return err
	})
	return out, err
}

// DiscardIn does Discard with the file at path, which must exist and be held by nobody. The error is a
// *FileError.
func DiscardIn(path string, d Discard, opts Options) (out *Discarded, err error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) { // Open would create it
		return nil, &FileError{Path: path, Err: ErrMissing}
	}
	db, err := Open(path, opts)
	if err != nil {
		return nil, err
	}
	out, err = db.Discard(d)
	if closed := db.Close(); err == nil && closed != nil {
		err = &FileError{Path: path, Err: closed}
	}
	return out, err
}

func planDiscard(tx *bolt.Tx, d Discard) (*Discarded, error) {
	all, err := readStreams(tx)
	if err != nil {
		return nil, err
	}
	out := &Discarded{}
	current := Current(all)
	for _, name := range d.Streams {
		i := slices.IndexFunc(current, func(s *Stream) bool { return s.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("%w: %s", ErrNoStream, name)
		}
		for _, s := range all {
			if s.Name != name || s.Source != current[i].Source {
				continue
			}
			after := s.Clone()
			for _, span := range d.Time {
				after.Covered, after.Owed = after.Covered.Remove(span), after.Owed.Remove(span)
			}
			if s == current[i] {
				if len(d.Time) > 0 {
					after.Start = min(s.Start, max(0, d.Time[0].From))
				}
				out.Streams = append(out.Streams, DiscardedStream{Before: s, After: after})
			}
			if after.Start != s.Start || after.Covered.Seconds() != s.Covered.Seconds() || after.Owed.Seconds() != s.Owed.Seconds() {
				out.changed = append(out.changed, after)
			}
		}
	}
	err = idsIn(tx.Bucket(bucketIDs), d.Time, math.MaxInt, func([]byte) { out.IDs++ })
	return out, err
}
