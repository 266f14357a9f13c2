package openai

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"sync"
	"time"

	"fluent-bit-openai-audit/internal/secret"
)

const (
	// defaultKeyCheck is how often a key file is looked at.
	defaultKeyCheck = 5 * time.Second
	// retryRefusedKey is how long a refused new key rests while the one before it
	// still works. A key may take a moment until every part of the API knows it.
	retryRefusedKey = time.Minute
	// settled is the age from which a file's time of change can be trusted to
	// differ after the next change: two writes within one tick of a file system's
	// clock leave the same time.
	settled = 2 * time.Second
)

// FileKeyOptions says where a key file lies and who wants to hear about it. The
// functions may be nil; they are called without a lock held and must not block.
type FileKeyOptions struct {
	Path       string
	CheckEvery time.Duration // how often the file is looked at; 0 is 5 seconds

	OnProblem   func(error)       // the file or its key cannot be used, an older key goes on; said once per problem
	OnRecovered func(text string) // the last problem is over
	OnWarning   func(text string) // the file is usable, but something about it is unsafe
}

// FileKey is a key in a file that may be replaced at any time. The file is read
// again when it changed and whenever its key is refused. The last good key stays
// in use while the file is empty, unreadable or holds no key; and when the API
// refuses a new key, the one that it last accepted stays in use, with a new
// attempt every minute.
type FileKey struct {
	opts FileKeyOptions

	mu        sync.Mutex
	current   secret.Key  // what the file holds, or last held
	info      os.FileInfo // of the file when current was read
	readAt    time.Time
	checkedAt time.Time
	proven    secret.Key // the last key that the API accepted, until it refuses it
	refusedAt time.Time  // when the API last refused current; zero when it did not
	fileFault string     // the file's problem, as told; "" when there is none
	keyFault  string     // fingerprint of the new key that was told to be refused; "" when there is none
	warned    fs.FileMode

	generation uint64        // how many keys the file has held
	replaced   chan struct{} // closed at the next one
}

// NewFileKey reads the file. Without a usable key in it there is an error, which
// names the file and never shows what it holds.
func NewFileKey(opts FileKeyOptions) (*FileKey, error) {
	if opts.CheckEvery <= 0 {
		opts.CheckEvery = defaultKeyCheck
	}
	f := &FileKey{opts: opts, replaced: make(chan struct{})}
	var say notices
	f.checkedAt = time.Now()
	err := f.read(&say)
	if err != nil {
		return nil, err
	}
	say.deliver()
	return f, nil
}

// Key returns the key to use now. It never fails: there is always a last good
// key.
func (f *FileKey) Key(context.Context) (secret.Key, error) {
	var say notices
	defer say.deliver()
	f.mu.Lock()
	defer f.mu.Unlock()

	now := time.Now()
	if now.Sub(f.checkedAt) >= f.opts.CheckEvery {
		f.check(now, false, &say)
	}
	if !f.fallback() {
		return f.current, nil
	}
	if now.Sub(f.refusedAt) >= retryRefusedKey {
		f.refusedAt = now // this caller tries the new key again, the others go on
		return f.current, nil
	}
	return f.proven, nil
}

// Refused reads the file again, and reports whether another key is worth a try.
func (f *FileKey) Refused(key secret.Key) bool {
	var say notices
	defer say.deliver()
	f.mu.Lock()
	defer f.mu.Unlock()

	now := time.Now()
	f.check(now, true, &say)
	if key.Equal(f.current) {
		f.refusedAt = now
	}
	if key.Equal(f.proven) {
		f.proven = secret.Key{}
	}
	if f.fallback() {
		if fingerprint := f.current.Fingerprint(); f.keyFault != fingerprint {
			f.keyFault = fingerprint
			say.problem(f.opts.OnProblem, fmt.Errorf(
				"api_key_file: %s: the API refuses the new key (fingerprint %s); the one before it (fingerprint %s) stays in use",
				f.opts.Path, fingerprint, f.proven.Fingerprint()))
		}
		return true
	}
	return f.refusedAt.IsZero() && !key.Equal(f.current)
}

// Accepted tells that the API answered a request with this key.
func (f *FileKey) Accepted(key secret.Key) {
	var say notices
	defer say.deliver()
	f.mu.Lock()
	defer f.mu.Unlock()

	switch {
	case key.Equal(f.current):
		f.refusedAt = time.Time{}
		f.proven = f.current
		if f.keyFault != "" {
			f.keyFault = ""
			say.text(f.opts.OnRecovered, fmt.Sprintf(
				"api_key_file: %s: the API accepts the file's key again (fingerprint %s)", f.opts.Path, f.current.Fingerprint()))
		}
	case f.proven.IsZero():
		f.proven = key
	}
}

// Age returns how long ago the key file last changed, at least 0.
func (f *FileKey) Age() time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	return max(0, time.Since(f.info.ModTime()))
}

// fallback reports whether the proven key is to be used in place of the file's.
func (f *FileKey) fallback() bool {
	return !f.refusedAt.IsZero() && !f.proven.IsZero() && !f.proven.Equal(f.current)
}

// check reads the file when it changed, or in any case. What is wrong with it is
// told once; the key stays.
func (f *FileKey) check(now time.Time, force bool, say *notices) {
	f.checkedAt = now
	if !force && !f.changed() {
		return
	}
	err := f.read(say)
	switch {
	case err != nil && err.Error() != f.fileFault:
		f.fileFault = err.Error()
		say.problem(f.opts.OnProblem, fmt.Errorf("%w; the last good key (fingerprint %s) stays in use", err, f.current.Fingerprint()))
	case err == nil && f.fileFault != "":
		f.fileFault = ""
		say.text(f.opts.OnRecovered, fmt.Sprintf(
			"api_key_file: %s: readable again (key fingerprint %s)", f.opts.Path, f.current.Fingerprint()))
	}
}

// changed reports whether the file may differ from what was read.
func (f *FileKey) changed() bool {
	if f.fileFault != "" {
		return true
	}
	info, err := os.Stat(f.opts.Path)
	if err != nil {
		return true
	}
	return !os.SameFile(info, f.info) || info.Size() != f.info.Size() || !info.ModTime().Equal(f.info.ModTime()) ||
		info.Mode() != f.info.Mode() || f.readAt.Sub(info.ModTime()) < settled
}

// read takes the key from the file.
func (f *FileKey) read(say *notices) error {
	key, info, err := readKeyFile(f.opts.Path)
	if err != nil {
		return &FileError{Property: "api_key_file", Path: f.opts.Path, Err: err}
	}
	if !key.Equal(f.current) {
		f.current, f.refusedAt = key, time.Time{}
		f.generation++
		close(f.replaced)
		f.replaced = make(chan struct{})
	}
	f.info, f.readAt = info, time.Now()

	open := info.Mode().Perm() & 0o044
	if runtime.GOOS == "windows" {
		open = 0 // the bits say nothing there
	}
	if open != 0 && info.Mode().Perm() != f.warned {
		say.text(f.opts.OnWarning, fmt.Sprintf(
			"api_key_file: %s: other users can read it (mode %04o); mode 0600 or 0400 is enough", f.opts.Path, info.Mode().Perm()))
	}
	f.warned = info.Mode().Perm()
	return nil
}

// notices are calls to be made once the lock is released: `defer say.deliver()`
// stands before the deferred unlock, and so runs after it.
type notices []func()

func (n *notices) problem(to func(error), err error) {
	if to != nil {
		*n = append(*n, func() { to(err) })
	}
}

func (n *notices) text(to func(string), text string) {
	if to != nil {
		*n = append(*n, func() { to(text) })
	}
}

func (n *notices) deliver() {
	for _, call := range *n {
		call()
	}
}
