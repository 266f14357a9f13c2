package state

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"time"

	bolt "go.etcd.io/bbolt"
	"golang.org/x/sys/unix"
)

const (
	// copyTries is how often a copy is taken. A commit during one spoils it, and there is one a second at
	// most, which is longer than a copy takes.
	copyTries = 10
	// copyInMemory is how large a copy may be to lie in memory: more would be taken from the memory of
	// Fluent Bit, whose container the command often shares.
	copyInMemory = 32 << 20
)

// Snapshot is a state file as one commit left it, for reading. It is a copy: the file itself may be in
// use and go on to change. Its methods are safe for concurrent use; their errors are *FileErrors.
type Snapshot struct {
	db    DB
	bytes int64
}

// OpenSnapshot copies the state file at path, checks the copy as Open does, and opens it. The file is
// read and nothing else: it is not locked, not changed and not created. A copy during which a commit was
// made is taken again. The error is a *FileError; what Open refuses is refused here too.
func OpenSnapshot(path string) (*Snapshot, error) {
	s := &Snapshot{db: DB{path: path}}
	if err := guard(s.open); err != nil {
		return nil, &FileError{Path: path, Err: err}
	}
	return s, nil
}

func (s *Snapshot) open() error {
	c, err := copyOf(s.db.path)
	if err != nil {
		return err
	}
	if err := verify(c.file, c.size); err != nil {
		return errors.Join(err, c.file.Close())
	}
	return s.use(c)
}

// use opens a copy whose pages were checked. It closes the copy when that fails.
func (s *Snapshot) use(c scratch) (err error) {
	s.db.file, s.bytes = c.file, c.size
	s.db.bolt, err = bolt.Open(s.db.path, 0, &bolt.Options{
		ReadOnly: true,
		OpenFile: func(string, int, os.FileMode) (*os.File, error) { return c.file, nil },
	})
	if err != nil {
		return err // bbolt has closed the file
	}
	if err := s.db.bolt.View(checkSchema); err != nil {
		return errors.Join(err, s.db.bolt.Close())
	}
	return nil
}

// Path returns the path of the file that was copied.
func (s *Snapshot) Path() string { return s.db.path }

// Bytes returns the file's size.
func (s *Snapshot) Bytes() int64 { return s.bytes }

// Streams returns every stream in the file, those of earlier queries too.
func (s *Snapshot) Streams() ([]*Stream, error) { return s.db.Streams() }

// IDs returns how many ids the file has.
func (s *Snapshot) IDs() (int, error) {
	stats, err := s.db.Stats()
	return stats.IDs, err
}

// Schema returns the version of the file's layout.
func (s *Snapshot) Schema() (v int, err error) {
	err = s.db.do((*bolt.DB).View, func(tx *bolt.Tx) error {
		v = int(tx.Bucket(bucketMeta).Get(keySchema)[0]) // checkSchema has seen it
		return nil
	})
	return v, err
}

// Source returns the source that the file is of.
func (s *Snapshot) Source() (source string, err error) {
	err = s.db.do((*bolt.DB).View, func(tx *bolt.Tx) error {
		source = sourceOf(tx)
		return nil
	})
	return source, err
}

// Known reports whether the key is in the file.
func (s *Snapshot) Known(k Key) (bool, error) {
	known := make([]bool, 1)
	err := s.db.Known([]Key{k}, known)
	return known[0], err
}

// EachID calls f for each key in the file in ascending order, with the time at which an Untimed one was
// seen (0 for the others), until f returns an error, which it returns as it is.
func (s *Snapshot) EachID(f func(k Key, seen uint32) error) error {
	var stopped error
	err := s.db.do((*bolt.DB).View, func(tx *bolt.Tx) error {
		c := tx.Bucket(bucketIDs).Cursor()
		for b, v := c.First(); b != nil && stopped == nil; b, v = c.Next() {
			k, seen, err := parseKey(b, v)
			if err != nil {
				return fmt.Errorf("%w: %w", ErrDamaged, err)
			}
			stopped = f(k, seen)
		}
		return nil
	})
	if stopped != nil {
		return stopped
	}
	return err
}

// WriteTo writes the copy itself, a state file that can take the place of the one it was taken from.
func (s *Snapshot) WriteTo(w io.Writer) (int64, error) {
	n, err := io.Copy(w, io.NewSectionReader(s.db.file, 0, s.bytes))
	if err != nil {
		return n, fmt.Errorf("copy state file: %w", err)
	}
	return n, nil
}

// Close drops the copy.
func (s *Snapshot) Close() error { return s.db.Close() }

// scratch is a file without a name and how much of it is used.
type scratch struct {
	file *os.File
	size int64
}

// openRead opens a state file for reading only.
func openRead(path string) (*os.File, error) {
	// Not blocking, should it be a pipe.
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, ErrMissing
	case err != nil:
		return nil, fmt.Errorf("open: %w", err)
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%w: it is no regular file", ErrForeign)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// copyOf copies the file at path as one commit left it. What the copy holds below its meta pages is not
// checked.
//
// bbolt never writes over a page that its last commit reaches: what a commit gives up is used again by
// the one after it at the earliest. So a copy is whole when the commit that it begins with is still the
// last one when it ends.
func copyOf(path string) (scratch, error) {
	src, err := openRead(path)
	if err != nil {
		return scratch{}, err
	}
	defer src.Close()
	for try := range copyTries {
		begin, err := lastCommit(src)
		if err != nil {
			return scratch{}, err
		}
		c, err := newScratch(src)
		if err != nil {
			return scratch{}, err
		}
		if c.size, err = io.Copy(c.file, io.NewSectionReader(src, 0, math.MaxInt64)); err != nil {
			return scratch{}, errors.Join(fmt.Errorf("copy to a temporary file (TMPDIR says where): %w", err), c.file.Close())
		}
		copied, err := lastCommit(c.file)
		if err == nil && copied == begin {
			end, err := lastCommit(src)
			if err == nil && end == begin {
				return c, nil
			}
		}
		if err := c.file.Close(); err != nil {
			return scratch{}, fmt.Errorf("close copy: %w", err)
		}
		time.Sleep(time.Duration(try) * 30 * time.Millisecond) //nolint:forbidigo // out of step with a writer that commits at intervals
	}
	return scratch{}, ErrBusy
}

// lastCommit returns the number of the last commit in the file. A file that grows looks cut to who asks
// for its size first, so that is looked at again.
func lastCommit(f *os.File) (txid uint64, err error) {
	size := int64(-1)
	for range copyTries {
		info, err := f.Stat()
		if err != nil {
			return 0, fmt.Errorf("read size: %w", err)
		}
		if info.Size() == 0 {
			return 0, ErrEmpty
		}
		m, err := newestMeta(f, info.Size())
		if err == nil || info.Size() == size || errors.Is(err, ErrForeign) {
			return m.txid, err
		}
		size = info.Size()
	}
	return 0, ErrBusy
}

// newScratch makes a file without a name, with room for a copy of src.
func newScratch(src *os.File) (scratch, error) {
	info, err := src.Stat()
	if err != nil {
		return scratch{}, fmt.Errorf("read size: %w", err)
	}
	if info.Size() <= copyInMemory {
		f, err := memoryFile()
		return scratch{file: f}, err
	}
	f, err := os.CreateTemp("", "openai_audit-*.tmp") // mode 0600
	if err != nil {
		return scratch{}, fmt.Errorf("make a temporary file for a copy of %d bytes (TMPDIR says where): %w", info.Size(), err)
	}
	if err := os.Remove(f.Name()); err != nil {
		return scratch{}, errors.Join(fmt.Errorf("take the name off the copy: %w", err), f.Close())
	}
	return scratch{file: f}, nil
}
