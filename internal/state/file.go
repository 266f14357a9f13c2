package state

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	bolt "go.etcd.io/bbolt"
	"golang.org/x/sys/unix"
)

// lockWait is how long Open waits for a file that somebody else holds: long enough for an instance that
// is just ending, short enough not to hold up the host's start.
const lockWait = time.Second

// growth is by how much a file grows at least.
const growth = 1 << 20

// create makes a new state file at path: it is written whole under another name in the same folder and
// then given its own, so that no other process ever sees half a file. An existing file is left alone.
func create(path string, noSync bool, fill func(*bolt.Tx) error) (err error) {
	dir := filepath.Dir(path)
	tmp, err := os.CreateTemp(dir, ".openai_audit-*.tmp") // mode 0600
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("its folder does not exist: %w", err)
		}
		return fmt.Errorf("create: %w", err)
	}
	name := tmp.Name()
	defer func() { err = errors.Join(err, removeIfThere(name)) }()
	if err := tmp.Close(); err != nil {
		return fmt.Errorf("create: %w", err)
	}
	db, err := bolt.Open(name, 0o600, boltOptions(noSync, nil))
	if err != nil {
		return fmt.Errorf("create: %w", err)
	}
	if err := errors.Join(db.Update(fill), db.Close()); err != nil {
		return fmt.Errorf("create: %w", err)
	}
	if err := os.Link(name, path); err != nil && !errors.Is(err, fs.ErrExist) {
		// Some file systems have no hard links. Renaming could replace a file that appeared just now,
		// but then its owner holds its lock and loses nothing but the name of a file that is seconds old.
		if err := os.Rename(name, path); err != nil {
			return fmt.Errorf("create: %w", err)
		}
	}
	return syncDir(dir)
}

func removeIfThere(name string) error {
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove temporary file: %w", err)
	}
	return nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("open folder: %w", err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, unix.EINVAL) {
		return fmt.Errorf("sync folder: %w", err)
	}
	return nil
}

// openLocked opens an existing file for bbolt, locks it and checks every page, all before bbolt maps it.
func openLocked(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("open: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%w: it is no regular file", ErrForeign)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, fmt.Errorf("open: %w", err)
	}
	if err := lock(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if info, err = f.Stat(); err == nil {
		err = verify(f, info.Size())
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// lock takes bbolt's own lock, an exclusive flock, which bbolt then takes again on the same open file.
func lock(f *os.File) error {
	for deadline := time.Now().Add(lockWait); ; {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		switch {
		case err == nil:
			return nil
		case !errors.Is(err, unix.EWOULDBLOCK) && !errors.Is(err, unix.EINTR):
			return fmt.Errorf("lock: %w", err)
		case time.Now().After(deadline):
			return ErrLocked
		}
		time.Sleep(50 * time.Millisecond) //nolint:forbidigo // flock offers no way to wait with a limit
	}
}

// memoryFile returns a file without a name that lives in memory and is gone when it is closed.
func memoryFile() (*os.File, error) {
	fd, err := unix.MemfdCreate("openai_audit", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("create state in memory: %w", err)
	}
	return os.NewFile(uintptr(fd), "memory"), nil
}

func boltOptions(noSync bool, open func(string, int, os.FileMode) (*os.File, error)) *bolt.Options {
	return &bolt.Options{
		Timeout: lockWait,
		// The list of free pages is rebuilt at start instead of being written with each commit, whose
		// cost would else grow with the file.
		NoFreelistSync: true,
		FreelistType:   bolt.FreelistMapType,
		NoSync:         noSync,
		NoGrowSync:     noSync,
		OpenFile:       open,
	}
}
