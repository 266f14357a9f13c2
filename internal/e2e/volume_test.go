//go:build linux

package e2e_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// stored returns how many bytes Fluent Bit has in chunks below a folder.
func stored(t *testing.T, folder string) (bytes int64) {
	t.Helper()
	chunks, err := filepath.Glob(filepath.Join(folder, "*", "*.flb"))
	if err != nil {
		t.Fatal(err)
	}
	for _, chunk := range chunks {
		info, err := os.Stat(chunk)
		switch {
		case err == nil:
			bytes += info.Size()
		case !errors.Is(err, fs.ErrNotExist):
			t.Fatal(err)
		}
	}
	return bytes
}

// diskOf mounts a file system of that size in memory, or skips the test where that is not allowed or there is little
// memory.
func diskOf(t *testing.T, path string, megabytes uint64) string {
	t.Helper()
	const spare = 3 << 30
	var info syscall.Sysinfo_t
	if err := syscall.Sysinfo(&info); err != nil || (info.Freeram+info.Bufferram)*uint64(info.Unit) < megabytes<<20+spare {
		t.Skip("there is too little memory for a disk in it")
	}
	return mountDisk(t, path, fmt.Sprintf("size=%dm", megabytes))
}

// reserve takes up a disk but for some bytes, and returns what gives it back.
func reserve(t *testing.T, path string, but uint64) (free func()) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var disk syscall.Statfs_t
	if err := syscall.Statfs(path, &disk); err != nil {
		t.Fatal(err)
	}
	size := int64(disk.Bavail*uint64(disk.Bsize) - but)
	if err := syscall.Fallocate(int(f.Fd()), 0, 0, size); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}
