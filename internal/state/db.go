package state

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
	"golang.org/x/sys/unix"
)

// Options say how a state file is opened. The zero value is right for production.
type Options struct {
	// Source is the one that the file is to be of; one that is of another is refused with a *SourceError. "" takes any,
	// and makes new ones of AuditLogs.
	Source string
	// NoSync leaves out the fsync of each commit. For tests, which do not cut the power.
	NoSync bool
}

// DB is an open state file, or the same in memory.
type DB struct {
	path string
	abs  string // the same, wherever the process goes; "" in memory

	mu     sync.RWMutex // held for reading while a transaction runs, for writing to end them all
	bolt   *bolt.DB
	file   *os.File
	broken atomic.Pointer[error] // why nothing more can be done with the file
}

// Open opens the state file at path and creates it when there is none; its folder must exist. An empty
// path keeps the state in memory until Close. It holds the file's lock until Close. The error is a
// *FileError.
func Open(path string, opts Options) (*DB, error) {
	db := &DB{path: path}
	if err := guard(func() error { return db.open(opts) }); err != nil {
		return nil, &FileError{Path: path, Err: err}
	}
	return db, nil
}

func (db *DB) open(opts Options) (err error) {
	openFile := func(string, int, os.FileMode) (*os.File, error) { return db.file, nil }
	if db.path == "" {
		opts.NoSync = true
		if db.file, err = memoryFile(); err != nil {
			return err
		}
	} else {
		if db.abs, err = filepath.Abs(db.path); err != nil {
			return fmt.Errorf("find its folder: %w", err)
		}
		if _, err := os.Lstat(db.path); errors.Is(err, fs.ErrNotExist) {
			if err := create(db.path, opts.NoSync, prepare(cmp.Or(opts.Source, AuditLogs))); err != nil {
				return err
			}
		}
		if db.file, err = openLocked(db.path); err != nil {
			return err
		}
	}
	db.bolt, err = bolt.Open(db.path, 0o600, boltOptions(opts.NoSync, openFile))
	if err == nil {
		db.bolt.AllocSize = growth
	}
	if err == nil && db.path == "" {
		err = db.bolt.Update(prepare(cmp.Or(opts.Source, AuditLogs)))
	}
	if err == nil {
		err = db.bolt.View(checkSource(opts.Source))
	}
	if err != nil {
		if errors.Is(err, berrors.ErrTimeout) {
			err = ErrLocked
		}
		if db.bolt != nil {
			return errors.Join(err, db.bolt.Close())
		}
		return err // bbolt has closed the file
	}
	return nil
}

// do runs one transaction. After a fault in the mapped file nothing more is tried with it.
func (db *DB) do(run func(*bolt.DB, func(*bolt.Tx) error) error, f func(*bolt.Tx) error) error {
	db.mu.RLock()
	defer db.mu.RUnlock()
	if broken := db.broken.Load(); broken != nil {
		return &FileError{Path: db.path, Err: *broken}
	}
	if err := guard(func() error { return run(db.bolt, f) }); err != nil {
		if errors.Is(err, ErrBroken) {
			db.broken.Store(&err)
		}
		return &FileError{Path: db.path, Err: err}
	}
	return nil
}

// update runs one transaction that writes, if the file is still the one at its path. The first one brings a
// file of a former schema up to this one's.
func (db *DB) update(f func(*bolt.Tx) error) error {
	return db.do(func(b *bolt.DB, f func(*bolt.Tx) error) error {
		if err := db.inPlace(); err != nil {
			return err
		}
		return b.Update(f)
	}, func(tx *bolt.Tx) error {
		if err := upgrade(tx); err != nil {
			return err
		}
		return f(tx)
	})
}

// Streams returns every stream in the file, those of earlier queries too.
func (db *DB) Streams() ([]*Stream, error) {
	var out []*Stream
	err := db.do((*bolt.DB).View, func(tx *bolt.Tx) (err error) {
		out, err = readStreams(tx)
		return err
	})
	return out, err
}

// Known sets known[i] where keys[i] is in the file, and leaves the others alone. known is as long as keys.
func (db *DB) Known(keys []Key, known []bool) error {
	if len(keys) == 0 {
		return nil
	}
	low, high := keys[0], keys[0]
	for _, k := range keys[1:] {
		low.Time, high.Time = min(low.Time, k.Time), max(high.Time, k.Time)
	}
	return db.do((*bolt.DB).View, func(tx *bolt.Tx) error {
		c := tx.Bucket(bucketIDs).Cursor()
		// During a backfill most pages lie in time of which no id is kept: one look tells.
		low.ID = ID{}
		from := low.bytes()
		first, _ := c.Seek(from[:])
		if first == nil || binary.BigEndian.Uint32(first) > high.Time {
			return nil
		}
		for i, k := range keys {
			b := k.bytes()
			if found, _ := c.Seek(b[:]); bytes.Equal(found, b[:]) {
				known[i] = true
			}
		}
		return nil
	})
}

// Stats says how large the state is.
type Stats struct {
	FileBytes int64
	IDs       int
}

// Stats counts the ids, which takes time in proportion to them.
func (db *DB) Stats() (Stats, error) {
	var s Stats
	err := db.do((*bolt.DB).View, func(tx *bolt.Tx) error {
		s = Stats{FileBytes: tx.Size(), IDs: tx.Bucket(bucketIDs).Stats().KeyN}
		return nil
	})
	return s, err
}

// Close releases the file and its lock. A DB that failed is closed as far as it can be. Closing twice
// does nothing.
func (db *DB) Close() error {
	closed := fs.ErrClosed
	switch broken := db.broken.Swap(&closed); {
	case broken == nil:
		db.mu.Lock() // transactions under way end first
		defer db.mu.Unlock()
		return guard(db.bolt.Close)
	case errors.Is(*broken, fs.ErrClosed):
		return nil
	}
	// bbolt may hold its own locks since the fault, so it cannot be asked. Its mapping keeps the open file,
	// and with it the lock, alive beyond the descriptor.
	return errors.Join(unix.Flock(int(db.file.Fd()), unix.LOCK_UN), db.file.Close())
}
