// Package logfiles makes the log files that the simulator serves as the compliance logs of a ChatGPT workspace and of its
// organization: which files there are (Archive.List), what each holds (Archive.Content), and when each is listed.
//
// An Archive holds no files but those that were added to it. Each other is computed from the seed, its type and its number,
// so that the files of a month cost no more memory than their hashes, and the same options make the same files on every
// machine. Nothing here knows HTTP.
package logfiles

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"sync"
	"time"

	"fluent-bit-openai-audit/internal/fakeopenai/dice"
)

// Window is how much time a file tells of, unless Options say otherwise.
const Window = 10 * time.Minute

// Retention is how long after its end a file is listed.
const Retention = 30 * 24 * time.Hour

// Person is somebody whom records are about.
type Person struct{ ID, Email string }

// Options describe an archive. Its zero value has no files of its own.
type Options struct {
	Seed    uint64
	From    time.Time     // the begin of the first window of time that has files; zero: there are none but those added
	Every   time.Duration // from a file of a type to the next; 10m if 0
	Records int           // in a file, in the mean; 6 if 0
	People  []Person      // one is made up where there is none

	Workspace, Organization string

	Unnoted bool // requests are not entered into the audit log, whose texts take memory

	// A file is listed some seconds after its end, and this share of them later still, by up to LateMax.
	LateShare float64
	LateMax   time.Duration
}

// File is what a listing says of a file, and when it is listed.
type File struct {
	ID, Type, Name string
	End            time.Time
	Listed         time.Time
	Size           int
	SHA256         string
}

// Archive is the files of one workspace and its organization. It is safe for concurrent use.
type Archive struct {
	opts Options

	mu    sync.Mutex
	sums  map[place]sum // of the files that were listed
	added []added       // by end
	notes []note        // by time
}

// place names a computed file: the number of its window, and its type's index in types.
type place struct {
	number int64
	kind   int
}

type sum struct {
	size int
	hash string
}

type added struct {
	File

	content []byte
}

// note is a request that the audit log tells of.
type note struct {
	at   time.Time
	text string
}

// New returns an archive.
func New(opts Options) *Archive {
	opts.Every = cmp.Or(opts.Every, Window)
	opts.Records = cmp.Or(opts.Records, 6)
	if len(opts.People) == 0 {
		opts.People = []Person{{"user-Kp2vQ8sLmZ4tRw6yBn1cXd3F", "dana.okafor@example.com"}}
	}
	return &Archive{opts: opts, sums: make(map[place]sum)}
}

// Add lists a file beside those that are there, from f.Listed on. Its size and hash are made of the content, unless f has
// a hash.
func (a *Archive) Add(f File, content []byte) {
	f.Size = len(content)
	if f.SHA256 == "" {
		f.SHA256 = hashOf(content)
	}
	if f.Name == "" {
		f.Name = nameOf(f.Type, f.End)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.added = append(a.added, added{f, content})
	slices.SortStableFunc(a.added, func(x, y added) int { return x.End.Compare(y.End) })
}

func hashOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

func nameOf(kind string, end time.Time) string {
	return kind + "_" + end.UTC().Format("2006-01-02T15:04:05.000000Z") + ".jsonl"
}

// Query selects files. Those at After and Before themselves are left out.
type Query struct {
	Types         []string
	After, Before time.Time // a zero Before is none
	Limit         int
	Inclusive     bool // those at After are not left out
}

// List returns the files that a query selects at a moment, by their end, and whether there are more.
func (a *Archive) List(q Query, now time.Time) (files []File, more bool) {
	take := func(f File) bool {
		return slices.Contains(q.Types, f.Type) && (f.End.After(q.After) || q.Inclusive && f.End.Equal(q.After)) &&
			(q.Before.IsZero() || f.End.Before(q.Before)) && a.lists(f, now)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, f := range a.added {
		if take(f.File) {
			files = append(files, f.File)
		}
	}
	computed := 0
	first := max(0, int64(later(q.After, now.Add(-Retention)).Sub(a.opts.From)/a.opts.Every)-1)
	for n := first; a.exists(n, now) && computed <= q.Limit; n++ {
		if !q.Before.IsZero() && a.begin(n).After(q.Before) {
			break
		}
		for kind := range kinds() {
			p := place{n, kind}
			if f, ok := a.file(p); ok && take(f) {
				f.Size, f.SHA256 = a.sum(p)
				files = append(files, f)
				computed++
			}
		}
	}
	slices.SortStableFunc(files, func(x, y File) int { return cmp.Or(x.End.Compare(y.End), cmp.Compare(x.ID, y.ID)) })
	if more = len(files) > q.Limit; more {
		files = files[:q.Limit]
	}
	return files, more
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// lists reports whether a file is listed at a moment.
func (a *Archive) lists(f File, now time.Time) bool {
	return !f.Listed.After(now) && f.End.After(now.Add(-Retention))
}

// Find returns a listed file and what it holds.
func (a *Archive) Find(id string, now time.Time) (f File, content []byte, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, f := range a.added {
		if f.ID == id && a.lists(f.File, now) {
			return f.File, f.content, true
		}
	}
	p, ok := a.placeOf(id)
	if !ok || !a.exists(p.number, now) {
		return File{}, nil, false
	}
	if f, ok = a.file(p); !ok || f.ID != id || !a.lists(f, now) {
		return File{}, nil, false
	}
	content = a.content(p)
	f.Size, f.SHA256 = len(content), hashOf(content)
	return f, content, true
}

// exists reports whether there is a window of this number, at least in part before now.
func (a *Archive) exists(n int64, now time.Time) bool {
	return !a.opts.From.IsZero() && n >= 0 && a.begin(n).Before(now)
}

// begin returns the begin of a window.
func (a *Archive) begin(n int64) time.Time {
	return a.opts.From.Add(time.Duration(n) * a.opts.Every)
}

// file returns a computed file without its size and hash; ok is unset where there is none, since nothing happened.
func (a *Archive) file(p place) (f File, ok bool) {
	bits := a.bits(p)
	if a.count(p) == 0 && len(a.notesIn(p)) == 0 {
		return File{}, false
	}
	f = File{ID: a.id(p), Type: kinds()[p.kind].name, End: a.end(p)}
	f.Name = nameOf(f.Type, f.End)
	late := time.Duration(0)
	if float64(bits>>40)/(1<<24) < a.opts.LateShare && a.opts.LateMax > 0 {
		late = time.Duration(dice.Mix(bits) % uint64(a.opts.LateMax))
	}
	f.Listed = f.End.Add(30*time.Second + late)
	return f, true
}

// end returns when a file ends: half of them with their window, to the microsecond, the others somewhat before.
func (a *Archive) end(p place) time.Time {
	end := a.begin(p.number + 1)
	if bits := a.bits(p); bits%2 == 0 {
		end = end.Add(-time.Duration(bits % uint64(a.opts.Every/4)))
	}
	return end.Truncate(time.Microsecond)
}

func (a *Archive) bits(p place) uint64 {
	return dice.Mix(a.opts.Seed ^ dice.Mix(uint64(p.number)<<8|uint64(p.kind)))
}

// count returns how many records of its own a file has.
func (a *Archive) count(p place) int {
	return int(dice.Mix(a.bits(p)+1) % uint64(2*a.opts.Records+1))
}

// sum returns a file's size and hash. The caller holds mu.
func (a *Archive) sum(p place) (size int, hash string) {
	s, ok := a.sums[p]
	if !ok {
		content := a.content(p)
		s = sum{len(content), hashOf(content)}
		a.sums[p] = s
	}
	return s.size, s.hash
}

const idPrefix = "eclf_"

// id returns the id of a computed file; placeOf reads it.
func (a *Archive) id(p place) string {
	number := dice.Mix((uint64(p.number)<<8 | uint64(p.kind)) ^ a.opts.Seed)
	return string(dice.AppendBase62([]byte(idPrefix), number, dice.Digits))
}

func (a *Archive) placeOf(id string) (p place, ok bool) {
	digits, ok := strings.CutPrefix(id, idPrefix)
	if !ok || len(digits) != dice.Digits {
		return place{}, false
	}
	number, ok := dice.ParseBase62(digits)
	n := dice.Unmix(number) ^ a.opts.Seed
	p = place{int64(n >> 8), int(n & 0xff)}
	return p, ok && p.number >= 0 && p.number < 1<<32 && p.kind < len(kinds())
}
