package state_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	bolt "go.etcd.io/bbolt"

	"fluent-bit-openai-audit/internal/state"
)

var damages = flag.Int("damages", 300, "how many random damages TestRandomDamage does")

// TestRandomDamage overwrites, swaps, cuts and mixes pages of a state file at random. It is refused with a
// reason, or it is usable: reading all of it and writing to it neither faults nor panics.
//
//	go test ./internal/state -run TestRandomDamage/seed=N -damages M
func TestRandomDamage(t *testing.T) {
	const page = 4096
	older, newer := filled(t, 8000), filled(t, 12_000)
	path := filepath.Join(t.TempDir(), "a.db")
	refused, usable := 0, 0
	for seed := range *damages {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(uint64(seed), 0xdb))
			b := bytes.Clone(newer)
			at := func() []byte {
				n := rng.IntN(len(b) / page)
				return b[n*page : (n+1)*page]
			}
			story := ""
			for range 1 + rng.IntN(2) {
				kind := rng.IntN(7)
				story += fmt.Sprint(kind, " ")
				switch p := at(); kind {
				case 0: // some bits
					for range 1 + rng.IntN(2) {
						p[rng.IntN(page)] ^= 1 << rng.IntN(8)
					}
				case 1: // a word in the page's begin, where its structure is
					binary.LittleEndian.PutUint32(p[4*rng.IntN(60):], rng.Uint32N(1<<rng.IntN(32)))
				case 2: // a lost write
					clear(p)
				case 3: // a sector of something else
					for i := range p[:512] {
						p[i] = byte(rng.Uint32())
					}
				case 4: // a write that went elsewhere
					copy(at(), p)
				case 5: // an older page
					n := rng.IntN(min(len(older), len(b)) / page)
					copy(b[n*page:(n+1)*page], older[n*page:])
				case 6: // cut
					b = b[:max(page, len(b)-rng.IntN(len(b)))]
				}
			}
			must(t, os.WriteFile(path, b, 0o600))
			found := state.Inspect(path)
			db, err := state.Open(path, state.Options{NoSync: true})
			if err != nil {
				refused++
				if !errors.Is(err, state.ErrDamaged) && !errors.Is(err, state.ErrForeign) {
					t.Errorf("damage %s: refused for no reason: %v", story, err)
				}
				if found[len(found)-1].Err == nil {
					t.Errorf("damage %s: Inspect found nothing, and Open %v", story, err)
				}
				if !bytes.Equal(b, contentOf(path)) {
					t.Errorf("damage %s: the file was changed", story)
				}
				return
			}
			usable++
			for _, use := range []func() error{
				func() error { _, err := db.Streams(); return err },
				func() error { return db.Known(keys(1000, 3000), make([]bool, 3000)) },
				func() error {
					_, err := db.Commit(state.Commit{IDs: keys(1500, 3000), Forget: state.Ledger{{From: 0, To: 2500}}, ForgetLimit: 1 << 20})
					return err
				},
				func() error { _, err := db.Stats(); return err },
			} {
				if err := use(); err != nil && !errors.Is(err, state.ErrDamaged) {
					t.Errorf("damage %s: let through, and then: %v", story, err)
				}
			}
			must(t, db.Close())
		})
	}
	t.Logf("%d refused, %d usable", refused, usable)
	if refused == 0 || usable == 0 {
		t.Errorf("%d refused, %d usable: the damage is too much or too little", refused, usable)
	}
}

// Pages that are not as bbolt writes them, and would cost much to go through.
func TestVerifyIsNotLedAstray(t *testing.T) {
	const size = 1024
	le := binary.LittleEndian
	for name, tt := range map[string]struct {
		pages int
		build func(page func(n int) []byte)
		want  string
	}{
		"an overflow beyond the file": {
			3, func(page func(int) []byte) { le.PutUint32(page(2)[12:], 0xffffffff) },
			"damaged: page 2: its header names page 2 with 4294967295 more",
		},
		"an overflow over the last page": {
			3, func(page func(int) []byte) { le.PutUint32(page(2)[12:], 1) },
			"damaged: page 2: its header names page 2 with 1 more",
		},
		"buckets in buckets in one page": {
			// Each is a leaf that holds the next: as deep as there is room, which would be deep in a large one.
			3, func(page func(int) []byte) {
				rest := page(2)
				for len(rest) > 100 {
					le.PutUint16(rest[8:], 2)
					le.PutUint16(rest[10:], 1)
					leaf(rest[16:], 1, 16, "k", uint32(len(rest)-16-16-1))
					rest = rest[16+16+1+16:]
				}
				le.PutUint16(rest[8:], 2)
			},
			"damaged: page 2: a bucket inside an inline bucket",
		},
		"values over one another": {
			// As buckets, with many names for the same content, that would be checked as often.
			3, func(page func(int) []byte) {
				p := page(2)
				le.PutUint16(p[10:], 2)
				leaf(p[16:], 0, 32, "a", 60)
				leaf(p[32:], 0, 17, "b", 60)
			},
			"damaged: page 2: key 1 is empty or lies over another",
		},
		"a page that is its own child": {
			3, func(page func(int) []byte) {
				p := page(2)
				le.PutUint16(p[8:], 1)
				le.PutUint16(p[10:], 1)
				le.PutUint32(p[16:], 16)
				le.PutUint32(p[20:], 1)
				le.PutUint64(p[24:], 2)
				p[32] = 'k'
			},
			"damaged: page 2: used twice",
		},
		"a page size that bbolt takes for granted": {
			3, func(page func(int) []byte) { le.PutUint32(page(0)[24:], 992); sign(page(0)) },
			"damaged: the page size in a meta page is impossible",
		},
		"two page sizes": {
			3, func(page func(int) []byte) { le.PutUint32(page(1)[24:], 2048); sign(page(1)) },
			"damaged: the page size in a meta page is impossible",
		},
		"an empty key": {
			3, func(page func(int) []byte) {
				p := page(2)
				le.PutUint16(p[10:], 1)
				leaf(p[16:], 0, 16, "", 0)
			},
			"damaged: page 2: key 0 is empty or lies over another",
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := make([]byte, tt.pages*size)
			page := func(n int) []byte { return b[n*size : (n+1)*size] }
			for n := range 2 {
				p := page(n)
				le.PutUint64(p, uint64(n))
				le.PutUint16(p[8:], 4)
				le.PutUint32(p[16:], 0xED0CDAED)
				le.PutUint32(p[20:], 2)
				le.PutUint32(p[24:], size)
				le.PutUint64(p[32:], 2)
				le.PutUint64(p[56:], uint64(tt.pages))
				le.PutUint64(p[64:], uint64(n))
			}
			sign(b)
			for n := 2; n < tt.pages; n++ {
				le.PutUint64(page(n), uint64(n))
				le.PutUint16(page(n)[8:], 2)
			}
			tt.build(page)
			err := state.Verify(bytes.NewReader(b), int64(len(b)))
			if err == nil || err.Error() != tt.want {
				t.Errorf("error %v, want %s", err, tt.want)
			}
		})
	}
}

// leaf writes a leaf element whose key lies pos bytes behind it.
func leaf(b []byte, flags, pos uint32, key string, value uint32) {
	le := binary.LittleEndian
	le.PutUint32(b, flags)
	le.PutUint32(b[4:], pos)
	le.PutUint32(b[8:], uint32(len(key)))
	le.PutUint32(b[12:], value)
	copy(b[pos:], key)
}

// sign gives the meta pages of a file their checksums.
func sign(b []byte) {
	for at := 0; at+80 <= len(b) && at <= 1<<16; at = max(2*at, 1024) {
		if binary.LittleEndian.Uint32(b[at+16:]) == 0xED0CDAED {
			binary.LittleEndian.PutUint64(b[at+72:], fnv64a(b[at+16:at+72]))
		}
	}
}

func fnv64a(b []byte) uint64 {
	h := uint64(14695981039346656037)
	for _, c := range b {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return h
}

// meter counts what is read.
type meter struct {
	io.ReaderAt
	bytes, largest int64
}

func (m *meter) ReadAt(b []byte, at int64) (int, error) {
	m.bytes += int64(len(b))
	m.largest = max(m.largest, int64(len(b)))
	return m.ReaderAt.ReadAt(b, at)
}

// FuzzVerify checks that no bytes make the verifier panic, read more than the file holds, or let something
// through that bbolt cannot walk.
func FuzzVerify(f *testing.F) {
	for _, n := range []int{0, 30, 100} {
		f.Add(small(f, n))
	}
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		b = bytes.Clone(b)
		sign(b) // or the fuzzer would never get beyond the checksum
		size := int64(len(b))
		m := &meter{ReaderAt: bytes.NewReader(b)}
		err := state.Verify(m, size)
		// Every page once, its header twice; and the meta pages, which are searched at seven places.
		if limit := size + size/1024*16 + 10*80; m.bytes > limit || m.largest > max(size, 80) {
			t.Errorf("a file of %d bytes: %d were read, %d at once", size, m.bytes, m.largest)
		}
		if err != nil {
			return
		}
		path := filepath.Join(t.TempDir(), "a.db")
		must(t, os.WriteFile(path, b, 0o600))
		s, err := state.OpenSnapshot(path)
		if err == nil {
			_, err = s.Streams()
			err = errors.Join(err, s.EachID(func(state.Key, uint32) error { return nil }), s.Close())
		}
		if errors.Is(err, state.ErrBroken) {
			t.Errorf("let through, and then: %v", err)
		}
	})
}

// small returns the bytes of a state file with small pages, so that a fuzzer gets far with few bytes.
func small(tb testing.TB, n int) []byte {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "a.db")
	db, err := bolt.Open(path, 0o600, &bolt.Options{PageSize: 1024, NoSync: true, NoFreelistSync: true})
	if err != nil {
		tb.Fatal(err)
	}
	if err := errors.Join(db.Update(func(tx *bolt.Tx) error {
		for _, name := range []string{"openai_audit", "streams", "ids"} {
			if _, err := tx.CreateBucket([]byte(name)); err != nil {
				return err
			}
		}
		for _, k := range keys(1000, n) {
			if err := put("ids", string(binary.BigEndian.AppendUint32(nil, k.Time))+string(k.ID[:]), "")(tx); err != nil {
				return err
			}
		}
		return errors.Join(put("openai_audit", "schema", "\x01")(tx),
			put("streams", "tenant\x00a\x00{}", `{"name":"tenant","source":"a","filters":"{}","covered":[{"from":5,"to":9}]}`)(tx))
	}), db.Close()); err != nil {
		tb.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}
