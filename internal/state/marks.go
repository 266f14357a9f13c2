package state

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	bolt "go.etcd.io/bbolt"
)

// What a mark may be.
const (
	longestMarkName = 512
	largestMark     = 64 << 20
)

var errMarkName = errors.New("the name of a mark is empty, longer than 512 bytes, no UTF-8, or has a control character")

func checkMark(name string, size int) error {
	if name == "" || len(name) > longestMarkName || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return fmt.Errorf("%w: %.40q", errMarkName, name)
	}
	if size > largestMark {
		return fmt.Errorf("the mark %q has %d bytes, and may have %d", name, size, largestMark)
	}
	return nil
}

// putMarks writes marks that checkMark let through.
func putMarks(tx *bolt.Tx, marks map[string][]byte) error {
	b := tx.Bucket(bucketMarks)
	b.FillPercent = 0.9 // most are put in order, and are replaced by ones of about their size
	for _, name := range slices.Sorted(maps.Keys(marks)) {
		var err error
		if value := marks[name]; value == nil {
			err = b.Delete([]byte(name))
		} else {
			err = b.Put([]byte(name), value)
		}
		if err != nil {
			return fmt.Errorf("write mark: %w", err)
		}
	}
	return nil
}

// eachMark calls f for each mark whose name begins so, in order of the names. The value is f's until it
// returns. A file without marks has none.
func eachMark(tx *bolt.Tx, prefix string, f func(name string, value []byte) error) error {
	b := tx.Bucket(bucketMarks)
	if b == nil {
		return nil
	}
	c := b.Cursor()
	for k, v := c.Seek([]byte(prefix)); k != nil && bytes.HasPrefix(k, []byte(prefix)); k, v = c.Next() {
		name := string(k)
		err := checkMark(name, len(v))
		if err == nil && v == nil {
			err = fmt.Errorf("the mark %q is a bucket", name)
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		if err := f(name, v); err != nil {
			return err
		}
	}
	return nil
}

// Marks returns the marks whose names begin with prefix, by name. They are the caller's. What the file holds
// in marks is in memory then, which is as much as was committed.
func (db *DB) Marks(prefix string) (map[string][]byte, error) {
	out := make(map[string][]byte)
	err := db.do((*bolt.DB).View, func(tx *bolt.Tx) error {
		return eachMark(tx, prefix, func(name string, value []byte) error {
			out[name] = bytes.Clone(value)
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// EachMark calls f for each mark in the file, in order of their names, until f returns an error, which it
// returns as it is. The value is f's until it returns. A file of a schema without marks has none.
func (s *Snapshot) EachMark(f func(name string, value []byte) error) error {
	var stopped error
	err := s.db.do((*bolt.DB).View, func(tx *bolt.Tx) error {
		return eachMark(tx, "", func(name string, value []byte) error {
			stopped = f(name, value)
			return stopped
		})
	})
	if stopped != nil {
		return stopped
	}
	return err
}
