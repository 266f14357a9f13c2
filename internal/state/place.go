package state

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// inPlace returns nil while the open file is the one that its path names. Another Fluent Bit takes a file that
// appears at the path for its own, and the next start finds that one: what is written to this one is then for
// nobody.
func (db *DB) inPlace() error {
	if db.abs == "" {
		return nil // in memory
	}
	ours, err := db.file.Stat()
	if err != nil {
		return fmt.Errorf("look at the open file: %w", err)
	}
	there, err := os.Stat(db.abs)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, unix.ENOTDIR):
		return fmt.Errorf("%w; while this process runs it can be read as /proc/%d/fd/%d", ErrRemoved, os.Getpid(), db.file.Fd())
	case err != nil:
		return fmt.Errorf("look at the path: %w", err)
	case !os.SameFile(ours, there):
		return ErrReplaced
	}
	return nil
}
