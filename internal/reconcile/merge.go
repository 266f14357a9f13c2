package reconcile

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// run is a sorted sequence of pairs, of which the first is at hand.
type run struct {
	key, value []byte
	next       func(r *run) error // sets key and value; io.EOF at the end
}

func (r *run) advance() error { return r.next(r) }

// memoryRun returns what is in memory, which is in order.
func (s *sorter) memoryRun() func(*run) error {
	i := 0
	return func(r *run) error {
		if i == len(s.at) {
			return io.EOF
		}
		r.key, r.value, _ = pair(s.arena[s.at[i]:])
		i++
		return nil
	}
}

// fileRun returns what spill wrote.
func fileRun(in *bufio.Reader) func(*run) error {
	part := func(into []byte) ([]byte, error) {
		n, err := binary.ReadUvarint(in)
		if err != nil {
			return into, err //nolint:wrapcheck // io.EOF is told from others
		}
		if uint64(cap(into)) < n {
			into = make([]byte, n)
		}
		into = into[:n]
		_, err = io.ReadFull(in, into)
		return into, noEOF(err)
	}
	return func(r *run) (err error) {
		if r.key, err = part(r.key); err == nil {
			r.value, err = part(r.value)
			err = noEOF(err)
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read a temporary file: %w", err)
		}
		return err
	}
}

// noEOF is for where a file must not end.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// merge is a heap of runs, the one with the least pair first.
type merge []*run

func (m merge) Len() int { return len(m) }

func (m merge) Less(i, j int) bool {
	if c := bytes.Compare(m[i].key, m[j].key); c != 0 {
		return c < 0
	}
	return bytes.Compare(m[i].value, m[j].value) < 0
}

func (m merge) Swap(i, j int) { m[i], m[j] = m[j], m[i] }

// Push is never called: runs only leave.
func (m *merge) Push(any) {}

// Pop takes the last one away.
func (m *merge) Pop() any {
	last := (*m)[len(*m)-1]
	*m = (*m)[:len(*m)-1]
	return last
}
