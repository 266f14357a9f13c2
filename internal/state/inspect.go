package state

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	bolt "go.etcd.io/bbolt"
	"golang.org/x/sys/unix"
)

// Finding is what looking at one part of a state file came to.
type Finding struct {
	Part string // file, pages, schema, streams, ids or marks
	Good string // what was found, when that is as it should be
	Err  error  // what is wrong, else nil
}

// mostFindings bounds how much damage of one kind is listed.
const mostFindings = 10

// Inspect looks at every part of the state file at path, as far as the parts before it allow. It reads
// the file as OpenSnapshot does. Errors among the findings wrap the reasons of this package.
func Inspect(path string) []Finding {
	var found []Finding
	err := guard(func() error {
		found = nil
		return inspect(path, &found)
	})
	if err != nil {
		found = append(found, Finding{Part: "file", Err: err})
	}
	return found
}

func inspect(path string, found *[]Finding) error {
	add := func(part string, err error, good string) {
		if err != nil {
			good = ""
		}
		*found = append(*found, Finding{Part: part, Good: good, Err: err})
	}
	c, err := copyOf(path)
	if err != nil {
		return err
	}
	pages, damage, err := survey(c.file, c.size, mostFindings)
	if err != nil {
		return errors.Join(err, c.file.Close())
	}
	add("file", nil, fmt.Sprintf("%d bytes", c.size))
	for i, d := range damage {
		if i == mostFindings {
			d = errEnough
		}
		add("pages", fmt.Errorf("%w: %w", ErrDamaged, d), "")
	}
	if len(damage) > 0 {
		return c.file.Close()
	}
	add("pages", nil, fmt.Sprintf("%d, of which %d are used, all well-formed", pages.all, pages.used))

	s := &Snapshot{db: DB{path: path}}
	if err := s.use(c); err != nil {
		add("schema", err, "")
		return nil
	}
	schema, err := s.Schema()
	add("schema", err, fmt.Sprint(schema))
	if err := s.db.do((*bolt.DB).View, func(tx *bolt.Tx) error {
		inspectStreams(tx, add)
		inspectIDs(tx, add)
		inspectMarks(tx, add)
		return nil
	}); err != nil {
		return errors.Join(err, s.Close())
	}
	return s.Close()
}

func inspectStreams(tx *bolt.Tx, add func(part string, err error, good string)) {
	n, spans, owed, bad := 0, 0, 0, 0
	c := tx.Bucket(bucketStreams).Cursor()
	for k, v := c.First(); k != nil && bad < mostFindings; k, v = c.Next() {
		s, err := decodeStream(k, v)
		if err != nil {
			bad++
			add("streams", fmt.Errorf("%w: %w", ErrDamaged, err), "")
			continue
		}
		n++
		spans += len(s.Covered)
		owed += len(s.Owed)
	}
	if bad == 0 {
		add("streams", nil, fmt.Sprintf("records: %d, spans of covered time: %d, of owed time: %d, in order and apart", n, spans, owed))
	}
}

func inspectIDs(tx *bolt.Tx, add func(part string, err error, good string)) {
	n, untimed, bad := 0, 0, 0
	c := tx.Bucket(bucketIDs).Cursor()
	for b, v := c.First(); b != nil && bad < mostFindings; b, v = c.Next() {
		k, _, err := parseKey(b, v)
		if err != nil {
			bad++
			add("ids", fmt.Errorf("%w: %w", ErrDamaged, err), "")
			continue
		}
		if n++; k.Time == Untimed {
			untimed++
		}
	}
	if bad == 0 {
		add("ids", nil, fmt.Sprintf("%d, of which %d of events without a time, all well-formed", n, untimed))
	}
}

// inspectMarks ends at the first bad one.
func inspectMarks(tx *bolt.Tx, add func(part string, err error, good string)) {
	n, size := 0, 0
	err := eachMark(tx, "", func(_ string, value []byte) error {
		n++
		size += len(value)
		return nil
	})
	add("marks", err, fmt.Sprintf("%d, together %d bytes", n, size))
}

// Held reports whether somebody holds the file's lock, as a running instance does. It asks for a shared
// lock without waiting, and gives it back at once: a holder notices nothing, and who wants to open the
// file in that very moment tries again for a second.
func Held(path string) (bool, error) {
	f, err := openRead(path)
	if err != nil {
		return false, &FileError{Path: path, Err: err}
	}
	defer f.Close()
	switch err := unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB); {
	case errors.Is(err, unix.EWOULDBLOCK):
		return true, nil
	case err != nil:
		return false, &FileError{Path: path, Err: fmt.Errorf("ask for the lock: %w", err)}
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_UN); err != nil {
		return false, &FileError{Path: path, Err: fmt.Errorf("give the lock back: %w", err)}
	}
	return false, nil
}

// Salvage looks for stream records in a file that is too damaged to be opened, without regard to its
// structure, and returns the latest of each stream. It may be older than the file was: then it covers
// less, and what is fetched because of that was delivered before. The error is a *FileError.
func Salvage(path string) ([]*Stream, error) {
	f, err := openRead(path)
	if err != nil {
		return nil, &FileError{Path: path, Err: err}
	}
	defer f.Close()
	out, err := salvage(f)
	if err != nil {
		return nil, &FileError{Path: path, Err: err}
	}
	return out, nil
}

// A record is JSON that begins like this. What is no record, or too long for one, is passed over; a file
// of nothing but such begins is not gone through for ever.
const (
	recordBegin   = `{"name":"`
	recordSize    = 1 << 20
	recordsLooked = 10_000
	salvageSize   = 1 << 30 // a state file is bounded; this is some other one
)

// later reports whether s was probably written after o. Of two from the same poll the one that covers less
// counts as the later: if that is wrong, too much is fetched.
func (s *Stream) later(o *Stream) bool {
	if s.worked() != o.worked() {
		return s.worked() > o.worked()
	}
	return s.CoveredUntil() < o.CoveredUntil()
}

func salvage(f *os.File) ([]*Stream, error) {
	var out []*Stream
	byKey := make(map[string]int)
	r := bufio.NewReaderSize(f, 1<<16)
	for at, looked := int64(0), 0; looked < recordsLooked && at < salvageSize; {
		b, err := r.Peek(1 << 15)
		if len(b) < len(recordBegin) {
			if err != nil && !errors.Is(err, io.EOF) {
				return nil, fmt.Errorf("read: %w", err)
			}
			break
		}
		i := bytes.Index(b, []byte(recordBegin))
		skip := i + 1
		if i < 0 {
			skip = len(b) - len(recordBegin) + 1
		} else {
			looked++
			var s Stream
			err := json.NewDecoder(io.NewSectionReader(f, at+int64(i), recordSize)).Decode(&s)
			if err == nil && s.check() == nil && s.worked() > 0 {
				key := string(s.key())
				if j, ok := byKey[key]; !ok {
					byKey[key] = len(out)
					out = append(out, &s)
				} else if s.later(out[j]) {
					out[j] = &s
				}
			}
		}
		n, err := r.Discard(skip)
		if err != nil {
			return nil, fmt.Errorf("read: %w", err)
		}
		at += int64(n)
	}
	return out, nil
}
