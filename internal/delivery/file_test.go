package delivery_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/tinylib/msgp/msgp"

	"fluent-bit-openai-audit/internal/delivery"
	"fluent-bit-openai-audit/internal/host"
	"fluent-bit-openai-audit/internal/state"
)

// file is a state file, which outlives a kill.
type file struct {
	mu    sync.Mutex
	ids   map[state.Key]bool
	marks map[string]delivery.Mark
	fails bool
	until time.Time                            // when it could be written again, last
	since time.Time                            // since when it cannot be written, or could not until then
	slow  time.Duration                        // how long a saving takes
	life  int                                  // of the process
	check func(stream string, m delivery.Mark) // of each mark that is saved
	id    func(n int)                          // of each id
	saves int
}

func newFile() *file {
	return &file{ids: make(map[state.Key]bool), marks: make(map[string]delivery.Mark)}
}

func (f *file) known(keys []state.Key, known []bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, k := range keys {
		known[i] = f.ids[k]
	}
	return nil
}

func (f *file) save(s delivery.Saving) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.slow > 0 {
		life := f.life
		f.mu.Unlock()
		time.Sleep(f.slow)
		f.mu.Lock()
		if f.life != life {
			return errors.New("killed")
		}
	}
	if f.fails {
		return errors.New("no room")
	}
	f.saves++
	for _, k := range s.IDs {
		f.ids[k] = true
		if f.id != nil {
			f.id(int(k.Time))
		}
	}
	for stream, m := range s.Marks {
		f.marks[stream] = m
		if f.check != nil {
			f.check(stream, m)
		}
	}
	return nil
}

// open begins a life of the delivery.
func (f *file) open(h *fakeHost, opts delivery.Options) *delivery.Delivery {
	f.mu.Lock()
	defer f.mu.Unlock()
	opts.Known, opts.Save = f.known, f.save
	opts.Journal = host.NewJournal(h, 10*time.Minute)
	if opts.Limit == 0 {
		opts.Limit = 1 << 20
	}
	return delivery.New(opts, f.marks)
}

// change lets the file be written, or not.
func (f *file) change(fails bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case fails && !f.fails && time.Since(f.until) >= failedLag: // else nothing may have been saved in between
		f.since = time.Now()
	case !fails && f.fails:
		f.until = time.Now()
	}
	f.fails = fails
}

// written returns how long what was to be saved has been saved: since now, or since before the file could not be written.
func (f *file) written() time.Time {
	if f.fails || time.Since(f.until) < failedLag {
		return f.since
	}
	return time.Now()
}

// failedLag bounds how long after a file can be written again that is found out.
const failedLag = 6 * time.Second

// key is the id of a record.
func key(n int) state.Key { return state.Key{Time: uint32(n), ID: state.IDOf(fmt.Append(nil, n))} }

// records are a stream's records with numbers.
func records(stream string, from, to int) (out []delivery.Record) {
	metadata := msgp.AppendMapHeader(nil, 1)
	metadata = msgp.AppendString(msgp.AppendString(metadata, "s"), stream)
	for n := from; n < to; n++ {
		out = append(out, delivery.Record{
			Key: key(n), Time: uint32(n), Metadata: metadata, Body: msgp.AppendInt(nil, n),
		})
	}
	return out
}

// numbers reads records with a msgpack reader that is not ours.
func numbers(b []byte) (out []int) {
	for len(b) > 0 {
		// 92 92 d7 00 + 8 bytes of time, metadata, body
		if binary.BigEndian.Uint32(b) != 0x9292d700 {
			panic(fmt.Sprintf("no record: %x", b[:13]))
		}
		body, err := msgp.Skip(b[12:])
		if err != nil {
			panic(err)
		}
		n, rest, err := msgp.ReadIntBytes(body)
		if err != nil {
			panic(err)
		}
		out, b = append(out, n), rest
	}
	return out
}

// put puts a stream's records with numbers from from up to to.
func put(tb testing.TB, d *delivery.Delivery, stream string, lane delivery.Lane, from, to int) {
	tb.Helper()
	list := records(stream, from, to)
	if err := d.Put(lane, list, make([]bool, len(list)), nil); err != nil {
		tb.Error(err)
	}
}

// span is a mark: the spans of numbers that a source has read to their ends.
type spans struct{ done []span }

type span struct{ from, to int }

func (s *spans) with(o span) *spans { return &spans{append(slices.Clone(s.done), o)} }

func (s *spans) without(o span) *spans {
	return &spans{slices.DeleteFunc(slices.Clone(s.done), func(d span) bool { return d == o })}
}
