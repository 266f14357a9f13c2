package storage

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"sync/atomic"
)

// folder is a folder whose disk is watched.
type folder struct {
	path  string // absolute
	from  string // who says so: "storage_path", ...
	state bool   // the state file's
	found atomic.Bool
}

// look returns the folder's disk. A folder that is not there yet will be on the disk of the nearest one above it that
// is; one that was there before is gone.
func (f *folder) look(sys system) (disk, error) {
	path := f.path
	for {
		d, err := sys.disk(path)
		switch above := filepath.Dir(path); {
		case err == nil:
			if path == f.path {
				f.found.Store(true)
			}
			return d, nil
		case !f.found.Load() && errors.Is(err, fs.ErrNotExist) && above != path:
			path = above
		default:
			return disk{}, err
		}
	}
}

// short returns what is short for so many bytes on their way; nil when there is room, or when it cannot be known.
func (f *folder) short(sys system, onTheWay int64) *Shortage {
	d, err := f.look(sys)
	s := &Shortage{Where: f.path, State: f.state}
	needed := bytesNeeded(d.total, onTheWay)
	switch {
	case err != nil && (f.state || !f.found.Load()): // what else is wrong with the state file, its next commit says
		return nil
	case err != nil:
		s.Resource, s.Err = Writing, err
		return s
	case d.total > 0 && d.free < needed:
		s.Resource, s.Left, s.Needed, s.Total = Space, d.free, needed, d.total
		return s
	case f.state:
		return nil
	case d.readOnly:
		s.Resource = Writing
		return s
	}
	inodes := inodesNeeded(d.totalInodes, files(onTheWay))
	if d.totalInodes > 0 && d.freeInodes < inodes {
		s.Resource, s.Left, s.Needed, s.Total = Inodes, d.freeInodes, inodes, d.totalInodes
		return s
	}
	return nil
}

// holds reports whether another path is the folder or lies below it. Links in the folder's path are followed, as in
// what the system says of a file that is open.
func (f *folder) holds(path string) bool {
	resolved, err := filepath.EvalSymlinks(f.path)
	if err != nil {
		resolved = f.path
	}
	below, err := filepath.Rel(resolved, path)
	return err == nil && below != ".." && !strings.HasPrefix(below, "../")
}
