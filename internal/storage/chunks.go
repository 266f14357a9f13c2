package storage

import (
	"bytes"
	"path/filepath"
	"slices"
)

// maxFolders bounds how many folders are watched.
const maxFolders = 16

// chunkFolders finds the folders of chunk files in the text of /proc/self/maps, in which a line ends with the path of
// what is mapped. Fluent Bit maps a chunk as long as it has it open, which with a failing output is a part of a second.
func chunkFolders(maps []byte) (folders []string) {
	for line := range bytes.Lines(maps) {
		line = bytes.TrimSuffix(line, []byte("\n"))
		start := bytes.IndexByte(line, '/')
		if start < 0 || !bytes.HasSuffix(line, []byte(".flb")) {
			continue
		}
		folder := filepath.Dir(string(line[start:]))
		if len(folders) < maxFolders && !slices.Contains(folders, folder) {
			folders = append(folders, folder)
		}
	}
	return folders
}
