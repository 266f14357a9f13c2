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

// key is the id of a record.
func key(n int) state.Key { return state.Key{Time: uint32(n), ID: state.IDOf(fmt.Append(nil, n))} } //nolint:gosec // small

// records are records with numbers.
func records(from, to int) (out []delivery.Record) {
	for n := from; n < to; n++ {
		out = append(out, delivery.Record{
			Key: key(n), Time: uint32(n), Metadata: []byte{0x80}, Body: msgp.AppendInt(nil, n), //nolint:gosec // small
		})
	}
	return out
}

// numbers reads records with a msgpack reader that is not ours.
func numbers(b []byte) (out []int) {
	for len(b) > 0 {
		// 92 92 d7 00 + 8 bytes of time, metadata, body
		if binary.BigEndian.Uint32(b) != 0x9292d700 || b[12] != 0x80 {
			panic(fmt.Sprintf("no record: %x", b[:13]))
		}
		n, rest, err := msgp.ReadIntBytes(b[13:])
		if err != nil {
			panic(err)
		}
		out, b = append(out, n), rest
	}
	return out
}

// put puts the records with numbers from from up to to, and returns how many were not known.
func put(tb testing.TB, d *delivery.Delivery, lane delivery.Lane, from, to int) (fresh int) {
	tb.Helper()
	list := records(from, to)
	new := make([]bool, len(list))
	if err := d.Put(lane, list, new, nil); err != nil {
		tb.Fatal(err)
	}
	for _, is := range new {
		if is {
			fresh++
		}
	}
	return fresh
}

// span is a mark: the spans of numbers that a source has read to their ends.
type spans struct{ done []span }

type span struct{ from, to int }

func (s *spans) with(o span) *spans { return &spans{append(slices.Clone(s.done), o)} }

func (s *spans) without(o span) *spans {
	return &spans{slices.DeleteFunc(slices.Clone(s.done), func(d span) bool { return d == o })}
}
