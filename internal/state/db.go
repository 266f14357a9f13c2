package state

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
	"golang.org/x/sys/unix"
)

// schema is the version of the buckets below. A file with a later one is refused.
const schema = 1

// The buckets of the file.
var (
	bucketMeta    = []byte("openai_audit") //nolint:gochecknoglobals // names, never changed
	bucketStreams = []byte("streams")      //nolint:gochecknoglobals // names, never changed
	bucketIDs     = []byte("ids")          //nolint:gochecknoglobals // names, never changed
	keySchema     = []byte("schema")       //nolint:gochecknoglobals // names, never changed
)

// Options say how a state file is opened. The zero value is right for production.
type Options struct {
	// NoSync leaves out the fsync of each commit. For tests, which do not cut the power.
	NoSync bool
}

// DB is an open state file, or the same in memory.
type DB struct {
	path string

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
		if _, err := os.Lstat(db.path); errors.Is(err, fs.ErrNotExist) {
			if err := create(db.path, opts.NoSync, prepare); err != nil {
				return err
			}
		}
		if db.file, err = openLocked(db.path); err != nil {
			return err
		}
	}
	db.bolt, err = bolt.Open(db.path, 0o600, boltOptions(opts.NoSync, openFile))
	if err == nil && db.path == "" {
		err = db.bolt.Update(prepare)
	}
	if err == nil {
		err = db.bolt.View(checkSchema)
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

// prepare fills a new file.
func prepare(tx *bolt.Tx) error {
	m, err := tx.CreateBucket(bucketMeta)
	if err != nil {
		return fmt.Errorf("create bucket: %w", err)
	}
	if err := m.Put(keySchema, []byte{schema}); err != nil {
		return fmt.Errorf("write schema: %w", err)
	}
	for _, name := range [][]byte{bucketStreams, bucketIDs} {
		if _, err := tx.CreateBucket(name); err != nil {
			return fmt.Errorf("create bucket: %w", err)
		}
	}
	return nil
}

func checkSchema(tx *bolt.Tx) error {
	m := tx.Bucket(bucketMeta)
	if m == nil {
		return fmt.Errorf("%w: it is some other program's bbolt file", ErrForeign)
	}
	switch v := m.Get(keySchema); {
	case len(v) != 1 || v[0] == 0:
		return fmt.Errorf("%w: it has no schema version", ErrDamaged)
	case v[0] > schema:
		return fmt.Errorf("%w: schema %d, this one knows %d", ErrNewer, v[0], schema)
	}
	if tx.Bucket(bucketStreams) == nil || tx.Bucket(bucketIDs) == nil {
		return fmt.Errorf("%w: a bucket is missing", ErrDamaged)
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

// Commit is one transaction: streams as they now stand, ids now delivered, and the time whose ids may go.
type Commit struct {
	Streams []*Stream
	IDs     []Key
	Seen    uint32 // the server's clock, kept with Untimed ids so that they can leave too

	// Forget holds spans whose ids nobody asks for again. At most ForgetLimit ids leave in one commit,
	// so that its cost stays bounded; the rest leave with later ones.
	Forget      Ledger
	ForgetLimit int
}

// Commit writes c, whole or not at all. It returns how many ids left.
func (db *DB) Commit(c Commit) (forgotten int, err error) {
	err = db.do((*bolt.DB).Update, func(tx *bolt.Tx) error {
		for _, s := range c.Streams {
			if err := putStream(tx, s); err != nil {
				return err
			}
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
		forgotten, err = dropIDs(ids, c.Forget, c.ForgetLimit)
		return err
	})
	return forgotten, err
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
