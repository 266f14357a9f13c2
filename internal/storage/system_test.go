package storage_test

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"fluent-bit-openai-audit/internal/storage"
)

// On the real system: nothing is short here, and a chunk that this process maps is found.
func TestRealSystem(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := storage.New(storage.NewHost(), storage.Options{Folder: dir, State: filepath.Join(dir, "state.db")})
	defer w.Close()
	if err := w.Room(0, 1); err != nil {
		t.Error(err)
	}
	if line, known := w.Describe(); !known {
		t.Error(line)
	}
	chunks := filepath.Join(dir, "audit.0")
	if err := os.Mkdir(chunks, 0o700); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(filepath.Join(chunks, "1-2.3.flb"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(4096); err != nil {
		t.Fatal(err)
	}
	data, err := unix.Mmap(int(f.Fd()), 0, 4096, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		t.Fatal(err)
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	if found := storage.ChunkFolders(maps); len(found) != 1 || found[0] != chunks {
		t.Errorf("found %q, want %s", found, chunks)
	}
	if err := unix.Munmap(data); err != nil {
		t.Error(err)
	}
}

func BenchmarkRoom(b *testing.B) {
	dir := b.TempDir()
	w := storage.New(storage.NewHost(), storage.Options{Folder: dir, State: filepath.Join(dir, "state.db")})
	defer w.Close()
	for b.Loop() {
		if err := w.Room(0, 1); err != nil {
			b.Fatal(err)
		}
	}
}
