package compliance

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// mostInMemory is the size of the largest file that is kept in memory.
const mostInMemory = 1 << 20

// spool keeps a file while it is fetched and read: in memory, or, where that is more than mostInMemory, on disk.
type spool struct {
	dir, prefix string
	memory      bytes.Buffer
	disk        *os.File
	err         error // why what is to be kept could not be
}

// spoolPlace returns where files lie that are fetched, and how their names begin: beside the state file.
func spoolPlace(db string) (dir, prefix string) {
	if db == "" {
		return os.TempDir(), "openai_audit"
	}
	return filepath.Dir(db), "." + filepath.Base(db)
}

const spoolSuffix = ".spool"

// cleanSpool removes what a kill has left, in the moment between making a file and taking its name. The state file's lock
// is held.
func cleanSpool(db string) error {
	if db == "" {
		return nil // in the folder of all programs nobody knows whose a file is
	}
	dir, prefix := spoolPlace(db)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("look for what was left of log files: %w", err)
	}
	var failed error
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), prefix+"-") && strings.HasSuffix(e.Name(), spoolSuffix) {
			failed = errors.Join(failed, os.Remove(filepath.Join(dir, e.Name())))
		}
	}
	return failed
}

// Write keeps more of the file.
func (s *spool) Write(p []byte) (int, error) {
	if s.disk == nil && s.memory.Len()+len(p) <= mostInMemory {
		return s.memory.Write(p)
	}
	if s.err = s.toDisk(); s.err == nil {
		_, s.err = s.disk.Write(p)
	}
	if s.err != nil {
		return 0, s.err
	}
	return len(p), nil
}

// toDisk moves what is kept to a file of mode 0600, whose name is taken from it at once: whatever becomes of the process,
// nothing stays behind.
func (s *spool) toDisk() error {
	if s.disk != nil {
		return nil
	}
	f, err := os.CreateTemp(s.dir, s.prefix+"-*"+spoolSuffix)
	if err != nil {
		return err
	}
	if err := os.Remove(f.Name()); err != nil {
		return errors.Join(err, f.Close())
	}
	s.disk = f
	if _, err := f.Write(s.memory.Bytes()); err != nil {
		return err
	}
	s.memory = bytes.Buffer{}
	return nil
}

// reset begins another file.
func (s *spool) reset() {
	s.memory.Reset()
	s.err = nil
	if s.disk != nil {
		s.err = s.disk.Close()
		s.disk = nil
	}
}

// failed reports whether what is to be kept could not be.
func (s *spool) failed() bool { return s.err != nil }

// reader returns what was kept, from its begin on.
func (s *spool) reader() (io.Reader, error) {
	if s.disk == nil {
		return bytes.NewReader(s.memory.Bytes()), nil
	}
	if _, err := s.disk.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("read a log file back: %w", err)
	}
	return s.disk, nil
}
