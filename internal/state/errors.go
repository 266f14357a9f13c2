package state

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
)

// Reasons why a state file is refused. Errors of this package wrap one of them where it applies.
var (
	ErrLocked  = errors.New("held by another process or instance")
	ErrEmpty   = errors.New("empty: it was cut to nothing or never written")
	ErrForeign = errors.New("not a state file of this plugin")
	ErrDamaged = errors.New("damaged")
	ErrNewer   = errors.New("written by a newer version of this plugin")
	ErrBroken  = errors.New("the state file became unreadable while in use")
	ErrMissing = errors.New("there is none")
	ErrBusy    = errors.New("written to during every copy that was taken of it")

	ErrRemoved  = errors.New("removed or renamed while in use")
	ErrReplaced = errors.New("another file was put in its place while it was in use")
)

// SourceError says that a state file is of another source than the one that opens it.
type SourceError struct{ Is, Want string }

// Error names both.
func (e *SourceError) Error() string {
	return fmt.Sprintf("it is of the source %.40q, and this instance has the source %s", e.Is, e.Want)
}

// FileError says which state file could not be used and what the operator can do. Its text is one line.
type FileError struct {
	Path string
	Err  error
}

// Error returns what is wrong and the remedy.
func (e *FileError) Error() string {
	return fmt.Sprintf("state file %s: %v; %s", e.Path, e.Err, e.Remedy())
}

// Unwrap returns the reason.
func (e *FileError) Unwrap() error { return e.Err }

// Remedy says what to do about it.
func (e *FileError) Remedy() string {
	if other, ok := errors.AsType[*SourceError](e.Err); ok {
		return "give each source its own db, or set source to " + other.Is
	}
	switch {
	case errors.Is(e.Err, ErrLocked):
		return "give each instance its own db, or stop the other one"
	case errors.Is(e.Err, ErrForeign):
		return "db must name a file of its own"
	case errors.Is(e.Err, ErrMissing):
		return "the property db of Fluent Bit's configuration names it"
	case errors.Is(e.Err, ErrBusy):
		return "try again, or stop Fluent Bit for a moment"
	case errors.Is(e.Err, ErrNewer):
		return "run that version again, or move the file away to fetch from start_from anew"
	case errors.Is(e.Err, ErrRemoved):
		return "give it its name back, and it is written again; or restart Fluent Bit, which then begins a new one at start_from"
	case errors.Is(e.Err, ErrReplaced):
		return "put the former one back, and it is written again; or restart Fluent Bit, which then goes on from the new one; " +
			"another Fluent Bit needs a db of its own"
	case errors.Is(e.Err, ErrEmpty), errors.Is(e.Err, ErrDamaged), errors.Is(e.Err, ErrBroken):
		return "inspect it with 'openai-audit state check " + e.Path + "'; it was left as it is: restore a copy, " +
			"or move it away to fetch from start_from anew"
	}
	return "check the path, its folder's permissions and the space on the disk"
}

// guard runs f so that a fault in the mapped file (it was cut or its disk failed) comes back as an error.
func guard(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		switch r := recover().(type) {
		case nil:
		case runtime.Error:
			err = fmt.Errorf("%w: %w", ErrBroken, r)
		default:
			// bbolt panics with a string or an error of its own where a page makes no sense.
			err = fmt.Errorf("%w: %v", ErrBroken, r)
		}
	}()
	return f()
}
