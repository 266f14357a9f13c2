package state

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
)

// bbolt's file format, version 2, as its page.go and meta.go have it. Numbers are in the machine's byte
// order; the plugin runs on little-endian machines only.
const (
	boltMagic   = 0xED0CDAED
	boltVersion = 2
	pageHeader  = 16
	elemSize    = 16
	metaSize    = 64 // with its checksum

	flagBranch = 0x01
	flagLeaf   = 0x02
	flagMeta   = 0x04

	leafIsBucket = 0x01
	maxTreeDepth = 32
)

// verify reads every page that the newest valid meta page reaches and checks that bbolt can walk them:
// ids in range, none used twice, elements inside their page and apart, keys in order. It reads through r
// alone and trusts nothing, so a hostile file yields an error, never a fault. It reads no page twice, and
// holds no more than the file's size at once.
func verify(r io.ReaderAt, size int64) error {
	_, damage, err := survey(r, size, 0)
	if err == nil && len(damage) > 0 {
		err = fmt.Errorf("%w: %w", ErrDamaged, damage[0])
	}
	return err
}

// pageCount says how many pages a file has, and how many of them hold something.
type pageCount struct{ all, used uint64 }

// survey does what verify does, but goes on behind a damaged page until it has found more than limit of
// them. The error is why there is nothing to go through.
func survey(r io.ReaderAt, size int64, limit int) (n pageCount, damage []error, err error) {
	if size == 0 {
		return n, nil, ErrEmpty
	}
	m, err := newestMeta(r, size)
	if err != nil {
		return n, nil, err
	}
	v := verifier{r: r, pageSize: int64(m.pageSize), pages: m.highWater, seen: make(map[uint64]bool), limit: limit}
	if err := v.tree(m.root, nil, nil, 0); err != nil && !errors.Is(err, errEnough) {
		v.damage = append(v.damage, err)
	}
	return pageCount{all: v.pages, used: uint64(len(v.seen)) + 2}, v.damage, nil
}

// errEnough ends a survey that has found its fill.
var errEnough = errors.New("more damage than is listed")

// errPageSize says what no write that was broken off can leave behind, and what bbolt does not look at.
var errPageSize = errors.New("the page size in a meta page is impossible")

type meta struct {
	pageSize              uint32
	root, highWater, txid uint64
}

// newestMeta returns the valid meta page of the latest transaction. bbolt keeps two and writes them in
// turn, so one that was being written at a power cut does no harm.
func newestMeta(r io.ReaderAt, size int64) (meta, error) {
	first, err := readMeta(r, 0)
	if err != nil && (!errors.Is(err, ErrDamaged) && !errors.Is(err, ErrForeign) || errors.Is(err, errPageSize)) {
		return meta{}, err
	}
	var second meta
	err2 := err
	if err == nil {
		second, err2 = readMeta(r, int64(first.pageSize))
		if errors.Is(err2, errPageSize) || err2 == nil && second.pageSize != first.pageSize {
			return meta{}, fmt.Errorf("%w: %w", ErrDamaged, errPageSize)
		}
	} else {
		// Without the first page its size is unknown: bbolt, too, looks at these.
		for ps := int64(1024); ps <= 1<<16 && err2 != nil; ps <<= 1 {
			if second, err2 = readMeta(r, ps); err2 == nil && int64(second.pageSize) != ps {
				err2 = ErrDamaged
			}
		}
	}
	m := first
	switch {
	case err != nil && err2 != nil:
		return meta{}, err
	case errors.Is(err, ErrForeign):
		// A power cut does not leave what no state file ever held there.
		return meta{}, fmt.Errorf("%w: its first page was overwritten", ErrDamaged)
	case err != nil || err2 == nil && second.txid > first.txid:
		m = second
	}
	if need := int64(m.highWater) * int64(m.pageSize); m.highWater > 1<<40 || need > size { //nolint:gosec // bounded just before
		return meta{}, fmt.Errorf("%w: cut: it has %d bytes and needs %d", ErrDamaged, size, need)
	}
	return m, nil
}

func readMeta(r io.ReaderAt, at int64) (meta, error) {
	var b [pageHeader + metaSize]byte
	if _, err := r.ReadAt(b[:], at); err != nil {
		if errors.Is(err, io.EOF) {
			return meta{}, fmt.Errorf("%w: too short to be one", ErrForeign)
		}
		return meta{}, fmt.Errorf("read meta page: %w", err)
	}
	p := b[pageHeader:]
	le := binary.LittleEndian
	if le.Uint32(p) != boltMagic {
		if at == 0 && !bytes.Equal(b[:], make([]byte, len(b))) {
			return meta{}, ErrForeign
		}
		return meta{}, fmt.Errorf("%w: meta page overwritten", ErrDamaged)
	}
	sum := fnv.New64a()
	_, _ = sum.Write(p[:metaSize-8])
	m := meta{pageSize: le.Uint32(p[8:]), root: le.Uint64(p[16:]), highWater: le.Uint64(p[40:]), txid: le.Uint64(p[48:])}
	switch {
	case le.Uint64(p[metaSize-8:]) != sum.Sum64():
		return meta{}, fmt.Errorf("%w: meta page has a wrong checksum", ErrDamaged)
	case le.Uint32(p[4:]) != boltVersion:
		return meta{}, fmt.Errorf("%w: file format %d", ErrForeign, le.Uint32(p[4:]))
	case m.pageSize < 1024 || m.pageSize > 1<<16 || m.pageSize&(m.pageSize-1) != 0:
		return meta{}, fmt.Errorf("%w: %w", ErrDamaged, errPageSize)
	}
	return m, nil
}

type verifier struct {
	r        io.ReaderAt
	pageSize int64
	pages    uint64
	seen     map[uint64]bool

	damage []error
	limit  int // how many damaged pages are passed over
}

// passOver notes damage below a page whose other children can still be checked.
func (v *verifier) passOver(err error) error {
	if err == nil || errors.Is(err, errEnough) {
		return err
	}
	if v.damage = append(v.damage, err); len(v.damage) > v.limit {
		return errEnough
	}
	return nil
}

// tree checks the page id and all below it. Its keys lie in [low, high); nil leaves that side open.
func (v *verifier) tree(id uint64, low, high []byte, depth int) error {
	if depth > maxTreeDepth {
		return fmt.Errorf("page %d: tree deeper than %d", id, maxTreeDepth)
	}
	page, err := v.page(id)
	if err != nil {
		return err
	}
	return v.elements(page, id, low, high, depth, false)
}

// page reads a page with its overflow pages, each allowed once.
func (v *verifier) page(id uint64) ([]byte, error) {
	if id < 2 || id >= v.pages {
		return nil, fmt.Errorf("page %d: out of range", id)
	}
	var h [pageHeader]byte
	at := int64(id) * v.pageSize //nolint:gosec // id is below pages, which newestMeta bounded
	if _, err := v.r.ReadAt(h[:], at); err != nil {
		return nil, fmt.Errorf("page %d: %w", id, err)
	}
	le := binary.LittleEndian
	n := uint64(le.Uint32(h[12:])) + 1
	if le.Uint64(h[:]) != id || id+n > v.pages {
		return nil, fmt.Errorf("page %d: its header names page %d with %d more", id, le.Uint64(h[:]), n-1)
	}
	for p := id; p < id+n; p++ {
		if v.seen[p] {
			return nil, fmt.Errorf("page %d: used twice", p)
		}
		v.seen[p] = true
	}
	b := make([]byte, int64(n)*v.pageSize) //nolint:gosec // n pages lie inside the file
	if _, err := v.r.ReadAt(b, at); err != nil {
		return nil, fmt.Errorf("page %d: %w", id, err)
	}
	return b, nil
}

// elements checks what lies in a page, or in a bucket that is small enough to lie inside one.
func (v *verifier) elements(page []byte, id uint64, low, high []byte, depth int, inline bool) error {
	le := binary.LittleEndian
	flags, count := le.Uint16(page[8:]), int(le.Uint16(page[10:]))
	if flags != flagBranch && flags != flagLeaf {
		return fmt.Errorf("page %d: unknown kind %#x", id, flags)
	}
	if pageHeader+count*elemSize > len(page) {
		return fmt.Errorf("page %d: %d elements do not fit", id, count)
	}
	if flags == flagBranch && count == 0 {
		return fmt.Errorf("page %d: branch without elements", id)
	}
	elem := func(i int) []byte { return page[pageHeader+i*elemSize : pageHeader+(i+1)*elemSize] }
	key := func(i int) (k, rest []byte, err error) {
		e := elem(i)
		var pos, n uint64
		if flags == flagBranch {
			pos, n = uint64(le.Uint32(e)), uint64(le.Uint32(e[4:]))
		} else {
			pos, n = uint64(le.Uint32(e[4:])), uint64(le.Uint32(e[8:]))
		}
		from := uint64(pageHeader+i*elemSize) + pos //nolint:gosec // small and positive
		if from > uint64(len(page)) || n > uint64(len(page))-from {
			return nil, nil, fmt.Errorf("page %d: key %d lies outside", id, i)
		}
		return page[from : from+n], page[from+n:], nil
	}
	var prev []byte
	free := pageHeader + count*elemSize // keys and values lie behind it one after another, none twice
	for i := range count {
		k, rest, err := key(i)
		if err != nil {
			return err
		}
		if at := len(page) - len(rest) - len(k); at < free || len(k) == 0 {
			return fmt.Errorf("page %d: key %d is empty or lies over another", id, i)
		}
		free = len(page) - len(rest)
		if i > 0 && bytes.Compare(prev, k) >= 0 || i == 0 && flags == flagLeaf && low != nil && bytes.Compare(k, low) < 0 ||
			high != nil && bytes.Compare(k, high) >= 0 {
			return fmt.Errorf("page %d: key %d out of order", id, i)
		}
		prev = k
		if flags == flagBranch {
			next := high
			if i+1 < count {
				if next, _, err = key(i + 1); err != nil {
					return err
				}
			}
			if err := v.passOver(v.tree(le.Uint64(elem(i)[8:]), k, next, depth+1)); err != nil {
				return err
			}
			continue
		}
		n := uint64(le.Uint32(elem(i)[12:]))
		if n > uint64(len(rest)) {
			return fmt.Errorf("page %d: value %d lies outside", id, i)
		}
		free += int(n) //nolint:gosec // inside the page
		if le.Uint32(elem(i))&leafIsBucket != 0 {
			if inline {
				return fmt.Errorf("page %d: a bucket inside an inline bucket", id)
			}
			if err := v.passOver(v.bucket(rest[:n], id, depth)); err != nil {
				return err
			}
		}
	}
	return nil
}

// bucket checks a bucket's value: the id of its root page, or the page itself when that is small.
func (v *verifier) bucket(value []byte, id uint64, depth int) error {
	if len(value) < 16 {
		return fmt.Errorf("page %d: bucket header cut", id)
	}
	if root := binary.LittleEndian.Uint64(value); root != 0 {
		return v.tree(root, nil, nil, depth+1)
	}
	inline := value[16:]
	if len(inline) < pageHeader || binary.LittleEndian.Uint16(inline[8:]) != flagLeaf {
		return fmt.Errorf("page %d: inline bucket is no leaf", id)
	}
	return v.elements(inline, id, nil, nil, depth+1, true)
}
