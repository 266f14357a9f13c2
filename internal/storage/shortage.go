package storage

import "fmt"

// Resource is something that Fluent Bit needs to store records.
type Resource string

// The resources.
const (
	Space       Resource = "space"
	Inodes      Resource = "inodes"
	Descriptors Resource = "file descriptors"
	Writing     Resource = "writing" // the disk takes no writes at all, or is gone
)

// Shortage is what keeps the host from storing records.
type Shortage struct { //nolint:errname // it says more than ShortageError
	Resource Resource
	Where    string // the folder; "" for file descriptors, which the process has
	State    bool   // the folder is the state file's, not Fluent Bit's
	Left     int64  // bytes, or a number of inodes or descriptors
	Needed   int64  // likewise: so many must be left
	Total    int64  // likewise: how many there are in all
	Err      error  // with Writing: why the disk cannot be looked at; nil when it is read-only
}

// Error says what is short, what is left, what is needed, and what to do.
func (s *Shortage) Error() string {
	switch s.Resource {
	case Descriptors:
		return fmt.Sprintf("this process may open only %d more files and connections (its limit is %d, and %d are needed): raise the limit, "+
			"as with LimitNOFILE of systemd or --ulimit nofile of docker", s.Left, s.Total, s.Needed)
	case Inodes:
		return fmt.Sprintf("the disk of %s has only %d inodes left (of %d, and %d are needed): remove some files, or give it more inodes",
			s.place(), s.Left, s.Total, s.Needed)
	case Writing:
		if s.Err != nil {
			return fmt.Sprintf("the disk of %s cannot be looked at any more: %v: bring it back", s.place(), s.Err)
		}
		return fmt.Sprintf("the disk of %s is read-only: mount it for writing again, after a look at why it is", s.place())
	case Space:
	}
	return fmt.Sprintf("the disk of %s has only %s left (of %s, and %s are needed): free some space",
		s.place(), size(s.Left), size(s.Total), size(s.Needed))
}

// Unwrap returns why the disk cannot be looked at.
func (s *Shortage) Unwrap() error { return s.Err }

func (s *Shortage) place() string {
	if s.State {
		return "the state file, in " + s.Where
	}
	return "Fluent Bit's storage, " + s.Where
}

// size writes a number of bytes for a reader: whole megabytes, or kilobytes below ten of those.
func size(n int64) string {
	if n < 10<<20 {
		return fmt.Sprintf("%d KB", n>>10)
	}
	return fmt.Sprintf("%d MB", n>>20)
}
