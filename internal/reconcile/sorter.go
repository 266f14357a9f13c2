package reconcile

import (
	"bufio"
	"bytes"
	"container/heap"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// runBuffer is what reading one sorted run takes at a time.
const runBuffer = 32 << 10

// sorter sorts pairs of bytes, keys first, in bounded memory.
type sorter struct {
	limit int      // bytes in memory
	arena []byte   // pairs, one after the other, each part with its length before it
	at    []uint32 // where each begins
	runs  []*os.File
}

// entryCost is what an entry of at takes.
const entryCost = 4

func newSorter(limit int) *sorter { return &sorter{limit: limit} }

// entryGuess is what an entry of at is reckoned to go with in arena, for how large the two are to be made.
const entryGuess = 48

// add adds a pair, which is copied.
func (s *sorter) add(key, value []byte) error {
	const heads = 2 * binary.MaxVarintLen32
	if size := len(key) + len(value) + heads + entryCost; len(s.at) > 0 && len(s.arena)+entryCost*len(s.at)+size > s.limit {
		if err := s.spill(); err != nil {
			return err
		}
	}
	if s.arena == nil { // at once, since growing leaves much behind for a while
		s.arena = make([]byte, 0, s.limit)
		s.at = make([]uint32, 0, s.limit/entryGuess)
	}
	s.at = append(s.at, uint32(len(s.arena))) //nolint:gosec // the limit is below 4 GiB
	for _, part := range [][]byte{key, value} {
		s.arena = append(binary.AppendUvarint(s.arena, uint64(len(part))), part...)
	}
	return nil
}

// pair returns the pair at the beginning of b, and what follows it.
func pair(b []byte) (key, value, rest []byte) {
	n, head := binary.Uvarint(b)
	key, b = b[head:head+int(n)], b[head+int(n):] //nolint:gosec // as add wrote it
	n, head = binary.Uvarint(b)
	return key, b[head : head+int(n)], b[head+int(n):] //nolint:gosec // as add wrote it
}

// order sorts what is in memory.
func (s *sorter) order() {
	slices.SortFunc(s.at, func(a, b uint32) int {
		ak, av, _ := pair(s.arena[a:])
		bk, bv, _ := pair(s.arena[b:])
		if c := bytes.Compare(ak, bk); c != 0 {
			return c
		}
		return bytes.Compare(av, bv)
	})
}

// spill writes what is in memory to a file, as one sorted run.
func (s *sorter) spill() error {
	s.order()
	f, err := scratch()
	if err != nil {
		return err
	}
	s.runs = append(s.runs, f)
	w := bufio.NewWriterSize(f, 1<<20)
	for _, at := range s.at {
		_, _, rest := pair(s.arena[at:])
		if _, err := w.Write(s.arena[at : len(s.arena)-len(rest)]); err != nil {
			return fmt.Errorf("write a temporary file (TMPDIR says where): %w", err)
		}
	}
	err = w.Flush()
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return fmt.Errorf("write a temporary file (TMPDIR says where): %w", err)
	}
	s.arena, s.at = s.arena[:0], s.at[:0]
	return nil
}

// scratch makes a file without a name, which leaves with its last descriptor.
func scratch() (*os.File, error) {
	f, err := os.CreateTemp("", "openai_audit-*.tmp") // mode 0600
	if err != nil {
		return nil, fmt.Errorf("make a temporary file (TMPDIR says where): %w", err)
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(fmt.Errorf("take the name off a temporary file: %w", err), f.Close())
	}
	return f, nil
}

// each calls f for every pair in ascending order, until f returns an error, which it returns. The slices are valid
// during the call. It is called once.
func (s *sorter) each(f func(key, value []byte) error) error {
	s.order()
	var m merge
	for _, f := range s.runs {
		m = append(m, &run{next: fileRun(bufio.NewReaderSize(f, runBuffer))})
	}
	m = append(m, &run{next: s.memoryRun()})
	for i := 0; i < len(m); {
		switch err := m[i].advance(); {
		case errors.Is(err, io.EOF):
			m = slices.Delete(m, i, i+1)
		case err != nil:
			return err
		default:
			i++
		}
	}
	heap.Init(&m)
	for len(m) > 0 {
		if err := f(m[0].key, m[0].value); err != nil {
			return err
		}
		switch err := m[0].advance(); {
		case errors.Is(err, io.EOF):
			heap.Pop(&m)
		case err != nil:
			return err
		default:
			heap.Fix(&m, 0)
		}
	}
	return nil
}

// close gives the files up.
func (s *sorter) close() error {
	var errs []error
	for _, f := range s.runs {
		errs = append(errs, f.Close())
	}
	s.runs, s.arena, s.at = nil, nil, nil
	return errors.Join(errs...)
}
