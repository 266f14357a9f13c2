package storage

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// disk is what is known of a folder's file system.
type disk struct {
	free, total             int64 // bytes that a process without privileges can use
	freeInodes, totalInodes int64 // 0 of 0 where the file system has no fixed number
	readOnly                bool
}

// system is what a Watch asks of the operating system.
type system struct {
	disk        func(folder string) (disk, error)
	descriptors func() (open, limit int64, err error)
	maps        func() ([]byte, error) // /proc/self/maps
}

func realSystem() system {
	return system{
		disk:        lookAtDisk,
		descriptors: countDescriptors,
		maps:        func() ([]byte, error) { return os.ReadFile("/proc/self/maps") },
	}
}

func lookAtDisk(folder string) (disk, error) {
	var fs unix.Statfs_t
	var err error
	for {
		if err = unix.Statfs(folder, &fs); !errors.Is(err, unix.EINTR) {
			break
		}
	}
	if err != nil {
		return disk{}, fmt.Errorf("statfs: %w", err)
	}
	block := fs.Frsize
	if block == 0 {
		block = fs.Bsize
	}
	return disk{
		free: int64(fs.Bavail) * block, total: int64(fs.Blocks) * block, //nolint:gosec // no disk has 2^63 bytes
		freeInodes: int64(fs.Ffree), totalInodes: int64(fs.Files), //nolint:gosec // nor as many files
		readOnly: fs.Flags&unix.ST_RDONLY != 0,
	}, nil
}

// countDescriptors returns how many file descriptors the process has open, and how many it may.
func countDescriptors() (open, limit int64, err error) {
	var r unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &r); err != nil {
		return 0, 0, fmt.Errorf("limit of file descriptors: %w", err)
	}
	const unlimited = 1 << 40 // far above what any system allows
	dir, err := os.Open("/proc/self/fd")
	if errors.Is(err, unix.EMFILE) { // then there is none left to count with
		return int64(min(r.Cur, unlimited)), int64(min(r.Cur, unlimited)), nil
	}
	if err != nil {
		return 0, 0, fmt.Errorf("count file descriptors: %w", err)
	}
	names, err := dir.Readdirnames(-1)
	if err := errors.Join(err, dir.Close()); err != nil {
		return 0, 0, fmt.Errorf("count file descriptors: %w", err)
	}
	return int64(len(names) - 1), int64(min(r.Cur, unlimited)), nil // without dir's own
}
