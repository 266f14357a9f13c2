package host

import (
	"bytes"
	"os"
	"path/filepath"
)

// ChunkFiles returns a chunk file of each folder below storage.path that Fluent Bit writes to just now; none
// with memory storage, and none where the system does not tell. Fluent Bit keeps storage.path to itself, but
// it maps the chunks that it writes into memory.
func ChunkFiles() []string {
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return nil
	}
	return chunkFilesIn(maps)
}

// chunkFilesIn finds the chunk files in the text of /proc/self/maps, in which a line ends with the path.
func chunkFilesIn(maps []byte) (files []string) {
	folders := make(map[string]bool)
	for line := range bytes.Lines(maps) {
		line = bytes.TrimSuffix(line, []byte("\n"))
		start := bytes.IndexByte(line, '/')
		if start < 0 || !bytes.HasSuffix(line, []byte(".flb")) {
			continue
		}
		file := string(line[start:])
		if folder := filepath.Dir(file); !folders[folder] {
			folders[folder] = true
			files = append(files, file)
		}
	}
	return files
}
